"""Which backups are kept: the newest of so many days, weeks and months, and two more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeepRule:
    """For how many days, ISO weeks and months that have a backup the newest of each is kept."""

    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True)
class Held:
    """A backup that is there: its name, when it was made (bank's time), whether it was tried."""

    name: str
    made_at: dt.datetime
    is_verified: bool


def to_drop(held: Iterable[Held], rule: KeepRule) -> list[str]:
    """The names to drop, the oldest first.

    Kept whatever the rule says: the newest backup, and the newest that was tried and found good.
    """
    newest_first = sorted(held, key=lambda each: (each.made_at, each.name), reverse=True)
    kept = {each.name for each in newest_first[:1]}
    kept |= {each.name for each in [each for each in newest_first if each.is_verified][:1]}
    for most, part_of in (
        (rule.daily, _day),
        (rule.weekly, _week),
        (rule.monthly, _month),
    ):
        kept |= _newest_of_each(newest_first, part_of, most)
    return [each.name for each in reversed(newest_first) if each.name not in kept]


def _newest_of_each(
    newest_first: Sequence[Held], part_of: Callable[[dt.date], tuple[int, int]], most: int
) -> set[str]:
    seen: dict[tuple[int, int], str] = {}
    for each in newest_first:
        part = part_of(each.made_at.date())
        if part not in seen and len(seen) < most:
            seen[part] = each.name
    return set(seen.values())


def _day(day: dt.date) -> tuple[int, int]:
    return day.year, day.toordinal()


def _week(day: dt.date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _month(day: dt.date) -> tuple[int, int]:
    return day.year, day.month
