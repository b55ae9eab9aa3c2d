"""Feedback of customers: complaints, questions, suggestions, praise; and what was answered."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Base, Day, Moment, Sealed, SealedText, Uuid, new_id, one_of, ordered
from server.domain.feedback import FeedbackKind, FeedbackStatus

ENTRY_KINDS = ("note", "answer", "status")
FEEDBACK_CHANNELS = ("visit", "call", "letter", "online", "regulator", "hotline", "field")
FEEDBACK_CATEGORIES = (
    "rate_fee",
    "posting_error",
    "collection",
    "impostor",
    "privacy",
    "service",
    "prepayment",
    "contract",
    "collateral",
    "other",
)


class Feedback(Base):
    """What a customer said. `due_on` is the day by which an answer is owed.

    `about_user_id` is whom it is about: a complaint is never shown to that person.
    """

    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    feedback_no: Mapped[str] = mapped_column(ordered(30), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    loan_id: Mapped[str | None] = mapped_column(ForeignKey("loans.id"), index=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    kind: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(12))
    content_sealed: Mapped[bytes] = mapped_column(Sealed)
    status: Mapped[str] = mapped_column(String(12), default="open")
    received_on: Mapped[dt.date] = mapped_column(Day)
    due_on: Mapped[dt.date] = mapped_column(Day)
    about_user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)
    answered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    closed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Integer, default=1)

    content = SealedText("content_sealed")
    entries: Mapped[list[FeedbackEntry]] = relationship(order_by="FeedbackEntry.id")

    __table_args__ = (
        one_of("kind", FeedbackKind),
        one_of("category", FEEDBACK_CATEGORIES),
        one_of("channel", FEEDBACK_CHANNELS),
        one_of("status", FeedbackStatus),
        CheckConstraint("due_on >= received_on", name="due_after_received"),
        Index("ix_feedback_branch_id_status_due_on", "branch_id", "status", "due_on", "id"),
        Index("ix_feedback_status_due_on", "status", "due_on", "id"),
        Index("ix_feedback_branch_id_received_on", "branch_id", "received_on", "id"),
        Index("ix_feedback_received_on", "received_on", "id"),
    )


class FeedbackSeries(Base):
    """The last running feedback number of a branch in one year."""

    __tablename__ = "feedback_series"

    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class FeedbackEntry(Base):
    """One step in handling feedback: a note, an answer, a change of status. Only ever added."""

    __tablename__ = "feedback_entries"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    feedback_id: Mapped[str] = mapped_column(ForeignKey("feedback.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    text_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    status: Mapped[str | None] = mapped_column(String(12))
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)

    text = SealedText("text_sealed")

    __table_args__ = (one_of("kind", ENTRY_KINDS),)
