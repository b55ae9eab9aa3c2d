"""The tables that every slice writes through: the counter, the change feed, the audit chain."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database.base import Base
from server.database.types import Json, Moment, Uuid


class Counter(Base):
    """One row a bank: the last number given to a change, and the head of the audit chain.

    It is taken last in a write transaction and held until commit, so the order of numbers is
    the order of commits on both databases.
    """

    __tablename__ = "counters"

    space: Mapped[str] = mapped_column(String(16), primary_key=True)
    changed: Mapped[int] = mapped_column(BigInteger)
    audited: Mapped[int] = mapped_column(BigInteger)
    audit_head: Mapped[str] = mapped_column(String(64))


class Change(Base):
    """The newest change of one entity: what devices pull by number."""

    __tablename__ = "changes"

    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    branch_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    document: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (CheckConstraint("number > 0", name="number_positive"),)


class AuditEntry(Base):
    """One act, chained to the one before by hash; entries are only ever added.

    `changes` is `{field: [old, new]}` with sensitive values masked before they reach it.
    """

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(Moment)
    actor_id: Mapped[str | None] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(120))
    origin: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    entity: Mapped[str] = mapped_column(String(32))
    entity_id: Mapped[str] = mapped_column(String(64))
    branch_id: Mapped[str | None] = mapped_column(Uuid)
    changes: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(500))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = (
        Index("ix_audit_entries_entity", "entity", "entity_id", "number"),
        Index("ix_audit_entries_branch_id_number", "branch_id", "number"),
        Index("ix_audit_entries_actor_id_number", "actor_id", "number"),
    )
