"""When to remind of an instalment, and at what time of the day (domain spec, §11).

Offsets are days from the due date: -3 is three days before, 0 the day itself, 1 the first day
overdue. An instalment has one current offset on any day, the latest that was reached: whoever was
away for three days is told the newest, and not all that were missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from server.domain.parameters import ReminderRules

_STEPS_AFTER: Final = 24
"""So often the reminder that comes again and again does come: two years where it is monthly."""


def reminder_dates(due_on: date, offsets: Iterable[int]) -> list[date]:
    """The days of the reminders, in the order of the offsets."""
    return [due_on + timedelta(days=offset) for offset in offsets]


def offsets_of(
    rules: ReminderRules, *, is_large: bool = True, is_bullet: bool = False
) -> list[int]:
    """The offsets of an instalment, the earliest first.

    `is_large`: of at least the amount from which it is told earlier; `is_bullet`: the loan is paid
    back at once on its last day.
    """
    before = {-days for days in rules.before}
    if is_large:
        before.add(-rules.large_before)
    if is_bullet:
        before.update((-rules.large_before, -rules.bullet_before))
    after = sorted(rules.after)
    if rules.after_every and after:
        after += [after[-1] + rules.after_every * step for step in range(1, _STEPS_AFTER + 1)]
    return sorted(before) + after


def current_offset(due_on: date, today: date, offsets: Sequence[int]) -> int | None:
    """The latest offset that was reached, None before the first."""
    days = (today - due_on).days
    return max((offset for offset in offsets if offset <= days), default=None)


def after_the_quiet(planned: datetime, blocked_from: time, blocked_to: time) -> datetime:
    """The moment itself, or the end of the hours [blocked_from, blocked_to) it falls into.

    All are times of the bank's own clock; the hours may reach over midnight.
    """
    at = planned.timetz().replace(tzinfo=None)
    if blocked_from <= blocked_to:
        if blocked_from <= at < blocked_to:
            return _at(planned, blocked_to)
        return planned
    if at >= blocked_from:
        return _at(planned + timedelta(days=1), blocked_to)
    return _at(planned, blocked_to) if at < blocked_to else planned


def time_to_send(planned: datetime, rules: ReminderRules) -> datetime:
    """When a text to a customer may go: within the bank's own hours, and never in the quiet."""
    moved = after_the_quiet(planned, time(rules.send_until), time(rules.send_from))
    return after_the_quiet(moved, time(rules.quiet_from), time(rules.quiet_until))


def _at(moment: datetime, at: time) -> datetime:
    return moment.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
