"""Running a job and writing it down: planned, asked for, or every few seconds.

A run that was planned or asked for is written before its first step. One of those that come every
few seconds is written when it did something, failed, or is still at work at the next heartbeat.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import SQLAlchemyError

from server.database.doors import in_a_transaction
from server.database.extension import db
from server.jobs.alarm import tell_of_failure
from server.jobs.door import Outcome, job_actor, through_door
from server.jobs.planning import last_planned
from server.operations.actions import (
    LeaseLost,
    RunEnd,
    RunNote,
    beat_runs,
    begin_run,
    claim_asked,
    end_run,
    fail_again,
    hold_lease,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from server.jobs.leader import Leader
    from server.jobs.schedule import Job
    from server.operations.actions import Lease

log = logging.getLogger("taizhang.jobs")


@dataclass(slots=True)
class _Run:
    """A run under way, and its last sign of progress."""

    job: Job
    lease: Lease
    started_at: dt.datetime
    id: str | None = None
    got_on_at: dt.datetime = field(init=False)
    done: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.got_on_at = self.started_at

    def note(self, planned_for: dt.datetime | None) -> RunNote:
        return RunNote(self.job.name, planned_for, self.lease.worker, self.started_at)

    def got_on(self, done: int) -> None:
        self.done, self.got_on_at = done, _now()


class Runs:
    """The runs of one worker. Its methods are called by the lanes' threads, `beat` by the main."""

    def __init__(
        self,
        context: Callable[[], AbstractContextManager[object]],
        zone: ZoneInfo,
        leader: Leader,
        goes_on: Callable[[], bool],
    ) -> None:
        self._context = context
        self._zone = zone
        self._leader = leader
        self._goes_on = goes_on
        self._under_way: dict[int, _Run] = {}
        self._expected: set[str] = set()
        self._at_work: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def expect(self, key: str) -> None:
        """Remember that a job's missed run, or a run that was asked for, stands in its lane."""
        with self._guard:
            self._expected.add(key)

    def waits(self, key: str) -> bool:
        """Whether it stands there still, or is at work."""
        with self._guard:
            return key in self._expected

    def planned(self, job: Job) -> None:
        """Serve the newest planned time of a job, unless somebody has."""
        trigger = job.trigger(self._zone)
        moment = dt.datetime.now(self._zone)
        due = last_planned(trigger, moment) if isinstance(trigger, CronTrigger) else None
        self._run(job, job.name, lambda session, run: begin_run(session, run.note(due)))

    def asked(self, job: Job, run_id: str) -> None:
        """Do a run that a person asked for, unless somebody has."""

        def claim(session: Session, run: _Run) -> str | None:
            return run_id if claim_asked(session, run_id, run.lease.worker, _now()) else None

        self._run(job, run_id, claim)

    def quick(self, job: Job) -> None:
        """Do a job that runs every few seconds; nothing is written where nothing was to do."""
        lease, lock = self._leader.lease, self._lock_of(job)
        if lease is None or not lock.acquire(blocking=False):
            return
        try:
            run = _Run(job, lease, _now())
            self._work(run)
        finally:
            lock.release()

    def beat(self) -> None:
        """Write how far the runs under way have got."""
        with self._guard:
            runs = list(self._under_way.values())
        for run in runs:
            with run.guard:
                if run.id is None and run.started_at < _now() - dt.timedelta(seconds=1):
                    self._begin(run, None)
        told = {run.id: (run.got_on_at, run.done) for run in runs if run.id is not None}
        if told:
            in_a_transaction(db.session(), lambda inside: beat_runs(inside, told))

    def _run(self, job: Job, key: str, begin: Callable[[Session, _Run], str | None]) -> None:
        """Begin a run in a transaction of its own, work, and write its end."""
        lease = self._leader.lease
        try:
            if lease is None or not self._goes_on():
                return
            with self._lock_of(job):
                run = _Run(job, lease, _now())
                with self._context():
                    run.id = in_a_transaction(db.session(), lambda inside: begin(inside, run))
                if run.id is not None:
                    self._work(run)
        except SQLAlchemyError as fault:
            log.warning("job %s was not begun: %s", job.name, type(fault).__name__)
        finally:
            with self._guard:
                self._expected.discard(key)

    def _work(self, run: _Run) -> None:
        lasts = self._leader.lasts
        work = through_door(
            run.job,
            self._context,
            self._zone,
            self._goes_on,
            lambda session: hold_lease(session, run.lease, _now(), lasts),
            run.got_on,
        )
        with self._guard:
            self._under_way[id(run)] = run
        try:
            outcome = work()
        finally:
            with self._guard:
                del self._under_way[id(run)]
        with run.guard:
            self._end(run, outcome)

    def _end(self, run: _Run, outcome: Outcome) -> None:
        if run.id is None and not (outcome.done or outcome.error):
            return
        end = _end_of(outcome)
        try:
            with self._context():
                if run.id is None:
                    if end.state == "failed" and self._failed_before(run, end):
                        return
                    self._begin(run, None)
                key = run.id
                if key is not None:
                    in_a_transaction(
                        db.session(), lambda inside: self._close(inside, run, key, end)
                    )
        except (SQLAlchemyError, LeaseLost) as fault:
            log.warning("the end of %s was not written: %s", run.job.name, type(fault).__name__)

    def _close(self, session: Session, run: _Run, key: str, end: RunEnd) -> None:
        end_run(session, key, end)
        if end.state == "failed":
            tell_of_failure(session, job_actor(self._zone), run.job.name, key)

    def _begin(self, run: _Run, planned_for: dt.datetime | None) -> None:
        note = run.note(planned_for)
        run.id = in_a_transaction(db.session(), lambda inside: begin_run(inside, note))

    def _failed_before(self, run: _Run, end: RunEnd) -> bool:
        return in_a_transaction(db.session(), lambda inside: fail_again(inside, run.job.name, end))

    def _lock_of(self, job: Job) -> threading.Lock:
        with self._guard:
            return self._at_work.setdefault(job.name, threading.Lock())


def _end_of(outcome: Outcome) -> RunEnd:
    state = "done" if outcome.is_whole else "abandoned"
    counts = {"done": outcome.done, "steps": outcome.steps}
    return RunEnd("failed" if outcome.error else state, _now(), counts, outcome.error)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
