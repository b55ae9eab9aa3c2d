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
    stamp = (time.time_ns() // 1_000_000) & ((1 << 48) - 1)
    tail = int.from_bytes(os.urandom(10), "big")
    high, low = (tail >> 68) & 0xFFF, tail & ((1 << 62) - 1)
    text = f"{(stamp << 80) | (0x7 << 76) | (high << 64) | (0x2 << 62) | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A check that the column holds one of the values (or NULL where it may be null)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
