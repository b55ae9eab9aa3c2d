"""The calculator's areas on reminders: reminder, quiet, holiday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any, Final

from server.domain.calculator.fields import text
from server.domain.calculator.reading import code_of, date_of, dates_of, list_of, moment_of
from server.domain.errors import Invalid
from server.domain.parameters import DayKind, Stretch
from server.domain.reminding import after_the_quiet, reminder_dates
from server.domain.workdays import HolidayRule, Workdays, counts_from

_FURTHEST: Final = 3650


def calculate_reminder(given: dict[str, Any]) -> dict[str, Any]:
    """`due_on`, `offsets` (days, before is negative) -> dates."""
    due_on = date_of(given, "due_on")
    offsets = list_of(given, "offsets")
    for offset in offsets:
        if not isinstance(offset, int) or isinstance(offset, bool):
            raise Invalid("offsets", "type")
        if abs(offset) > _FURTHEST:
            raise Invalid("offsets", "too_large")
    try:
        dates = reminder_dates(due_on, offsets)
    except OverflowError as error:
        raise Invalid("due_on", "date") from error
    return {"dates": [each.isoformat() for each in dates]}


def calculate_quiet(given: dict[str, Any]) -> dict[str, Any]:
    """`planned_local`, the hours [`blocked_from`, `blocked_to`) -> send_local."""
    planned = moment_of(given, "planned_local")
    try:
        moved = after_the_quiet(planned, _time(given, "blocked_from"), _time(given, "blocked_to"))
    except OverflowError as error:
        raise Invalid("planned_local", "date") from error
    precision = "auto" if moved.second or moved.microsecond else "minutes"
    return {"send_local": moved.isoformat(timespec=precision)}


def calculate_holiday(given: dict[str, Any]) -> dict[str, Any]:
    """`due_on`, `rule`, `holidays`, `makeup_workdays` -> the day until which payment is in time."""
    due_on = date_of(given, "due_on")
    days = [
        *(_single(day, DayKind.HOLIDAY) for day in _days(given, "holidays")),
        *(_single(day, DayKind.WORKDAY) for day in _days(given, "makeup_workdays")),
    ]
    workdays = Workdays([(date.min, days)])
    try:
        counts = counts_from(due_on, code_of(given, "rule", HolidayRule), workdays)
    except OverflowError as error:
        raise Invalid("due_on", "date") from error
    return {"effective_due_on": counts.isoformat(), "interest_days_changed": False}


def _days(given: dict[str, Any], key: str) -> list[date]:
    return [] if given.get(key) is None else dates_of(given, key)


def _single(day: date, kind: DayKind) -> Stretch:
    return Stretch(day, day, kind, "")


def _time(given: dict[str, Any], key: str) -> time:
    try:
        at = time.fromisoformat(text(given, key))
    except ValueError as error:
        raise Invalid(key, "time") from error
    if at.tzinfo is not None:
        raise Invalid(key, "time")
    return at


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "reminder": calculate_reminder,
    "quiet": calculate_quiet,
    "holiday": calculate_holiday,
}
