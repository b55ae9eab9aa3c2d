"""Feedback 客户反馈: its kinds, how its handling moves on, and when an answer is owed.

Complaints follow 《银行业保险业消费投诉处理管理办法》 (2020): the days count from the day after
receipt, calendar days, and are not moved by holidays. The numbers are settings with dates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from server.domain.errors import Invalid
from server.domain.parameters import FeedbackRules

MAX_WORDS: Final = 2000
"""Characters of what was said, or answered."""

SOON: Final = dt.timedelta(days=5)
"""So long before the deadline it begins to press (T-5)."""

_INVISIBLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028\u2029\u2060\ufeff]")


class FeedbackKind(StrEnum):
    """What a customer brings."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Complexity(StrEnum):
    """How hard a complaint is to settle; the longest term needs an approval."""

    SIMPLE = "simple"
    COMPLEX = "complex"
    SPECIAL = "special"


class FeedbackStatus(StrEnum):
    """How far the handling is."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


_S = FeedbackStatus
WAITING: Final = (_S.OPEN, _S.IN_PROGRESS)
"""The states in which the customer has no answer yet."""

NEXT: Final[Mapping[FeedbackStatus, tuple[FeedbackStatus, ...]]] = MappingProxyType(
    {
        _S.OPEN: (_S.IN_PROGRESS, _S.ANSWERED, _S.WITHDRAWN),
        _S.IN_PROGRESS: (_S.ANSWERED, _S.WITHDRAWN),
        _S.ANSWERED: (_S.CLOSED, _S.IN_PROGRESS, _S.WITHDRAWN),
        _S.CLOSED: (_S.IN_PROGRESS,),
        _S.WITHDRAWN: (),
    }
)
"""Which state may follow which. A closed case is taken up again when the customer disagrees."""


class Pressure(StrEnum):
    """How the deadline presses."""

    NONE = "none"
    SOON = "soon"
    TODAY = "today"
    LATE = "late"


def answer_due_on(kind: FeedbackKind, received_on: dt.date, rules: FeedbackRules) -> dt.date:
    """The last day for an answer; a complaint is taken as simple until somebody says otherwise."""
    if kind is FeedbackKind.COMPLAINT:
        return complaint_due_on(received_on, Complexity.SIMPLE, rules)
    return received_on + dt.timedelta(days=rules.other_days)


def complaint_due_on(received_on: dt.date, complexity: Complexity, rules: FeedbackRules) -> dt.date:
    """The last day for the answer to a complaint, counted from the day after its receipt."""
    days = {
        Complexity.SIMPLE: rules.complaint_days,
        Complexity.COMPLEX: rules.complex_complaint_days,
        Complexity.SPECIAL: rules.special_complaint_days,
    }[complexity]
    return received_on + dt.timedelta(days=days)


def pressure_on(status: FeedbackStatus, due_on: dt.date, today: dt.date) -> Pressure:
    """How near the deadline is, while there is no answer."""
    if status not in WAITING or due_on - today > SOON:
        return Pressure.NONE
    if due_on < today:
        return Pressure.LATE
    return Pressure.TODAY if due_on == today else Pressure.SOON


def check_step(old: FeedbackStatus, new: FeedbackStatus) -> None:
    """Refuse a state that may not follow: `Invalid("status", "cannot_follow")`."""
    if new not in NEXT[old]:
        raise Invalid("status", "cannot_follow")


def read_words(text: str, field: str, *, required: bool) -> str:
    """Even out what was written, line breaks kept.

    Raises `Invalid(field, reason)`: `missing`, or `too_long` beyond `MAX_WORDS` characters.
    """
    if len(text) > 2 * MAX_WORDS:
        raise Invalid(field, "too_long", limit=MAX_WORDS)
    even = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(even) > MAX_WORDS:
        raise Invalid(field, "too_long", limit=MAX_WORDS)
    if required and not even:
        raise Invalid(field, "missing")
    return even
