"""Triggers for tests."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger


def nightly(hour: int, minute: int) -> Callable[[ZoneInfo], CronTrigger]:
    return lambda zone: CronTrigger(hour=hour, minute=minute, timezone=zone)


def every(seconds: float) -> Callable[[ZoneInfo], IntervalTrigger]:
    return lambda zone: IntervalTrigger(seconds=seconds, timezone=zone)
