"""What devices sent and what became of it: mutations, oddities and conflicts.

Envelopes and results are kept sealed: they may hold phones and ID numbers. Nothing here is ever
deleted with the customer it speaks of; a decision adds to a row, it does not replace it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Moment, Sealed, SealedText, Uuid, new_id, one_of
from sync.outcome import Outcome
from sync.policy import Policy

DECISIONS = ("apply", "reject")
CHOICES = ("kept", "other", "value")
QUARANTINE_REASONS = ("altered",)


class LoggedMutation(Base):
    """One mutation that was taken: its envelope as it came and the answer every repeat gets.

    `digest` tells a repeat from an altered one. `outcome` and `number` are the answer of the push;
    a person who decides about a held or rejected one later writes `decision` and `became`, the
    outcome of that. `is_waiting` says that somebody has to look. `about_id` is what it lacks (then
    it is tried again when that arrives) or collides with. `n` is 0 for the desk's own and for what
    a revoked device hands in.
    """

    __tablename__ = "mutations"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    device_id: Mapped[str] = mapped_column(String(64))
    n: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str | None] = mapped_column(Uuid)
    op: Mapped[str] = mapped_column(String(64))
    schema: Mapped[int] = mapped_column(Integer)
    envelope_sealed: Mapped[bytes] = mapped_column(Sealed)
    outcome: Mapped[str] = mapped_column(String(10))
    number: Mapped[int | None] = mapped_column(BigInteger)
    result_sealed: Mapped[bytes] = mapped_column(Sealed)
    reason: Mapped[str] = mapped_column(String(200), default="")
    stamp: Mapped[str] = mapped_column(String(96), default="")
    about_id: Mapped[str | None] = mapped_column(Uuid)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    branch_id: Mapped[str | None] = mapped_column(Uuid)
    portfolio: Mapped[str | None] = mapped_column(Uuid)
    customer_id: Mapped[str | None] = mapped_column(Uuid)
    made_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    received_at: Mapped[dt.datetime] = mapped_column(Moment)
    is_waiting: Mapped[bool] = mapped_column(Boolean, default=False)
    decision: Mapped[str | None] = mapped_column(String(10))
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    became: Mapped[str | None] = mapped_column(String(10))

    envelope = SealedText("envelope_sealed")
    result = SealedText("result_sealed")

    __table_args__ = (
        one_of("outcome", Outcome),
        one_of("became", Outcome),
        one_of("decision", DECISIONS),
        CheckConstraint("n >= 0", name="n_not_negative"),
        Index(
            "uq_mutations_device_id_n",
            "device_id",
            "n",
            unique=True,
            sqlite_where=text("n > 0"),
            postgresql_where=text("n > 0"),
        ),
        Index("ix_mutations_entity_id", "entity_id", "id"),
        Index(
            "ix_mutations_about_id",
            "about_id",
            sqlite_where=text("is_waiting = 1"),
            postgresql_where=text("is_waiting"),
        ),
        Index(
            "ix_mutations_waiting",
            "branch_id",
            "received_at",
            "id",
            sqlite_where=text("is_waiting = 1"),
            postgresql_where=text("is_waiting"),
        ),
    )


class Quarantined(Base):
    """A mutation that is kept and never applied: its id is known with other contents."""

    __tablename__ = "quarantined_mutations"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    mutation_id: Mapped[str] = mapped_column(Uuid, index=True)
    device_id: Mapped[str] = mapped_column(String(64))
    n: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(10))
    envelope_sealed: Mapped[bytes] = mapped_column(Sealed)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    branch_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    received_at: Mapped[dt.datetime] = mapped_column(Moment)

    envelope = SealedText("envelope_sealed")

    __table_args__ = (
        one_of("reason", QUARANTINE_REASONS),
        Index("uq_quarantined_mutations_once", "mutation_id", "digest", unique=True),
    )


class ConflictRow(Base):
    """One field on which two mutations disagreed: `sync.conflict.Conflict` with its place.

    The three values are sealed as one JSON text `{base, kept, other}`. A row whose policy decided
    is there to be looked up; an open one waits for a person. `number` is the feed's when it was
    made: what the person who decides has seen.
    """

    __tablename__ = "conflicts"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(Uuid)
    field: Mapped[str] = mapped_column(String(64))
    values_sealed: Mapped[bytes] = mapped_column(Sealed)
    kept_mutation: Mapped[str | None] = mapped_column(Uuid)
    other_mutation: Mapped[str | None] = mapped_column(Uuid)
    policy: Mapped[str] = mapped_column(String(10))
    is_open: Mapped[bool] = mapped_column(Boolean)
    branch_id: Mapped[str | None] = mapped_column(Uuid)
    portfolio: Mapped[str | None] = mapped_column(Uuid)
    customer_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[dt.datetime] = mapped_column(Moment)
    choice: Mapped[str | None] = mapped_column(String(10))
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    settled_by_mutation: Mapped[str | None] = mapped_column(Uuid)

    values = SealedText("values_sealed")

    __table_args__ = (
        one_of("policy", Policy),
        one_of("choice", CHOICES),
        CheckConstraint("(decided_at IS NULL) = (choice IS NULL)", name="decided"),
        Index("ix_conflicts_entity_id", "entity_id", "id"),
        Index(
            "ix_conflicts_open",
            "branch_id",
            "made_at",
            "id",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
    )
