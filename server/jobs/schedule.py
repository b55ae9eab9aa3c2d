"""Every job of the worker on one page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from server.accounts.actions import sweep_sessions
from server.backups.actions import Around, back_up, verify_newest
from server.covers.actions import turn_covers
from server.customers.actions.removed import prune_removed
from server.database.engine import gather_statistics
from server.intake.actions import sweep_uploads, work_next_run
from server.jobs.sealed import stores
from server.loans.actions import refresh_due_states
from server.operations.actions import forget_runs
from server.operations.actions.keys import KeyRotation
from server.push.actions import deliver_next, sweep_deliveries
from server.push.sending import senders
from server.reminders.actions import remind, remind_customers, remind_tasks
from server.replication.actions.blobs import sweep_blobs
from server.replication.actions.days import retell_renamed, roll_next_day
from server.replication.actions.life import mark_day, prune_feed
from server.replication.documents.warming import warm_documents
from server.visits.actions import refresh_due_promises

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from server.config import BackupSettings
    from server.domain.access import Actor


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name in the log, its work, and its trigger in the bank's timezone.

    `work(session, actor)` is one step in a write transaction of its own and answers how much it
    did; it is called again until that is 0. A job that `commits_itself` begins and ends its own
    transactions. What planned times were missed is made up for by one run; `at_start` runs a job
    also where it never ran before. A run that has not got on for `stuck_after` counts as stuck.
    """

    name: str
    work: Callable[[Session, Actor], int]
    trigger: Callable[[ZoneInfo], CronTrigger | IntervalTrigger]
    at_start: bool = False
    commits_itself: bool = False
    stuck_after: dt.timedelta = dt.timedelta(minutes=15)


def make_jobs(
    data_dir: Path,
    goes_on: Callable[[], bool],
    bank_name: str = "",
    backups: BackupSettings | None = None,
) -> tuple[Job, ...]:
    """All jobs, in the order in which they are caught up after downtime.

    `goes_on` turns False when the worker is to stop: long work then ends early. A name has its
    words in `web/job_labels.py`.
    """
    return (
        # What the new day changes; each line may build on those above it.
        Job("covers.turn", turn_covers, _nightly(0, 1), at_start=True),
        Job("replication.mark", mark_day, _nightly(0, 2), at_start=True),
        Job("loans.refresh", _refresh_loans, _nightly(0, 10), at_start=True),
        Job("visits.promises", refresh_due_promises, _nightly(0, 20), at_start=True),
        Job("replication.days", roll_next_day, _nightly(0, 30), at_start=True),
        Job("replication.names", retell_renamed, _nightly(0, 32), at_start=True),
        Job("replication.documents", warm_documents, _nightly(0, 35), at_start=True),
        # Who is told of it: at each hour of the day at which somebody may want to be.
        Job("reminders.staff", remind, _hourly("6-20"), at_start=True),
        Job(
            "reminders.customers",
            partial(remind_customers, bank_name=bank_name),
            _hourly("6-20"),
            at_start=True,
        ),
        Job("reminders.tasks", remind_tasks, _nightly(8, 0), at_start=True),
        *_backup_jobs(data_dir, goes_on, backups),
        # What tidies up.
        Job("accounts.sweep", sweep_sessions, _nightly(3, 30)),
        Job(
            "intake.sweep",
            partial(sweep_uploads, data_dir=data_dir),
            _nightly(3, 20),
        ),
        Job(
            "replication.blobs",
            partial(sweep_blobs, data_dir=data_dir),
            _nightly(3, 25),
        ),
        Job("replication.prune", prune_feed, _nightly(3, 50)),
        Job("customers.prune", prune_removed, _nightly(3, 52)),
        Job("push.sweep", sweep_deliveries, _nightly(3, 35)),
        Job("operations.sweep", forget_runs, _nightly(3, 55)),
        Job("operations.keys", KeyRotation(stores(data_dir)), _nightly(4, 0)),
        Job("database.statistics", _gather_statistics, _nightly(4, 30)),
        # What waits for nobody.
        Job(
            "push.deliver",
            partial(deliver_next, senders=senders.active(), clock=_now),
            _every(2),
            commits_itself=True,
        ),
        Job(
            "intake.import",
            partial(work_next_run, data_dir=data_dir, clock=_now, goes_on=goes_on),
            _every(2),
            commits_itself=True,
        ),
    )


def _backup_jobs(
    data_dir: Path, goes_on: Callable[[], bool], settings: BackupSettings | None
) -> tuple[Job, ...]:
    """A backup and its trial; each may take long and commits little."""
    if settings is None:
        return ()
    around, long = Around(data_dir, settings, _now, goes_on), dt.timedelta(hours=6)
    return tuple(
        Job(name, partial(work, around=around), when, commits_itself=True, stuck_after=long)
        for name, work, when in (
            ("backups.nightly", back_up, _nightly(2, 30)),
            ("backups.verify", verify_newest, _nightly(3, 5)),
        )
    )


def _refresh_loans(session: Session, actor: Actor) -> int:
    return refresh_due_states(session, actor.today)


def _gather_statistics(session: Session, _actor: Actor) -> int:
    gather_statistics(session)
    return 0


def _nightly(hour: int, minute: int) -> Callable[[ZoneInfo], CronTrigger]:
    return lambda zone: CronTrigger(hour=hour, minute=minute, timezone=zone)


def _hourly(hours: str) -> Callable[[ZoneInfo], CronTrigger]:
    return lambda zone: CronTrigger(hour=hours, minute=1, timezone=zone)


def _every(seconds: int) -> Callable[[ZoneInfo], IntervalTrigger]:
    return lambda zone: IntervalTrigger(seconds=seconds, timezone=zone)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
