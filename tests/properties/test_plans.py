"""What holds for every plan."""

from __future__ import annotations

from decimal import Decimal

import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.plan import make_plan
from server.domain.plan.methods import level_payment
from server.domain.terms import Terms
from tests.properties.loans import terms


@given(terms())
def test_principal_parts_sum_to_the_principal_and_no_row_is_negative(loan: Terms) -> None:
    plan = make_plan(loan)

    assert plan.principal == loan.principal
    assert plan.rows[-1].balance == 0
    for row in plan.rows:
        assert row.principal >= 0
        assert row.interest >= 0
        assert row.balance >= 0
        assert row.total == row.principal + row.interest


@given(terms())
def test_periods_follow_one_another_without_gap(loan: Terms) -> None:
    rows = make_plan(loan).rows

    assert rows[0].start_on == loan.disbursed_on
    assert [row.start_on for row in rows[1:]] == [row.due_on for row in rows[:-1]]
    assert [row.no for row in rows] == list(range(1, len(rows) + 1))


@given(
    st.integers(10_000, 10**9), st.integers(1, 3600), st.integers(1, 360), st.sampled_from([1, 3])
)
def test_level_payments_agree_with_an_independent_annuity(
    principal: int, points: int, periods: int, step: int
) -> None:
    level = level_payment(principal, points, 10_000, step, periods)

    expected = -npf.pmt(points / 10_000 * step / 12, periods, principal)
    assert level == pytest.approx(float(expected), abs=0.51, rel=0)


@given(st.integers(1, 10**12), st.integers(1, 600))
def test_without_interest_the_principal_is_divided(principal: int, periods: int) -> None:
    assert abs(level_payment(principal, 0, 10_000, 1, periods) - principal / periods) <= 0.5


@given(terms(), st.integers(1, 36))
def test_more_interest_never_makes_the_first_payment_smaller(loan: Terms, percent: int) -> None:
    dearer = min(loan.annual_rate + Decimal(percent) / 100, Decimal(1))
    level = level_payment(loan.principal, int(loan.annual_rate * 10_000), 10_000, 1, 24)

    assert level_payment(loan.principal, int(dearer * 10_000), 10_000, 1, 24) >= level
