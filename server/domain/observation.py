"""How long a restructured loan is watched, and when a class may improve (domain spec, §4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from server.domain.calendar import add_months
from server.domain.errors import Invalid
from server.domain.parameters import DEFAULTS, UpgradeRules


def observation_ends_on(
    first_due_on: date,
    frequency_months: int,
    missed_on: Iterable[date] = (),
    rules: UpgradeRules = DEFAULTS.upgrade,
) -> date:
    """The earliest end of the observation period of a restructured loan.

    It runs from the first due date under the new terms over at least two intervals and a year.
    Each missed due date in `missed_on` that falls inside it starts it again on that date, and so
    does another restructuring, by its own first due date.
    """
    if frequency_months < 1:
        raise Invalid("frequency_months", "not_positive")
    months = max(rules.observation_months, rules.observation_periods * frequency_months)
    ends_on = months_after(first_due_on, months)
    for missed in sorted(missed_on):
        if first_due_on <= missed <= ends_on:
            ends_on = months_after(missed, months)
    return ends_on


def is_in_observation(as_of: date, restructured_on: date, ends_on: date) -> bool:
    """Whether a loan is watched on `as_of`: from its restructuring, through the last day."""
    return restructured_on <= as_of <= ends_on


def earliest_upgrade_on(
    arrears_cleared_on: date,
    paid_on_time: Iterable[date],
    rules: UpgradeRules = DEFAULTS.upgrade,
) -> date | None:
    """The first day on which a class may improve, or None while too few dues were kept.

    `paid_on_time` are the due dates after the arrears were cleared, in one run without a miss:
    the later of the second of them and six months counts.
    """
    kept = sorted({due_on for due_on in paid_on_time if due_on > arrears_cleared_on})
    waited = months_after(arrears_cleared_on, rules.on_time_months)
    if len(kept) < rules.on_time_periods:
        return None
    return max(waited, kept[rules.on_time_periods - 1])


def months_after(day: date, months: int) -> date:
    """The counterpart of `day` `months` later, at the month's end where it has no such day.

    Raises `Invalid("date", "out_of_range")` beyond the calendar.
    """
    try:
        return add_months(day, months)
    except (ValueError, OverflowError) as error:
        raise Invalid("date", "out_of_range") from error
