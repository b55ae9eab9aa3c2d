"""Reads of what the worker does: who leads, what ran, what hangs, what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from server.domain.access import Actor, Permission
from server.operations.models import JobRun, WorkerLease

SILENT_AFTER: Final = dt.timedelta(seconds=45)
"""A worker that has not been heard of for so long does not run."""

_RUNS_SHOWN: Final = 8
_MOST_JOBS: Final = 200


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The worker as others see it; `holder` is "" where none ever led or none leads now."""

    state: str
    holder: str
    heartbeat_at: dt.datetime | None
    taken_at: dt.datetime | None
    first_at: dt.datetime | None
    schedule: Sequence[Mapping[str, Any]]

    @property
    def lives(self) -> bool:
        """Whether a worker was heard of lately."""
        return self.state == "alive"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a page shows it. `is_stuck`: it goes on but has long not got on."""

    id: str
    job: str
    state: str
    planned_for: dt.datetime | None
    asked_by: str
    asked_at: dt.datetime | None
    started_at: dt.datetime | None
    heartbeat_at: dt.datetime | None
    ended_at: dt.datetime | None
    done: int
    times: int
    error: str
    is_stuck: bool

    @property
    def seconds(self) -> float | None:
        """How long it took, None while it goes on."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job with what became of it. `rule` is `hour:minute` or "" where it runs `every` seconds.

    `state` is `stuck`, `failed`, `running`, `asked`, `done`, `never`, or `idle` where a job of
    every few seconds never found anything to do.
    """

    job: str
    rule: str
    every: float | None
    next_at: dt.datetime | None
    state: str
    last: RunRow | None
    last_done_at: dt.datetime | None
    runs: Sequence[RunRow]


@dataclass(frozen=True, slots=True)
class Served:
    """What is known of a job's planned times: the last that was served, and failures since."""

    done_for: dt.datetime | None
    done_at: dt.datetime | None
    failures: int
    failed_at: dt.datetime | None


def worker_state(session: Session, now: dt.datetime) -> WorkerState:
    """Who leads, and whether they live: `alive`, `silent`, `stopped` or `never`."""
    row = session.scalars(select(WorkerLease)).one_or_none()
    if row is None or row.term == 0:
        return WorkerState("never", "", None, None, None, ())
    state = "alive" if now - row.heartbeat_at <= SILENT_AFTER else "silent"
    if not row.holder:
        state = "stopped"
    return WorkerState(
        state, row.holder, row.heartbeat_at, row.taken_at, row.first_at, row.schedule
    )


def job_lines(session: Session, actor: Actor) -> list[JobLine]:
    """Every job that the worker knows, in the order of its schedule."""
    actor.require(Permission.OPERATIONS_MANAGE)
    return lines_of(session, worker_state(session, actor.now), actor.now)


def lines_of(session: Session, worker: WorkerState, now: dt.datetime) -> list[JobLine]:
    """The jobs of a schedule with their last runs."""
    runs = _last_runs(session, worker, now)
    done = last_done(session)
    return [
        _line(each, runs.get(each["job"], []), done.get(each["job"])) for each in worker.schedule
    ]


def troubled(lines: Sequence[JobLine]) -> dict[str, list[str]]:
    """The names of jobs that hang or whose last run failed: `{"stuck": […], "failed": […]}`."""
    return {
        state: [line.job for line in lines if line.state == state] for state in ("stuck", "failed")
    }


def last_done(session: Session) -> dict[str, dt.datetime]:
    """When each job last ended well."""
    query = (
        select(JobRun.job, func.max(JobRun.ended_at).label("at"))
        .where(JobRun.state == "done")
        .group_by(JobRun.job)
    )
    return {row.job: row.at for row in session.execute(query) if row.at is not None}


def asked_runs(session: Session) -> list[tuple[str, str]]:
    """(id, job) of the runs that wait for the worker, the oldest first."""
    query = select(JobRun.id, JobRun.job).where(JobRun.state == "asked").order_by(JobRun.id)
    return [(row.id, row.job) for row in session.execute(query)]


def first_led(session: Session) -> dt.datetime | None:
    """When a worker first led here."""
    return session.scalar(select(WorkerLease.first_at))


def served(session: Session, job: str, planned: dt.datetime) -> Served:
    """How far a planned time of a job is served."""
    of_job = select(JobRun).where(JobRun.job == job, JobRun.state != "asked")
    done = session.scalars(
        of_job.where(JobRun.state.in_(("done", "running")))
        .order_by(JobRun.started_at.desc())
        .limit(1)
    ).first()
    failed = session.scalars(
        of_job.where(JobRun.planned_for == planned, JobRun.state == "failed")
        .order_by(JobRun.started_at.desc())
        .limit(_MOST_JOBS)
    ).all()
    return Served(
        done_for=done.planned_for if done else None,
        done_at=done.started_at if done else None,
        failures=len(failed),
        failed_at=failed[0].ended_at if failed else None,
    )


def _last_runs(session: Session, worker: WorkerState, now: dt.datetime) -> dict[str, list[RunRow]]:
    """The newest runs of each job, ids growing with time."""
    limits = {each["job"]: each["stuck_after"] for each in worker.schedule}
    place = (
        func.row_number()
        .over(partition_by=JobRun.job, order_by=cast(JobRun.id, String).desc())
        .label("place")
    )
    ranked = select(JobRun.id, place).where(JobRun.job.in_(limits)).subquery()
    query = (
        select(JobRun)
        .join(ranked, ranked.c.id == JobRun.id)
        .where(ranked.c.place <= _RUNS_SHOWN)
        .order_by(JobRun.job, cast(JobRun.id, String).desc())
    )
    found: dict[str, list[RunRow]] = {}
    for row in session.scalars(query):
        found.setdefault(row.job, []).append(_run(row, limits[row.job], now))
    return found


def _run(row: JobRun, stuck_after: float, now: dt.datetime) -> RunRow:
    last_sign = row.heartbeat_at or row.started_at
    is_stuck = (
        row.state == "running"
        and last_sign is not None
        and now - last_sign > dt.timedelta(seconds=stuck_after)
    )
    return RunRow(
        id=row.id,
        job=row.job,
        state=row.state,
        planned_for=row.planned_for,
        asked_by=row.asked_by_name,
        asked_at=row.asked_at,
        started_at=row.started_at,
        heartbeat_at=row.heartbeat_at,
        ended_at=row.ended_at,
        done=int(row.counts.get("done", 0)),
        times=int(row.counts.get("times", 1)),
        error=row.error,
        is_stuck=is_stuck,
    )


def _line(
    planned: Mapping[str, Any], runs: Sequence[RunRow], done_at: dt.datetime | None
) -> JobLine:
    state = "never" if planned["rule"] else "idle"
    if runs:
        state = "stuck" if any(run.is_stuck for run in runs) else _state_of(runs)
    next_at = planned["next_at"]
    return JobLine(
        job=planned["job"],
        rule=planned["rule"],
        every=planned["every"],
        next_at=dt.datetime.fromisoformat(next_at) if next_at else None,
        state=state,
        last=next((run for run in runs if run.started_at is not None), None),
        last_done_at=done_at,
        runs=runs,
    )


def _state_of(runs: Sequence[RunRow]) -> str:
    """What goes on or waits, else how the last run that came to an end of its own ended."""
    states = [run.state for run in runs]
    for open_state in ("running", "asked"):
        if open_state in states:
            return open_state
    return next((state for state in states if state in {"done", "failed"}), "never")
