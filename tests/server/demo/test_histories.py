"""The loans of the demo bank: every story comes true, whatever the day of loading."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest

from server.demo.contracts import Contract, plan_contracts
from server.demo.customers import plan_customers
from server.demo.stories import COUNTS, SHAPES, Story
from server.domain.calendar import add_months
from server.domain.standing import Status
from server.domain.statement import Statement
from server.domain.terms import Method

ORDINARY = dt.date(2026, 3, 10)
DAYS = (
    ORDINARY,
    dt.date(2028, 2, 29),
    dt.date(2026, 2, 28),
    dt.date(2026, 5, 31),
    dt.date(2026, 12, 31),
    dt.date(2027, 1, 1),
)


def _contracts(today: dt.date) -> list[Contract]:
    return plan_contracts(plan_customers(), today)


def _is_quiet(sheet: Statement) -> bool:
    return sheet.status is Status.NORMAL and sheet.total_due == 0


def _is_due_soon(sheet: Statement) -> bool:
    due_on = next(row.due_on for row in sheet.instalments if row.unpaid.total)
    return sheet.dpd == 0 and 0 <= (due_on - sheet.as_of).days <= 6


_TRUE: dict[Story, Callable[[Statement], bool]] = {
    Story.DUE_SOON: _is_due_soon,
    Story.IN_GRACE: lambda sheet: sheet.total_due > 0 and sheet.dpd == 0,
    Story.OVERDUE_30: lambda sheet: 1 <= sheet.dpd <= 30,
    Story.OVERDUE_60: lambda sheet: 31 <= sheet.dpd <= 60,
    Story.OVERDUE_90: lambda sheet: 61 <= sheet.dpd <= 90,
    Story.OVERDUE_LONG: lambda sheet: sheet.dpd > 90,
    Story.SETTLED: lambda sheet: sheet.status is Status.SETTLED and not sheet.prepaid,
    Story.PREPAID_FULLY: lambda sheet: sheet.status is Status.SETTLED and len(sheet.prepaid) == 1,
    Story.PREPAID_PARTLY: lambda sheet: _is_quiet(sheet) and len(sheet.prepaid) == 1,
    Story.EXTENDED: lambda sheet: sheet.status is Status.EXTENDED,
    Story.WRITTEN_OFF: lambda sheet: sheet.status is Status.WRITTEN_OFF,
    Story.WITH_CREDIT: lambda sheet: _is_quiet(sheet) and sheet.credit > 0,
    Story.PENALTY_WAIVED: lambda sheet: _is_quiet(sheet) and sheet.waived.penalty > 0,
}
"""What a story promises; of the others that all is paid."""


@pytest.mark.parametrize("today", DAYS)
def test_every_story_comes_true_on_any_day(today: dt.date) -> None:
    contracts = _contracts(today)

    untrue = [
        (each.plan.story, each.plan.number)
        for each in contracts
        if not _TRUE.get(each.plan.story, _is_quiet)(each.history.sheet)
    ]
    assert untrue == []
    assert Counter(each.plan.story for each in contracts) == COUNTS


@pytest.mark.parametrize("today", DAYS)
def test_acts_follow_each_other_between_the_booking_and_today(today: dt.date) -> None:
    for each in _contracts(today):
        days = [act.on for act in each.history.acts]
        assert days == sorted(days)
        assert all(each.history.booked_on <= on <= today for on in days)
        assert add_months(today, -18) <= each.history.booked_on < today


def test_there_are_450_loans_of_every_method_and_shape() -> None:
    contracts = _contracts(ORDINARY)

    assert len(contracts) == 450
    assert {each.plan.terms.method for each in contracts} == set(Method)
    assert {each.plan.shape for each in contracts} == set(SHAPES)
    assert any(each.plan.terms.grace_periods for each in contracts)


def test_the_same_day_gives_the_same_bank() -> None:
    first, second = _contracts(ORDINARY), _contracts(ORDINARY)

    assert [each.history for each in first] == [each.history for each in second]
    assert [each.customer for each in first] == [each.customer for each in second]
    assert [each.collaterals for each in first] == [each.collaterals for each in second]


def test_another_day_moves_the_dates_and_keeps_borrowers_and_amounts() -> None:
    first, second = _contracts(ORDINARY), _contracts(dt.date(2027, 8, 20))

    for one, other in zip(first, second, strict=True):
        assert one.customer == other.customer
        assert one.plan.terms.principal == other.plan.terms.principal
        assert one.plan.terms.annual_rate == other.plan.terms.annual_rate
        assert one.plan.story == other.plan.story
