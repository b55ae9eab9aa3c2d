"""Visits, promises to pay and contacts; words about people are sealed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import (
    Base,
    Day,
    Fen,
    Json,
    Moment,
    Sealed,
    SealedText,
    Uuid,
    new_id,
    one_of,
)
from server.domain.fieldwork import (
    CallChannel,
    CallResult,
    Met,
    NextStep,
    PromiseChannel,
    Purpose,
)
from server.domain.promises import PromiseState

CALL_RELATIONS = ("self", "spouse", "emergency", "work", "guarantor", "other")


class Visit(Base):
    """A visit to a customer. Only ever added; `addendum_to` names the visit that it corrects.

    `position` is JSON `{lat, lon, accuracy}`, taken once on arrival. `outside_rules` are the codes
    of `domain.contact_rules` that it broke.
    """

    __tablename__ = "visits"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    loan_id: Mapped[str | None] = mapped_column(ForeignKey("loans.id"), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    visited_at: Mapped[dt.datetime] = mapped_column(Moment)
    staff: Mapped[str] = mapped_column(String(200), default="")
    met: Mapped[str] = mapped_column(String(10), default="")
    findings_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    ability: Mapped[int | None] = mapped_column(Integer)
    next_step: Mapped[str] = mapped_column(String(10), default="")
    next_on: Mapped[dt.date | None] = mapped_column(Day)
    position_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    outside_rules: Mapped[list[str]] = mapped_column(Json, default=list)
    addendum_to: Mapped[str | None] = mapped_column(ForeignKey("visits.id"))
    device: Mapped[str | None] = mapped_column(Uuid)
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    findings = SealedText("findings_sealed")
    position = SealedText("position_sealed")

    __table_args__ = (
        one_of("purpose", Purpose),
        one_of("met", ("", *Met)),
        one_of("next_step", ("", *NextStep)),
        CheckConstraint("ability IS NULL OR ability BETWEEN 1 AND 5", name="ability"),
        Index("ix_visits_customer_id_visited_at", "customer_id", "visited_at"),
        Index("ix_visits_branch_id_visited_at", "branch_id", "visited_at", "id"),
        Index("ix_visits_visited_at", "visited_at", "id"),
    )


class VisitPhoto(Base):
    """A picture that a visit names by its SHA-256. The file comes before or after the visit and
    is then kept as an attachment of it.
    """

    __tablename__ = "visit_photos"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    place: Mapped[int] = mapped_column(Integer)


class Promise(Base):
    """A promise to pay by a day. What was promised never changes; `state` and `received` are
    derived from the loan's payments (`domain.promises`).
    """

    __tablename__ = "promises"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id"), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    amount: Mapped[int] = mapped_column(Fen)
    made_on: Mapped[dt.date] = mapped_column(Day)
    promised_on: Mapped[dt.date] = mapped_column(Day)
    channel: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(10), default=PromiseState.OPEN)
    received: Mapped[int] = mapped_column(Fen, default=0)
    device: Mapped[str | None] = mapped_column(Uuid)
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    __table_args__ = (
        one_of("channel", PromiseChannel),
        one_of("state", PromiseState),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("received BETWEEN 0 AND amount", name="received"),
        CheckConstraint("promised_on >= made_on", name="promised_after_made"),
        Index("ix_promises_branch_id_promised_on", "branch_id", "promised_on", "id"),
        Index("ix_promises_promised_on", "promised_on", "id"),
        Index("ix_promises_state_promised_on", "state", "promised_on"),
    )


class Call(Base):
    """A contact that was sought or had. `number_index` finds calls to the same number, whichever
    contact it stood with; `called_on` is the civil day of `called_at`.
    """

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    contact_id: Mapped[str | None] = mapped_column(Uuid)
    number_index: Mapped[str | None] = mapped_column(String(32))
    relation: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    result: Mapped[str] = mapped_column(String(12))
    summary_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    called_at: Mapped[dt.datetime] = mapped_column(Moment)
    called_on: Mapped[dt.date] = mapped_column(Day)
    consented: Mapped[bool] = mapped_column(Boolean, default=False)
    outside_rules: Mapped[list[str]] = mapped_column(Json, default=list)
    device: Mapped[str | None] = mapped_column(Uuid)
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    summary = SealedText("summary_sealed")

    __table_args__ = (
        one_of("relation", CALL_RELATIONS),
        one_of("channel", CallChannel),
        one_of("result", CallResult),
        Index("ix_calls_customer_id_called_at", "customer_id", "called_at"),
        Index("ix_calls_number_index_called_on", "number_index", "called_on"),
        Index("ix_calls_branch_id_called_at", "branch_id", "called_at", "id"),
        Index("ix_calls_called_at", "called_at", "id"),
    )
