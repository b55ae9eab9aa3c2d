"""Devices, the life of the feed they read, and the documents made for them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Day, Moment, Sealed, Uuid, new_id, one_of

REVOKED_KINDS = ("access", "lost")


class Device(Base):
    """A browser that one person enrolled to work without a network.

    `last_n` is the number of the last mutation taken from it and `last_stamp` the corrected stamp
    of that; `waiting` and `oldest_at` are what it said it still keeps, `lease_until` how long it
    may show what it holds without asking. A revoked one lost its access (what it still has is
    taken in for a week, to be looked at) or was lost with all that is on it (nothing is taken).
    """

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    branch_id: Mapped[str | None] = mapped_column(ForeignKey("branches.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    platform: Mapped[str] = mapped_column(String(80), default="")
    app: Mapped[str] = mapped_column(String(64), default="")
    schema: Mapped[int] = mapped_column(Integer, default=1)
    last_n: Mapped[int] = mapped_column(BigInteger, default=0)
    last_stamp: Mapped[str] = mapped_column(String(96), default="")
    last_contact_at: Mapped[dt.datetime] = mapped_column(Moment)
    waiting: Mapped[int] = mapped_column(Integer, default=0)
    oldest_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    enrolled_at: Mapped[dt.datetime] = mapped_column(Moment)
    lease_until: Mapped[dt.datetime] = mapped_column(Moment)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    revoked_kind: Mapped[str | None] = mapped_column(String(10))
    revoked_reason: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (
        one_of("revoked_kind", REVOKED_KINDS),
        CheckConstraint("(revoked_at IS NULL) = (revoked_kind IS NULL)", name="revoked_how"),
        CheckConstraint("last_n >= 0 AND waiting >= 0", name="counts"),
    )


class FeedLife(Base):
    """One row: the life of this database. A restore from backup begins another.

    Deletions up to `purged` are forgotten: a device that has not read so far compares instead.
    """

    __tablename__ = "feed_lives"

    space: Mapped[str] = mapped_column(String(16), primary_key=True)
    epoch: Mapped[str] = mapped_column(Uuid)
    began_at: Mapped[dt.datetime] = mapped_column(Moment)
    purged: Mapped[int] = mapped_column(BigInteger, default=0)


class FeedDay(Base):
    """Where the feed stood when a day began, to know later how old a number is."""

    __tablename__ = "feed_days"

    day: Mapped[dt.date] = mapped_column(Day, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class PortfolioDay(Base):
    """The last day for which the loans of a portfolio were told anew: their sums move by day."""

    __tablename__ = "portfolio_days"

    portfolio: Mapped[str] = mapped_column(Uuid, primary_key=True)
    day: Mapped[dt.date] = mapped_column(Day)


class Document(Base):
    """An entity at one number as devices get it: the JSON text of its row, sealed."""

    __tablename__ = "documents"

    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    body_sealed: Mapped[bytes] = mapped_column(Sealed)
