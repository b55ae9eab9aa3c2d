"""Random loans and random lives of loans, for the properties of plans and statements."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.events import (
    Component,
    Event,
    FeeCharge,
    Prepayment,
    PrepayMode,
    RateChange,
    Repayment,
    Waiver,
)
from server.domain.plan import make_plan
from server.domain.statement import statement
from server.domain.terms import DayCount, Method, Terms

START = date(2023, 1, 1)
LAST = date(2026, 6, 30)

rates = st.integers(0, 3600).map(lambda points: Decimal(points) / 10_000)
days = st.integers(0, 1200).map(lambda count: START + timedelta(days=count))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Terms of every method that make a plan."""
    method = draw(st.sampled_from(Method))
    periods = draw(st.integers(2, 30))
    made = Terms(
        method=method,
        principal=draw(st.integers(100_000, 10**9)),
        annual_rate=draw(rates),
        disbursed_on=START + timedelta(days=draw(st.integers(0, 400))),
        periods=periods,
        frequency_months=draw(st.sampled_from([1, 1, 1, 3])),
        day_count=draw(st.sampled_from(DayCount)),
        repay_day=draw(st.none() | st.integers(1, 31)),
        amort_periods=periods + draw(st.integers(1, 60)) if method is Method.BALLOON else None,
        grace_periods=draw(st.integers(0, periods - 1)),
        grace_days=draw(st.sampled_from([0, 0, 3, 10])),
        tolerance=draw(st.sampled_from([0, 0, 100])),
        principal_first_above_dpd=draw(st.sampled_from([90, 30, None])),
        compound=draw(st.booleans()),
    )
    try:
        make_plan(made)
    except Invalid:
        made = Terms(Method.EQUAL_PRINCIPAL, 6_000_000, Decimal("0.072"), START, 12)
    return made


@st.composite
def event(draw: st.DrawFn, name: str, loan: Terms) -> Event:
    """Any event that a loan can always bear."""
    value_on = loan.disbursed_on + timedelta(days=draw(st.integers(0, 900)))
    posted_on = value_on + timedelta(days=draw(st.integers(0, 20)))
    kind = draw(st.sampled_from([Repayment] * 5 + [Waiver, FeeCharge, RateChange]))
    shared: dict[str, Any] = {"id": name, "value_on": value_on, "posted_on": posted_on}
    amount = draw(st.integers(1, loan.principal // 3))
    if kind is RateChange:
        return RateChange(**shared, annual_rate=draw(rates))
    if kind is Waiver:
        part = draw(st.sampled_from([Component.PENALTY, Component.COMPOUND, Component.INTEREST]))
        number = draw(st.none() | st.integers(1, 4))
        return Waiver(**shared, component=part, amount=amount, instalment_no=number)
    if kind is FeeCharge:
        number = draw(st.none() | st.integers(1, 4))
        return FeeCharge(**shared, amount=amount // 100 + 1, instalment_no=number)
    return Repayment(**shared, amount=amount)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Terms, list[Event]]:
    """A loan with up to a dozen events, now and then a prepayment among them."""
    loan = draw(terms())
    events = [draw(event(f"e{number}", loan)) for number in range(draw(st.integers(0, 12)))]
    if draw(st.booleans()):
        wish = Prepayment(
            id="early",
            value_on=loan.disbursed_on + timedelta(days=draw(st.integers(0, 400))),
            posted_on=LAST,
            principal=draw(st.none() | st.integers(1, loan.principal // 2)),
            mode=draw(st.sampled_from(PrepayMode)),
        )
        try:
            statement(loan, [*events, wish], LAST)
            events.append(wish)
        except Invalid:
            pass
    return loan, events
