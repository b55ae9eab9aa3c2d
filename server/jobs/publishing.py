"""The schedule as the worker tells it to the pages: what runs, by which rule, and when next."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from apscheduler.triggers.cron import CronTrigger

from server.jobs.planning import next_planned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from apscheduler.triggers.interval import IntervalTrigger

    from server.jobs.schedule import Job


def schedule_now(jobs: Iterable[Job], zone: ZoneInfo, now: dt.datetime) -> list[dict[str, Any]]:
    """The lines of `WorkerLease.schedule`; a job that runs every few seconds has no next time."""
    return [_line(job, job.trigger(zone), now) for job in jobs]


def _line(job: Job, trigger: CronTrigger | IntervalTrigger, now: dt.datetime) -> dict[str, Any]:
    line: dict[str, Any] = {
        "job": job.name,
        "rule": "",
        "every": None,
        "next_at": None,
        "stuck_after": job.stuck_after.total_seconds(),
    }
    if isinstance(trigger, CronTrigger):
        planned = next_planned(trigger, now)
        line["rule"] = _rule(trigger)
        line["next_at"] = planned.isoformat() if planned else None
    else:
        line["every"] = trigger.interval.total_seconds()
    return line


def _rule(trigger: CronTrigger) -> str:
    """The fields that were set, as cron writes them: `day=1 hour=0 minute=10`."""
    return " ".join(f"{field.name}={field}" for field in trigger.fields if not field.is_default)
