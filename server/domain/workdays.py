"""Working days of a bank, and the day from which an unpaid instalment counts (domain spec, §11).

Source: 民法典 art. 203, the last day of a period on a holiday moves to the next day; only where the
contract says so (`NEXT_WORKDAY`). The interest of the plan does not change with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from server.domain.parameters import DEFAULT_HOLIDAYS, DayKind, ParameterChange, Stretch
from server.domain.parameters.holidays import read_stretch

HOLIDAYS: Final = "holiday.days"
"""The name of the setting that holds the table."""

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class HolidayRule(StrEnum):
    """What becomes of a due date on which the bank rests."""

    NONE = "NONE"
    NEXT_WORKDAY = "NEXT_WORKDAY"


@dataclass(frozen=True, slots=True)
class _Table:
    from_on: date
    holidays: frozenset[date]
    made_up: frozenset[date]
    years: frozenset[int]


class Workdays:
    """The working days, by the table in force on each day; the weekend where none says more."""

    __slots__ = ("_known", "_tables")

    def __init__(self, tables: Iterable[tuple[date, Sequence[Stretch]]]) -> None:
        """`tables` are what stands from a day on; the first stands before its day too."""
        self._tables = tuple(_read(*each) for each in sorted(tables, key=lambda each: each[0]))
        self._known: dict[date, date] = {}

    def is_workday(self, day: date) -> bool:
        """Whether the bank works on that day."""
        table = self._table(day)
        if table is not None and day in table.made_up:
            return True
        if table is not None and day in table.holidays:
            return False
        return day.weekday() < _SATURDAY

    def next_workday(self, day: date) -> date:
        """That day if the bank works on it, else the first on which it does."""
        found = self._known.get(day)
        if found is None:
            found = day
            while not self.is_workday(found):
                found += _DAY
            self._known[day] = found
        return found

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are told, by the table in force on its first day."""
        table = self._table(date(year, 1, 1))
        return table is not None and year in table.years

    def _table(self, day: date) -> _Table | None:
        standing = None
        for table in self._tables:
            if table.from_on > day and standing is not None:
                break
            standing = table
        return standing


def workdays_of(changes: Iterable[ParameterChange]) -> Workdays:
    """The working days by the bank's dated changes of its table; the default stands before them."""
    told = [
        (change.effective_on, [read_stretch(HOLIDAYS, row) for row in change.value])
        for change in changes
        if change.name == HOLIDAYS
    ]
    return Workdays([(date.min, DEFAULT_HOLIDAYS), *told])


def counts_from(due_on: date, rule: HolidayRule, workdays: Workdays | None) -> date:
    """The last day on which an instalment due on `due_on` is paid in time, before any grace.

    Days overdue and penalty count from it.
    """
    if rule is HolidayRule.NONE or workdays is None:
        return due_on
    return workdays.next_workday(due_on)


def _read(from_on: date, stretches: Sequence[Stretch]) -> _Table:
    holidays = [each for each in stretches if each.kind is DayKind.HOLIDAY]
    made_up = [each for each in stretches if each.kind is DayKind.WORKDAY]
    return _Table(
        from_on,
        frozenset(day for each in holidays for day in _days(each)),
        frozenset(day for each in made_up for day in _days(each)),
        frozenset(each.from_on.year for each in holidays),
    )


def _days(stretch: Stretch) -> Iterator[date]:
    for number in range((stretch.to_on - stretch.from_on).days + 1):
        yield stretch.from_on + timedelta(days=number)
