"""Rules of conduct for calls and visits (DOMAIN 6): quiet hours, attempts a day, two at the door.

GB/T 45251-2025 and the guideline of 中国银行业协会 of 2026-01-30: no collection from 22:00 to 08:00
without the debtor's consent; at most six unanswered attempts to a number a day. The product warns
from three. What was done in the field is never refused; it is recorded with what it broke.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

from server.domain.fieldwork import CallChannel, Purpose
from server.domain.parameters import CollectionRules

QUIET_FROM: Final = dt.time(22)
QUIET_UNTIL: Final = dt.time(8)


class Breach(StrEnum):
    """What a contact broke. `many_calls` is a warning, the others are against the rules."""

    QUIET_HOURS = "quiet_hours"
    TOO_MANY_CALLS = "too_many_calls"
    MANY_CALLS = "many_calls"
    SECOND_VISIT = "second_visit"
    ALONE = "alone"


STOPS: Final = frozenset({Breach.QUIET_HOURS, Breach.TOO_MANY_CALLS})
"""What the desk does not record without the debtor's consent."""


def is_quiet(at: dt.time) -> bool:
    """Whether nobody may be sought at this time of the bank's day: from 22:00, before 08:00."""
    return at >= QUIET_FROM or at < QUIET_UNTIL


def call_breaches(
    channel: CallChannel,
    at: dt.time,
    unanswered_before: int,
    rules: CollectionRules,
    *,
    consented: bool = False,
) -> tuple[Breach, ...]:
    """What one more contact breaks.

    `unanswered_before` counts the unanswered calls to the same number on the same day, before this
    one; only calls count against it. With the debtor's consent nothing is broken.
    """
    if consented:
        return ()
    quiet = (Breach.QUIET_HOURS,) if is_quiet(at) else ()
    if channel is not CallChannel.PHONE:
        return quiet
    if unanswered_before >= rules.calls_most:
        return (*quiet, Breach.TOO_MANY_CALLS)
    if unanswered_before >= rules.calls_warn:
        return (*quiet, Breach.MANY_CALLS)
    return quiet


def visit_breaches(
    purpose: Purpose, at: dt.time, visits_before: int, *, is_alone: bool
) -> tuple[Breach, ...]:
    """What a visit breaks; only collection has rules. `visits_before` are those of the same day."""
    if purpose is not Purpose.COLLECTION:
        return ()
    found = (
        (Breach.QUIET_HOURS, is_quiet(at)),
        (Breach.SECOND_VISIT, visits_before > 0),
        (Breach.ALONE, is_alone),
    )
    return tuple(breach for breach, is_so in found if is_so)
