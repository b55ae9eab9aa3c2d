"""What became of an attempt to send."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final


class Fate(StrEnum):
    """`gone`: the target exists no more. `refused`: trying again cannot help. `unknown`: it may
    have arrived, and the receiver would not know a second one as the same.
    """

    SENT = "sent"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fate, a code that says why (never an address or a word of the message), and the seconds
    that the receiver asks to wait.
    """

    fate: Fate
    error: str = ""
    after: float | None = None


SENT: Final = Outcome(Fate.SENT)

_GONE: Final = frozenset((404, 410))
_LATER: Final = frozenset((408, 425, 429))


def of_status(status: int, retry_after: str = "", now: dt.datetime | None = None) -> Outcome:
    """What the status of an HTTP answer means."""
    if 200 <= status < 300:
        return SENT
    error = f"http_{status}"
    if status in _GONE:
        return Outcome(Fate.GONE, error)
    if status in _LATER or status >= 500:
        return Outcome(Fate.LATER, error, seconds_asked(retry_after, now))
    return Outcome(Fate.REFUSED, error)


def seconds_asked(retry_after: str, now: dt.datetime | None) -> float | None:
    """The seconds in a Retry-After header, which names seconds or a date; None where unreadable."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if now is None or moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
