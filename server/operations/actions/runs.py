"""The runs of jobs: asked for, begun, told of, ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.operations.models import JobRun, WorkerLease

KEPT: Final = dt.timedelta(days=400)
"""How long runs of planned times are remembered: longer than the rarest job's interval."""

KEPT_SMALL: Final = dt.timedelta(days=14)
"""How long the many runs without a planned time are."""


@dataclass(frozen=True, slots=True)
class RunNote:
    """A run as it is written down: which job, for what time, by whom, since when."""

    job: str
    planned_for: dt.datetime | None
    worker: str
    started_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended: its state, what it did, and where it failed."""

    state: str
    at: dt.datetime
    counts: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def ask_run(session: Session, actor: Actor, job: str) -> str:
    """Ask the worker to run a job now; the id of the run, an open one's where it is asked already.

    Raises `NotAllowed`, and `NotFound` for a job that no worker knows.
    """
    actor.require(Permission.OPERATIONS_MANAGE)
    lease = session.scalars(select(WorkerLease).with_for_update()).one_or_none()
    if lease is None or job not in {each["job"] for each in lease.schedule}:
        raise NotFound("job", job)
    query = select(JobRun.id).where(JobRun.job == job, JobRun.state == "asked")
    waiting = session.scalars(query.limit(1)).first()
    if waiting is not None:
        return waiting
    run = JobRun(
        id=new_id(),
        job=job,
        state="asked",
        asked_by=actor.user_id,
        asked_by_name=actor.name,
        asked_at=actor.now,
    )
    session.add(run)
    record.note(session, actor, "job.ask", ("job", job), branch_id=actor.branch_id)
    session.flush()
    return run.id


def claim_asked(session: Session, run_id: str, worker: str, now: dt.datetime) -> bool:
    """Begin a run that was asked for; False where somebody has begun it."""
    result = session.execute(
        update(JobRun)
        .where(JobRun.id == run_id, JobRun.state == "asked")
        .values(state="running", worker=worker, started_at=now, heartbeat_at=now)
        .execution_options(synchronize_session=False)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def begin_run(session: Session, note: RunNote) -> str | None:
    """Begin a run; None where another serves that planned time already."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(JobRun).values(
        id=new_id(),
        job=note.job,
        state="running",
        planned_for=note.planned_for,
        asked_by_name="",
        worker=note.worker,
        started_at=note.started_at,
        heartbeat_at=note.started_at,
        counts={},
        error="",
    )
    begun: str | None = session.scalar(insert.on_conflict_do_nothing().returning(JobRun.id))
    return begun


def beat_runs(session: Session, progress: Mapping[str, tuple[dt.datetime, int]]) -> None:
    """Note when runs last got on, and how much they have done: `{id: (moment, done)}`."""
    for run_id, (moment, done) in progress.items():
        session.execute(
            update(JobRun)
            .where(JobRun.id == run_id, JobRun.state == "running")
            .values(heartbeat_at=moment, counts={"done": done})
            .execution_options(synchronize_session=False)
        )


def end_run(session: Session, run_id: str, end: RunEnd) -> None:
    """Write how a run ended."""
    session.execute(
        update(JobRun)
        .where(JobRun.id == run_id, JobRun.state == "running")
        .values(
            state=end.state,
            ended_at=end.at,
            heartbeat_at=end.at,
            counts=dict(end.counts),
            error=end.error[:300],
        )
        .execution_options(synchronize_session=False)
    )


def fail_again(session: Session, job: str, end: RunEnd) -> bool:
    """Count a failure onto the last run of the job, if that failed in the same way; else False.

    A job that runs every two seconds would fill the list otherwise.
    """
    query = select(JobRun).where(JobRun.job == job).order_by(JobRun.started_at.desc()).limit(1)
    last = session.scalars(query.where(JobRun.state != "asked")).first()
    if last is None or (last.state, last.error) != ("failed", end.error[:300]):
        return False
    last.counts = {**last.counts, "times": int(last.counts.get("times", 1)) + 1}
    last.ended_at = last.heartbeat_at = end.at
    session.flush()
    return True


def abandon_runs(session: Session, worker: str, now: dt.datetime) -> int:
    """Say of runs that go on under no living worker that they were abandoned; how many."""
    result = session.execute(
        update(JobRun)
        .where(JobRun.state == "running", JobRun.worker != worker)
        .values(state="abandoned", ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


def forget_runs(session: Session, actor: Actor) -> int:
    """Forget old runs; how many. The last run of each job that was done stays."""
    old = or_(
        JobRun.ended_at < actor.now - KEPT,
        (JobRun.ended_at < actor.now - KEPT_SMALL) & JobRun.planned_for.is_(None),
    )
    result = session.execute(
        delete(JobRun).where(old, cast(JobRun.id, String).not_in(_last_done()))
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


def _last_done() -> Any:
    """The ids of the last run of each job that was done; ids grow with time."""
    return (
        select(func.max(cast(JobRun.id, String))).where(JobRun.state == "done").group_by(JobRun.job)
    )
