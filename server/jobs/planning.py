"""When a job with planned times is due: pure reckoning over its trigger and its runs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from apscheduler.triggers.interval import IntervalTrigger

    from server.operations.queries import Served

AGAIN_AFTER: Final = (dt.timedelta(minutes=5), dt.timedelta(minutes=20), dt.timedelta(hours=1))
"""How long after each failure a planned time is tried again; after the last one it is given up."""

_WINDOWS: Final = (
    dt.timedelta(hours=2),
    dt.timedelta(days=2),
    dt.timedelta(days=40),
    dt.timedelta(days=400),
)
_NEXT: Final = dt.timedelta(microseconds=1)


def last_planned(trigger: CronTrigger, now: dt.datetime) -> dt.datetime | None:
    """The newest planned time that is not after `now`; None where there was none for 400 days."""
    for window in _WINDOWS:
        found, moment = None, _fires_from(trigger, now - window)
        while moment is not None and moment <= now:
            found, moment = moment, _fires_from(trigger, moment + _NEXT)
        if found is not None:
            return found
    return None


def next_planned(trigger: CronTrigger | IntervalTrigger, now: dt.datetime) -> dt.datetime | None:
    """The next planned time after `now`."""
    return _fires_from(trigger, now + _NEXT)


def is_due(
    planned: dt.datetime,
    now: dt.datetime,
    served: Served,
    first_led: dt.datetime | None,
    *,
    at_start: bool,
) -> bool:
    """Whether a planned time is still to be served.

    However many times were missed, the newest alone counts. What was planned before a worker ever
    led here was not missed, unless the job is one that runs `at_start`. A failure waits a while,
    longer each time.
    """
    if served.done_at is not None and served.done_at >= planned:
        return False
    if served.done_for is not None and served.done_for >= planned:
        return False
    if served.failures:
        if served.failures > len(AGAIN_AFTER) or served.failed_at is None:
            return False
        return now >= served.failed_at + AGAIN_AFTER[served.failures - 1]
    if served.done_at is None and not at_start:
        return first_led is not None and planned >= first_led
    return True


def _fires_from(trigger: CronTrigger | IntervalTrigger, moment: dt.datetime) -> dt.datetime | None:
    found: dt.datetime | None = trigger.get_next_fire_time(None, moment)
    return found
