"""The worker: waits to lead, then runs what is planned, missed and asked for, and writes it down.

APScheduler calls at the planned times. Jobs with planned times run one after another, in one lane,
in the order of the schedule: reminders follow the night's states also when both are caught up.
Jobs that run every few seconds have a lane of their own. What only a planned time in the database
decides (`planning.is_due`) is looked through again every half minute.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import SQLAlchemyError

from server.database.doors import in_a_transaction
from server.database.extension import db
from server.jobs.leader import Leader
from server.jobs.planning import is_due, last_planned
from server.jobs.publishing import schedule_now
from server.jobs.runs import Runs
from server.operations.actions import abandon_runs, publish_schedule
from server.operations.queries import asked_runs, first_led, served

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from zoneinfo import ZoneInfo

    from server.jobs.schedule import Job

log = logging.getLogger("taizhang.jobs")

_QUICK_JOBS_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between heartbeats, until a lease runs out, between two looks at what was asked for,
    between two looks at what is due."""

    beat: float = 5.0
    lasts: float = 20.0
    look: float = 1.0
    plan: float = 30.0


class Worker:
    """One worker process. `context()` gives an app context, `jobs` is the page of the schedule."""

    def __init__(
        self,
        context: Callable[[], AbstractContextManager[object]],
        zone: ZoneInfo,
        jobs: Sequence[Job],
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self._context = context
        self._zone = zone
        self._jobs = {job.name: job for job in jobs}
        self._stopping = threading.Event()
        self._told: object = None
        self._was_leading = False
        with context():
            self.leader = Leader(db.engine, db.session, dt.timedelta(seconds=self.pace.lasts))
        self._runs = Runs(context, self._zone, self.leader, self.goes_on)
        self._scheduler = BackgroundScheduler(
            timezone=self._zone,
            executors={
                "planned": ThreadPoolExecutor(1),
                "default": ThreadPoolExecutor(_QUICK_JOBS_AT_ONCE),
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def goes_on(self) -> bool:
        """Whether this worker may begin another step."""
        return not self._stopping.is_set() and self.leader.lease is not None

    def stop(self) -> None:
        """End the steps under way and return from `run`."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`."""
        self._scheduler.start(paused=True)
        log.info("worker started with %d jobs", len(self._jobs))
        beat_at = plan_at = 0.0
        while not self._stopping.is_set():
            now = time.monotonic()
            if now >= beat_at:
                beat_at = now + self.pace.beat
                self._beat()
            if self._was_leading and self._safely(self._take_asked) and now >= plan_at:
                plan_at = now + self.pace.plan
                self._safely(self._plan)
            self._stopping.wait(self.pace.look)
        self._scheduler.shutdown(wait=True)
        with self._context():
            self.leader.stop()
        log.info("worker stopped")

    def _beat(self) -> None:
        with self._context():
            leads = self.leader.beat()
            db.session.remove()
        if leads and not self._was_leading:
            self._was_leading = self._safely(self._begin_to_lead)
        elif self._was_leading and not leads:
            self._was_leading = False
            self._scheduler.remove_all_jobs()
            self._scheduler.pause()
        if self._was_leading:
            self._safely(self._runs.beat)

    def _safely(self, act: Callable[[], None]) -> bool:
        """Do something with the database; what fails is logged and tried again."""
        try:
            with self._context():
                act()
        except SQLAlchemyError as fault:
            log.warning("%s: %s", act.__name__, type(fault).__name__)
            return False
        return True

    def _begin_to_lead(self) -> None:
        lease = self.leader.lease
        if lease is None:
            return
        now = dt.datetime.now(dt.UTC)
        left = in_a_transaction(
            db.session(), lambda inside: abandon_runs(inside, lease.worker, now)
        )
        if left:
            log.warning("%d runs were left by another worker", left)
        self._told = None
        for job in self._jobs.values():
            trigger = job.trigger(self._zone)
            if isinstance(trigger, CronTrigger):
                self._scheduler.add_job(
                    self._runs.planned,
                    trigger,
                    [job],
                    id=job.name,
                    executor="planned",
                    replace_existing=True,
                )
            else:
                self._scheduler.add_job(
                    self._runs.quick,
                    trigger,
                    [job],
                    id=job.name,
                    next_run_time=now,
                    replace_existing=True,
                )
        self._scheduler.resume()
        self._plan()

    def _plan(self) -> None:
        """Run what is due, and say what runs next."""
        session, now = db.session(), dt.datetime.now(self._zone)
        led = first_led(session)
        for job in self._jobs.values():
            trigger = job.trigger(self._zone)
            if not isinstance(trigger, CronTrigger) or self._runs.waits(job.name):
                continue
            planned = last_planned(trigger, now)
            if planned is not None and is_due(
                planned, now, served(session, job.name, planned), led, at_start=job.at_start
            ):
                self._runs.expect(job.name)
                self._scheduler.add_job(self._runs.planned, args=[job], executor="planned")
        session.rollback()
        self._publish(now)

    def _publish(self, now: dt.datetime) -> None:
        lease, schedule = self.leader.lease, schedule_now(self._jobs.values(), self._zone, now)
        if lease is not None and schedule != self._told:
            in_a_transaction(db.session(), lambda inside: publish_schedule(inside, lease, schedule))
            self._told = schedule

    def _take_asked(self) -> None:
        session = db.session()
        for run_id, name in asked_runs(session):
            job = self._jobs.get(name)
            if job is None or self._runs.waits(run_id):
                continue
            is_planned = isinstance(job.trigger(self._zone), CronTrigger)
            self._runs.expect(run_id)
            self._scheduler.add_job(
                self._runs.asked,
                args=[job, run_id],
                executor="planned" if is_planned else "default",
            )
        session.rollback()
