"""Looking ahead says of each day what the statement and the payoff of that day say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.events import Event, Extension, Opening, RateChange, Repayment, Reversal
from server.domain.statement import look_ahead, payoff, statement
from server.domain.terms import Terms
from tests.domain.builders import loan as build
from tests.properties.loans import days, lives, rates, terms

DAYS = 15


def _agrees(agreed: Terms, events: Sequence[Event], on: dt.date) -> None:
    try:
        sheets = [statement(agreed, events, _later(on, count)) for count in range(DAYS)]
        payoffs = [payoff(agreed, events, _later(on, count)) for count in range(DAYS)]
    except Invalid:
        with pytest.raises(Invalid):
            look_ahead(agreed, events, on, DAYS)
        return

    first, ahead = look_ahead(agreed, events, on, DAYS)

    assert first == sheets[0]
    assert [(day.on, day.due, day.dpd) for day in ahead] == [
        (sheet.as_of, sheet.due, sheet.dpd) for sheet in sheets
    ]
    assert [day.payoff for day in ahead] == payoffs


def _later(on: dt.date, count: int) -> dt.date:
    return on + dt.timedelta(days=count)


@settings(deadline=None, max_examples=300)
@given(lives(), days)
def test_of_a_loan_with_payments(life: tuple[Terms, list[Event]], on: dt.date) -> None:
    agreed, events = life
    _agrees(agreed, events, max(on, _later(agreed.disbursed_on, -DAYS)))


@settings(deadline=None, max_examples=200)
@given(terms(), st.data())
def test_of_a_loan_taken_over_and_repriced(agreed: Terms, data: st.DataObject) -> None:
    opened_on = _later(agreed.disbursed_on, data.draw(st.integers(0, 600)))
    principal = data.draw(st.integers(1, agreed.principal))
    opening = Opening(id="o", value_on=opened_on, posted_on=opened_on, principal=principal)
    events: list[Event] = [opening]
    for place in range(data.draw(st.integers(0, 3))):
        day = _later(opened_on, data.draw(st.integers(0, 60)))
        events.append(
            RateChange(
                id=f"r{place}",
                value_on=day,
                posted_on=day,
                order=place,
                annual_rate=data.draw(rates),
            )
        )
    _agrees(agreed, events, _later(opened_on, data.draw(st.integers(0, 60))))


@settings(deadline=None, max_examples=100)
@given(terms(), st.data())
def test_of_a_loan_extended(agreed: Terms, data: st.DataObject) -> None:
    agreed_on = _later(agreed.disbursed_on, data.draw(st.integers(0, 40)))
    extension = Extension(
        id="x",
        value_on=agreed_on,
        posted_on=agreed_on,
        periods=data.draw(st.integers(2, 6)),
        annual_rate=data.draw(st.none() | rates),
    )
    _agrees(agreed, [extension], _later(agreed_on, data.draw(st.integers(0, 900))))


def test_what_counts_from_a_day_ahead_changes_nothing_before_it() -> None:
    agreed = build(disbursed_on=dt.date(2026, 1, 15))
    paid = Repayment(
        id="p", value_on=dt.date(2026, 2, 18), posted_on=dt.date(2026, 2, 10), amount=9
    )
    back = Reversal(id="b", value_on=paid.value_on, posted_on=paid.posted_on, of="p")
    for events in ([paid], [paid, back]):
        _agrees(agreed, events, dt.date(2026, 2, 10))
