"""Every job of the worker on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from server.accounts.actions import sweep_sessions
from server.intake.actions import sweep_uploads, work_next_run
from server.loans.actions import refresh_due_states

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from server.domain.access import Actor


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name in the log, its work, and its trigger in the bank's timezone.

    `at_start` runs it once when the worker starts, for what downtime has missed.
    """

    name: str
    work: Callable[[Session, Actor], object]
    trigger: Callable[[ZoneInfo], CronTrigger | IntervalTrigger]
    at_start: bool = False


def _nightly(hour: int, minute: int) -> Callable[[ZoneInfo], CronTrigger]:
    return lambda zone: CronTrigger(hour=hour, minute=minute, timezone=zone)


def _every(seconds: int) -> Callable[[ZoneInfo], IntervalTrigger]:
    return lambda zone: IntervalTrigger(seconds=seconds, timezone=zone)


JOBS: Final = (
    Job("loans.refresh", refresh_due_states, _nightly(0, 10), at_start=True),
    Job("intake.import", work_next_run, _every(2)),
    Job("intake.sweep", sweep_uploads, _nightly(3, 20)),
    Job("accounts.sweep", sweep_sessions, _nightly(3, 30)),
)
