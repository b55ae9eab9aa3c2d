"""The outline of a loan says what its statement says, for every loan without payments."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.events import Event, Extension, Opening, RateChange, Repayment, WriteOff
from server.domain.statement import Statement, statement
from server.domain.statement.outline import Outline, outline
from server.domain.terms import Terms
from tests.domain.builders import loan as build
from tests.properties.loans import terms

_FIGURES = (
    *("as_of", "status", "principal_balance", "due", "overdue", "dpd", "worst_dpd"),
    *("times_overdue", "overdue_instalments", "next_due", "maturity_on", "settled_on"),
    *("credit", "last_payment"),
)


def _oldest_unpaid(sheet: Statement) -> dt.date | None:
    if sheet.oldest_unpaid_due_on is not None:
        return sheet.oldest_unpaid_due_on
    for item in sheet.instalments:
        if item.unpaid.interest + item.unpaid.principal + item.unpaid.fee > sheet.terms.tolerance:
            return item.due_on
    return None


def _says_the_same(short: Outline, whole: Statement) -> None:
    for name in _FIGURES:
        assert getattr(short, name) == getattr(whole, name), name
    assert short.unpaid_due_on == _oldest_unpaid(whole)


@settings(max_examples=300, deadline=None)
@given(terms(), st.integers(-5, 2000))
def test_of_a_loan_to_which_nothing_happened(agreed: Terms, days: int) -> None:
    as_of = agreed.disbursed_on + dt.timedelta(days=days)
    _says_the_same(outline(agreed, (), as_of), statement(agreed, (), as_of))


@settings(max_examples=300, deadline=None)
@given(terms(), st.data())
def test_of_a_loan_taken_over(agreed: Terms, data: st.DataObject) -> None:
    opened_on = agreed.disbursed_on + dt.timedelta(days=data.draw(st.integers(0, 900)))
    as_of = opened_on + dt.timedelta(days=data.draw(st.integers(0, 500)))
    small = st.integers(0, 150)  # about the tolerance, where "paid" and "settled" part ways
    principal = data.draw(small | st.integers(0, agreed.principal))
    overdue = data.draw(st.none() | st.integers(0, principal))
    oldest = data.draw(st.none() | st.dates(agreed.disbursed_on, opened_on))
    opening = Opening(
        id="o",
        value_on=opened_on,
        posted_on=opened_on,
        principal=principal,
        overdue_principal=overdue,
        interest_due=data.draw(st.none() | st.integers(0, 500_000)),
        penalty_due=data.draw(st.none() | st.integers(0, 50_000)),
        oldest_due_on=oldest,
    )
    if data.draw(st.booleans()):
        opening = replace(
            opening, overdue_principal=0, interest_due=0, penalty_due=0, oldest_due_on=None
        )
    events: list[Event] = [opening]
    if data.draw(st.booleans()):
        events.append(WriteOff(id="w", value_on=as_of, posted_on=as_of, order=1))
    _says_the_same(outline(agreed, events, as_of), statement(agreed, events, as_of))


def test_of_a_loan_extended_and_repriced() -> None:
    agreed = build(periods=12)
    day = agreed.disbursed_on
    events: list[Event] = [
        RateChange(
            id="r",
            value_on=day + dt.timedelta(40),
            posted_on=day,
            annual_rate=agreed.annual_rate / 2,
        ),
        Extension(id="e", value_on=day + dt.timedelta(60), posted_on=day, order=1, periods=6),
    ]
    for days in (10, 50, 100, 400, 700):
        as_of = day + dt.timedelta(days=days)
        _says_the_same(outline(agreed, events, as_of), statement(agreed, events, as_of))


def test_a_loan_with_payments_has_no_outline() -> None:
    agreed = build()
    paid = Repayment(id="p", value_on=agreed.disbursed_on, posted_on=agreed.disbursed_on, amount=1)
    with pytest.raises(TypeError):
        outline(agreed, (paid,), agreed.disbursed_on)


def test_impossible_terms_are_refused_as_by_the_statement() -> None:
    agreed = replace(build(), principal=0)
    with pytest.raises(Invalid, match="principal"):
        outline(agreed, (), agreed.disbursed_on)
