"""The tables that every slice writes through: the counter, the change feed, the audit chain."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, String, text
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
    """The newest change of one entity: what devices pull by number.

    `portfolio` says which devices hold it: the id of an officer, of a branch, or one of the marks
    in `record`; None is held by none. `customer_id` names the customer whose officer that is; what
    has one moves with the customer. `device` is the device that made this number alone and was
    told all of it. An entity that is `gone` is no longer held by anybody.
    """

    __tablename__ = "changes"

    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    branch_id: Mapped[str | None] = mapped_column(Uuid)
    portfolio: Mapped[str | None] = mapped_column(Uuid)
    customer_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    device: Mapped[str | None] = mapped_column(String(64))
    gone: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        Index(
            "ix_changes_portfolio_number",
            "portfolio",
            "number",
            sqlite_where=text("portfolio IS NOT NULL"),
            postgresql_where=text("portfolio IS NOT NULL"),
        ),
    )


class Exit(Base):
    """An entity that left a portfolio: its devices drop it unless it has come back since."""

    __tablename__ = "exits"

    portfolio: Mapped[str] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(32))
    entity_id: Mapped[str] = mapped_column(Uuid)


class FieldChange(Base):
    """When a field last changed since its entity was made, and by which mutation.

    A field without a row has not changed since then; to the merge that is number 0.
    """

    __tablename__ = "field_changes"

    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    stamp: Mapped[str] = mapped_column(String(96))
    mutation: Mapped[str] = mapped_column(Uuid)


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
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_audit_entries_entity", "entity", "entity_id", "number"),
        Index("ix_audit_entries_branch_id_number", "branch_id", "number"),
        Index("ix_audit_entries_actor_id_number", "actor_id", "number"),
    )
