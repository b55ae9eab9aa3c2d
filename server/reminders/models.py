"""How people want to be told, and which instalments were reminded of."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Day, Json, Moment, Sealed, SealedText, Uuid, new_id, one_of

AUDIENCES = ("staff", "customer")


class NoticePreference(Base):
    """How one person wants to be told; without a row the bank's usual way holds.

    `channels` lists those wanted; hours are whole hours of the bank's clock. `digest_at` None is
    the bank's hour, `quiet_from` and `quiet_until` equal is no quiet at all.
    """

    __tablename__ = "notice_preferences"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), unique=True)
    channels: Mapped[list[str]] = mapped_column(Json)
    show_amounts: Mapped[bool] = mapped_column(Boolean, default=False)
    digest_at: Mapped[int | None] = mapped_column(Integer)
    quiet_from: Mapped[int] = mapped_column(Integer)
    quiet_until: Mapped[int] = mapped_column(Integer)
    mail_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    changed_at: Mapped[dt.datetime] = mapped_column(Moment)

    mail = SealedText("mail_sealed")

    __table_args__ = (
        CheckConstraint("digest_at IS NULL OR digest_at BETWEEN 6 AND 20", name="digest_at"),
        CheckConstraint("quiet_from BETWEEN 0 AND 23", name="quiet_from"),
        CheckConstraint("quiet_until BETWEEN 0 AND 23", name="quiet_until"),
    )


class Reminder(Base):
    """An instalment that reached one of its days, for one audience; there is never a second row.

    `due_on` is the last day on which it is paid in time, `offset_days` the day that was reached,
    counted from it. `outcome` says why a customer was not written to ("": it was, or staff).
    """

    __tablename__ = "reminders"

    loan_id: Mapped[str] = mapped_column(ForeignKey("loans.id"), primary_key=True)
    due_on: Mapped[dt.date] = mapped_column(Day, primary_key=True)
    offset_days: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    audience: Mapped[str] = mapped_column(String(10), primary_key=True)
    branch_id: Mapped[str] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    made_on: Mapped[dt.date] = mapped_column(Day)
    made_at: Mapped[dt.datetime] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(String(12), default="")

    __table_args__ = (
        one_of("audience", AUDIENCES),
        one_of("outcome", ("", "no_phone", "complaint", "no_officer")),
        Index("ix_reminders_made_on", "made_on", "audience", "branch_id"),
        Index("ix_reminders_customer_id_made_on", "customer_id", "made_on"),
    )
