"""Until when something is put off: an hour, this evening, tomorrow morning, the morning of a day.

Times are the bank's: the same cases (tests/cases/snoozing.json) hold for the tablet.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from server.domain.errors import Invalid

CHOICES: Final = ("hour", "evening", "morning", "date")
_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
EVENING: Final = dt.time(18)
_MORNING: Final = dt.time(8)


def snoozed_until(choice: str, now: dt.datetime, on: dt.date | None = None) -> dt.datetime:
    """A moment after `now`, which is told in the bank's timezone.

    Raises `Invalid("snooze", "unknown" | "missing" | "past")`: an evening that has come is past.
    """
    match choice:
        case "hour":
            until = now + _HOUR
        case "evening":
            until = dt.datetime.combine(now.date(), EVENING, now.tzinfo)
        case "morning":
            until = dt.datetime.combine(now.date() + _DAY, _MORNING, now.tzinfo)
        case "date":
            if on is None:
                raise Invalid("snooze", "missing")
            until = dt.datetime.combine(on, _MORNING, now.tzinfo)
        case _:
            raise Invalid("snooze", "unknown")
    if until <= now:
        raise Invalid("snooze", "past")
    return until
