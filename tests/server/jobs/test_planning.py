"""When a planned time is due: missed once however often, again after a failure, never before."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger

from server.jobs.planning import AGAIN_AFTER, is_due, last_planned, next_planned
from server.operations.queries import Served

ZONE = ZoneInfo("Asia/Shanghai")
NIGHTLY = CronTrigger(hour=0, minute=10, timezone=ZONE)
NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=ZONE)
PLANNED = dt.datetime(2026, 3, 10, 0, 10, tzinfo=ZONE)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=ZONE)
DAY = dt.timedelta(days=1)
NEVER = Served(None, None, 0, None)


def due(served: Served, now: dt.datetime = NOON, *, at_start: bool = False) -> bool:
    return is_due(PLANNED, now, served, LONG_AGO, at_start=at_start)


@pytest.mark.parametrize(
    ("trigger", "planned"),
    [
        (NIGHTLY, PLANNED),
        (CronTrigger(minute=30, timezone=ZONE), NOON.replace(hour=11, minute=30)),
        (CronTrigger(day=1, hour=2, timezone=ZONE), dt.datetime(2026, 3, 1, 2, tzinfo=ZONE)),
        (
            CronTrigger(month=12, day=31, hour=23, timezone=ZONE),
            dt.datetime(2025, 12, 31, 23, tzinfo=ZONE),
        ),
        (CronTrigger(hour=12, minute=0, timezone=ZONE), NOON),
        (CronTrigger(year=2020, timezone=ZONE), None),
    ],
)
def test_the_newest_planned_time_is_found_for_any_rule(
    trigger: CronTrigger, planned: dt.datetime | None
) -> None:
    assert last_planned(trigger, NOON) == planned


def test_the_next_planned_time_is_after_now() -> None:
    assert next_planned(NIGHTLY, PLANNED) == PLANNED + DAY


def test_a_planned_time_that_was_missed_is_due() -> None:
    assert due(Served(PLANNED - 3 * DAY, PLANNED - 3 * DAY, 0, None))


def test_one_that_was_served_is_not() -> None:
    assert not due(Served(PLANNED, PLANNED, 0, None))


def test_one_that_a_person_has_had_run_since_is_not() -> None:
    assert not due(Served(None, PLANNED + dt.timedelta(hours=2), 0, None))


def test_what_was_planned_before_the_first_worker_was_not_missed() -> None:
    first_led = PLANNED + dt.timedelta(hours=1)
    assert not is_due(PLANNED, NOON, NEVER, first_led, at_start=False)
    assert is_due(PLANNED, NOON, NEVER, first_led, at_start=True)


def test_a_new_job_of_an_old_house_is_due() -> None:
    assert due(NEVER)


def test_a_failure_is_tried_again_after_longer_and_longer_times_and_then_given_up() -> None:
    for count, wait in enumerate(AGAIN_AFTER, 1):
        failed = Served(None, None, count, NOON)
        assert not due(failed, NOON + wait - dt.timedelta(seconds=1))
        assert due(failed, NOON + wait)
    assert not due(Served(None, None, len(AGAIN_AFTER) + 1, NOON), NOON + DAY)
