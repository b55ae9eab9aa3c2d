"""What the worker leaves behind: who leads, and what ran when."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Base, Json, Moment, Uuid, new_id, one_of

RUN_STATES: Final = ("asked", "running", "done", "failed", "abandoned")

_ONE_A_TIME: Final = text("state = 'running' OR state = 'done'")
_OPEN: Final = text("state = 'asked' OR state = 'running'")


class JobRun(Base):
    """One run of a job. `planned_for` is the planned time that it serves, None when a person asked.

    At most one run that goes on or is done serves a planned time: the database itself says so.
    `heartbeat_at` is the last sign of progress, not of life: a step that hangs leaves it behind.
    `abandoned` is a run whose worker was killed, stopped or lost its lease. `error` names the type
    of the failure and its place, never its words: they may hold a customer's data.
    """

    __tablename__ = "job_runs"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    job: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    planned_for: Mapped[dt.datetime | None] = mapped_column(Moment)
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    asked_by_name: Mapped[str] = mapped_column(String(120), default="")
    asked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    worker: Mapped[str] = mapped_column(String(160), default="")
    started_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    heartbeat_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    error: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        one_of("state", RUN_STATES),
        CheckConstraint("state = 'asked' OR started_at IS NOT NULL", name="started"),
        Index(
            "uq_job_runs_job_planned_for",
            "job",
            "planned_for",
            unique=True,
            sqlite_where=_ONE_A_TIME,
            postgresql_where=_ONE_A_TIME,
        ),
        Index("ix_job_runs_job_started_at", "job", "started_at"),
        Index("ix_job_runs_open", "state", "job", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class WorkerLease(Base):
    """Which worker leads. `term` grows with every taking, so that a former leader is known.

    `schedule` is what the leader runs: `[{"job", "rule", "every", "next_at", "stuck_after"}]`,
    moments as ISO text, durations in seconds. `first_at` is when a worker first led here.
    """

    __tablename__ = "worker_leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    term: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[dt.datetime] = mapped_column(Moment)
    taken_at: Mapped[dt.datetime] = mapped_column(Moment)
    heartbeat_at: Mapped[dt.datetime] = mapped_column(Moment)
    until: Mapped[dt.datetime] = mapped_column(Moment)
    schedule: Mapped[list[dict[str, Any]]] = mapped_column(Json)
