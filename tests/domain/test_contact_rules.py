"""Rules of conduct: quiet hours, attempts a day, and two at the door."""

from __future__ import annotations

import datetime as dt

import pytest

from server.domain.contact_rules import Breach, call_breaches, is_quiet, visit_breaches
from server.domain.fieldwork import CallChannel, Purpose
from server.domain.parameters import CollectionRules

_NOON = dt.time(12)
_RULES = CollectionRules()


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("21:59:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("07:59:59", True),
     ("08:00", False), ("12:00", False)],
)  # fmt: skip
def test_it_is_quiet_from_ten_at_night_until_eight(at: str, quiet: bool) -> None:
    assert is_quiet(dt.time.fromisoformat(at)) is quiet


@pytest.mark.parametrize(
    ("before", "breaches"),
    [(0, ()), (2, ()), (3, (Breach.MANY_CALLS,)), (5, (Breach.MANY_CALLS,)),
     (6, (Breach.TOO_MANY_CALLS,)), (9, (Breach.TOO_MANY_CALLS,))],
)  # fmt: skip
def test_unanswered_calls_of_a_day_warn_from_three_and_stop_at_six(
    before: int, breaches: tuple[Breach, ...]
) -> None:
    assert call_breaches(CallChannel.PHONE, _NOON, before, _RULES) == breaches


def test_a_message_is_no_call_but_keeps_quiet_hours() -> None:
    assert call_breaches(CallChannel.SMS, _NOON, 9, _RULES) == ()
    assert call_breaches(CallChannel.SMS, dt.time(23), 0, _RULES) == (Breach.QUIET_HOURS,)


def test_both_may_be_broken_at_once() -> None:
    broken = call_breaches(CallChannel.PHONE, dt.time(7), 6, _RULES)
    assert broken == (Breach.QUIET_HOURS, Breach.TOO_MANY_CALLS)


def test_with_consent_nothing_is_broken() -> None:
    assert call_breaches(CallChannel.PHONE, dt.time(23), 9, _RULES, consented=True) == ()


def test_the_bank_sets_the_numbers() -> None:
    strict = CollectionRules(calls_warn=1, calls_most=2)
    assert call_breaches(CallChannel.PHONE, _NOON, 2, strict) == (Breach.TOO_MANY_CALLS,)


def test_collection_is_done_by_two_once_a_day_and_by_day() -> None:
    broken = visit_breaches(Purpose.COLLECTION, dt.time(22), 1, is_alone=True)
    assert broken == (Breach.QUIET_HOURS, Breach.SECOND_VISIT, Breach.ALONE)
    assert visit_breaches(Purpose.COLLECTION, _NOON, 0, is_alone=False) == ()


def test_other_visits_have_no_such_rules() -> None:
    assert visit_breaches(Purpose.POST_LOAN, dt.time(22), 3, is_alone=True) == ()
