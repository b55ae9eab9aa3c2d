"""The declarative base of every table, and ids that sort by time of making."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, MetaData
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from collections.abc import Iterable


class Base(DeclarativeBase):
    """Base of every table; constraints are named so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_id() -> str:
    """Make a UUIDv7 as text: 48 bits of milliseconds, then random (RFC 9562, 5.7)."""
    stamp = f"{time.time_ns() // 1_000_000:012x}"
    tail = os.urandom(10).hex()
    variant = _VARIANT[tail[3]]
    return f"{stamp[:8]}-{stamp[8:]}-7{tail[:3]}-{variant}{tail[4:7]}-{tail[7:19]}"


_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The hex digit that begins with the bits 10, of any random one."""


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A check that the column holds one of the values (or NULL where it may be null).

    Spelled out with OR: for `IN` of more than two values SQLite fills a temporary table for every
    row it inserts, which cost a third of the writing of a loan.
    """
    listed = " OR ".join(f"{column} = '{value}'" for value in values)
    return CheckConstraint(listed, name=f"{column}_known")
