"""Civil dates of the trade: the day of a month that a loan remembers, and whole months.

Source: the calendar rules of the ledger (算头不算尾; due days 29 to 31 clip to the month's end and
return).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """Days of a month, 28 to 31."""
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_DAYS[month - 1]


def month_index(day: date) -> int:
    """Months counted from year 0, so that months can be added."""
    return day.year * 12 + day.month - 1


@lru_cache(maxsize=16384)
def on_anchor(index: int, anchor: int) -> date:
    """The anchor day (1 to 31) in the month `index`, clipped to the month's end."""
    year, month = divmod(index, 12)
    return date(year, month + 1, min(anchor, days_in_month(year, month + 1)))


def add_months(day: date, months: int, anchor: int | None = None) -> date:
    """The counterpart (对日) of `day` some months on; `anchor` is the day remembered."""
    return on_anchor(month_index(day) + months, anchor or day.day)


def is_on_anchor(day: date, anchor: int) -> bool:
    """Whether `day` is where the anchor day falls in its month."""
    return day.day == anchor or (day.day < anchor and day.day == days_in_month(day.year, day.month))


def whole_months(start: date, end: date) -> tuple[int, int]:
    """Whole months from `start` to its counterparts, and the odd days left before `end`."""
    months = month_index(end) - month_index(start)
    if add_months(start, months) > end:
        months -= 1
    return months, (end - add_months(start, months)).days
