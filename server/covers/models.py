"""Covers: the customers of an officer, lent to a colleague from a day to a day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Day, Moment, Uuid, new_id


class Cover(Base):
    """All customers of `officer_id`, those to come included, lent to `colleague_id`.

    Both days belong to it. It holds by its days alone, whether or not a job ran: `begun_at` and
    `ended_at` say when both people were told, and an end by hand (`ended_by`) holds at once.
    """

    __tablename__ = "covers"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    officer_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    colleague_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    branch_id: Mapped[str | None] = mapped_column(ForeignKey("branches.id"), index=True)
    from_on: Mapped[dt.date] = mapped_column(Day)
    until_on: Mapped[dt.date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(String(500))
    given_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    given_at: Mapped[dt.datetime] = mapped_column(Moment)
    begun_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    end_reason: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (
        CheckConstraint("officer_id <> colleague_id", name="two_people"),
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("ended_at IS NOT NULL OR ended_by IS NULL", name="ended"),
        Index("ix_covers_colleague_id_until_on", "colleague_id", "until_on"),
        Index("ix_covers_officer_id_until_on", "officer_id", "until_on"),
    )
