"""Promises to pay: judged by the money that came in time, each fen once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from server.domain.promises import Judged, Promised, PromiseState, Received, judge_promises

_MADE = dt.date(2026, 3, 1)
_DUE = dt.date(2026, 3, 10)
_AFTER = dt.date(2026, 3, 11)


def _one(*payments: Received, today: dt.date = _AFTER, share: str = "1") -> Judged:
    promise = Promised("a", 1000, _MADE, _DUE)
    return judge_promises([promise], payments, today, Decimal(share))["a"]


@pytest.mark.parametrize(
    ("payments", "today", "expected"),
    [
        ([], _DUE, Judged(PromiseState.OPEN, 0)),
        ([], _AFTER, Judged(PromiseState.BROKEN, 0)),
        ([Received(_DUE, 1000)], _DUE, Judged(PromiseState.KEPT, 1000)),
        ([Received(_DUE, 999)], _DUE, Judged(PromiseState.OPEN, 999)),
        ([Received(_DUE, 999)], _AFTER, Judged(PromiseState.PART, 999)),
        ([Received(_MADE, 400), Received(_DUE, 600)], _AFTER, Judged(PromiseState.KEPT, 1000)),
        ([Received(_DUE, 5000)], _AFTER, Judged(PromiseState.KEPT, 1000)),
        ([Received(_AFTER, 1000)], _AFTER, Judged(PromiseState.BROKEN, 0)),
        ([Received(dt.date(2026, 2, 28), 1000)], _AFTER, Judged(PromiseState.BROKEN, 0)),
    ],
    ids=[
        "nothing yet",
        "nothing came",
        "all on the day",
        "a fen short, the day is not over",
        "a fen short",
        "in two parts",
        "more than promised",
        "a day late",
        "before it was promised",
    ],
)
def test_a_promise_is_judged_by_what_came_by_its_day(
    payments: list[Received], today: dt.date, expected: Judged
) -> None:
    assert _one(*payments, today=today) == expected


def test_money_of_the_days_to_come_does_not_count_yet() -> None:
    assert _one(Received(_DUE, 1000), today=_MADE) == Judged(PromiseState.OPEN, 0)


def test_a_bank_may_be_content_with_less() -> None:
    assert _one(Received(_DUE, 900), share="0.9").state is PromiseState.KEPT


def test_money_keeps_the_earlier_promise_first_and_only_once() -> None:
    later = Promised("later", 1000, _MADE, dt.date(2026, 3, 20))
    sooner = Promised("sooner", 1000, _MADE, _DUE)
    judged = judge_promises([later, sooner], [Received(_DUE, 1500)], dt.date(2026, 4, 1))
    assert judged == {
        "sooner": Judged(PromiseState.KEPT, 1000),
        "later": Judged(PromiseState.PART, 500),
    }


def test_the_order_in_which_things_are_told_makes_no_difference() -> None:
    promises = [Promised(name, 700, _MADE, _DUE) for name in "ab"]
    payments = [Received(_MADE, 300), Received(_DUE, 800)]
    assert judge_promises(promises, payments, _AFTER) == judge_promises(
        promises[::-1], payments[::-1], _AFTER
    )
