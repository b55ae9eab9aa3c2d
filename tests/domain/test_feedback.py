from __future__ import annotations

import datetime as dt

import pytest

from server.domain.errors import Invalid
from server.domain.feedback import (
    MAX_WORDS,
    NEXT,
    FeedbackKind,
    FeedbackStatus,
    Pressure,
    answer_due_on,
    check_step,
    pressure_on,
    read_words,
)
from server.domain.parameters import FeedbackRules

RECEIVED = dt.date(2026, 3, 10)
S = FeedbackStatus


def test_a_complaint_is_owed_an_answer_on_the_fifteenth_day_after_receipt() -> None:
    assert answer_due_on(FeedbackKind.COMPLAINT, RECEIVED, FeedbackRules()) == dt.date(2026, 3, 25)


def test_other_feedback_is_owed_an_answer_on_the_tenth_day() -> None:
    assert answer_due_on(FeedbackKind.PRAISE, RECEIVED, FeedbackRules()) == dt.date(2026, 3, 20)


def test_the_days_are_settings() -> None:
    rules = FeedbackRules(complaint_days=7)

    assert answer_due_on(FeedbackKind.COMPLAINT, RECEIVED, rules) == dt.date(2026, 3, 17)


@pytest.mark.parametrize(
    ("days_left", "pressure"),
    [(6, "none"), (5, "soon"), (1, "soon"), (0, "today"), (-1, "late")],
)
def test_the_deadline_begins_to_press_five_days_before(days_left: int, pressure: str) -> None:
    due_on = RECEIVED + dt.timedelta(days=days_left)

    assert pressure_on(S.OPEN, due_on, RECEIVED) == pressure


def test_an_answered_case_does_not_press() -> None:
    assert pressure_on(S.ANSWERED, RECEIVED, RECEIVED + dt.timedelta(days=9)) is Pressure.NONE


def test_every_state_says_which_may_follow() -> None:
    assert set(NEXT) == set(FeedbackStatus)
    for old in FeedbackStatus:
        for new in NEXT[old]:
            check_step(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [(S.OPEN, S.CLOSED), (S.WITHDRAWN, S.OPEN), (S.CLOSED, S.ANSWERED), (S.OPEN, S.OPEN)],
)
def test_a_state_that_may_not_follow_is_refused(old: FeedbackStatus, new: FeedbackStatus) -> None:
    with pytest.raises(Invalid) as refused:
        check_step(old, new)

    assert refused.value.reason == "cannot_follow"


def test_words_keep_their_lines_and_lose_what_cannot_be_seen() -> None:
    assert read_words(" 一\r\n二\x00\u200b ", "text", required=True) == "一\n二"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "missing"), (" \n", "missing"), ("x" * (MAX_WORDS + 1), "too_long")],
)
def test_words_are_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_words(text, "text", required=True)

    assert (refused.value.field, refused.value.reason) == ("text", reason)


def test_sixty_thousand_characters_are_refused_unread() -> None:
    with pytest.raises(Invalid) as refused:
        read_words("字" * 60_000, "content", required=False)

    assert refused.value.reason == "too_long"
