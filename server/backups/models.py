"""What is known of each backup; the file itself tells the same once its key is at hand."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Moment, Uuid, new_id, one_of

BACKUP_STATES = ("making", "good", "failed", "dropped")
VERIFIED_HOW = ("whole", "listed")


class Backup(Base):
    """One backup: `good` once its file lies under `name` in `place`, `dropped` when the rule has
    let it go.

    `verified_how` tells how it was tried: restored `whole` into a database of its own, or read
    through and counted (`listed`) where no such database may be made. `error` and `verify_error`
    are codes. One that was found in its place and not made here has no figures.
    """

    __tablename__ = "backups"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    place: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10), default="making")
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    origin: Mapped[str] = mapped_column(String(80), default="")
    app: Mapped[str] = mapped_column(String(20), default="")
    revision: Mapped[str] = mapped_column(String(40), default="")
    started_at: Mapped[dt.datetime] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    size: Mapped[int | None] = mapped_column(BigInteger)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    files: Mapped[int | None] = mapped_column(Integer)
    files_lost: Mapped[int] = mapped_column(Integer, default=0)
    feed_number: Mapped[int | None] = mapped_column(BigInteger)
    audited: Mapped[int | None] = mapped_column(BigInteger)
    audit_head: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(String(40), default="")
    verified_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    verified_how: Mapped[str | None] = mapped_column(String(10))
    verify_error: Mapped[str] = mapped_column(String(40), default="")

    __table_args__ = (
        one_of("state", BACKUP_STATES),
        one_of("verified_how", VERIFIED_HOW),
        CheckConstraint("(verified_at IS NULL) = (verified_how IS NULL)", name="verified"),
        Index("ix_backups_started_at", "started_at"),
    )
