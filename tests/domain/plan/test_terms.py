"""Terms that cannot be are refused by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.money import MAX_FEN
from server.domain.plan import make_plan
from server.domain.terms import FeeKind, Method, PrepaymentFee
from tests.domain.builders import loan, rate_change

IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"principal": 0}, "principal: not_positive"),
    ({"principal": -1}, "principal: not_positive"),
    ({"principal": MAX_FEN + 1}, "principal: too_large"),
    ({"annual_rate": Decimal("-0.01")}, "annual_rate: negative"),
    ({"annual_rate": Decimal("7.2")}, "annual_rate: too_high"),
    ({"annual_rate": Decimal("NaN")}, "annual_rate: not_a_number"),
    ({"annual_rate": Decimal("Infinity")}, "annual_rate: not_a_number"),
    ({"annual_rate": Decimal("0.0000000000001")}, "annual_rate: too_many_places"),
    ({"periods": None}, "periods: missing"),
    ({"periods": 0}, "periods: out_of_range"),
    ({"periods": 601}, "periods: out_of_range"),
    ({"frequency_months": 0}, "frequency_months: out_of_range"),
    ({"repay_day": 32}, "repay_day: out_of_range"),
    ({"first_due_on": date(2024, 1, 15)}, "first_due_on: not_after_disbursement"),
    ({"maturity_on": date(2024, 1, 15)}, "maturity_on: not_after_disbursement"),
    (
        {"first_due_on": date(2024, 9, 1), "maturity_on": date(2024, 8, 1)},
        "first_due_on: after_maturity",
    ),
    ({"maturity_on": date(2026, 1, 15)}, "periods: disagrees_with_maturity"),
    ({"periods": None, "maturity_on": date(2199, 1, 1)}, "maturity_on: too_late"),
    ({"maturity_on": date(9999, 12, 31)}, "maturity_on: too_late"),
    ({"disbursed_on": date(9999, 12, 31)}, "disbursed_on: too_late"),
    ({"disbursed_on": date(1900, 1, 1)}, "disbursed_on: too_early"),
    ({"periods": 600, "frequency_months": 12}, "periods: too_late"),
    ({"method": Method.BALLOON}, "amort_periods: missing"),
    ({"method": Method.BALLOON, "amort_periods": 6}, "amort_periods: not_longer_than_periods"),
    ({"grace_periods": 6}, "grace_periods: not_below_periods"),
    ({"grace_periods": -1}, "grace_periods: negative"),
    ({"penalty_uplift": Decimal("1.5")}, "penalty_uplift: out_of_range"),
    ({"grace_days": -1}, "grace_days: out_of_range"),
    ({"tolerance": 101}, "tolerance: out_of_range"),
    ({"penalty_basis_days": 364}, "penalty_basis_days: unknown"),
    ({"principal_first_above_dpd": -1}, "principal_first_above_dpd: negative"),
    ({"principal": 100, "periods": 300}, "periods: negative_amortisation"),
    (
        {"prepayment_fee": PrepaymentFee(FeeKind.PERCENT, Decimal(2))},
        "prepayment_fee: out_of_range",
    ),
    (
        {"prepayment_fee": PrepaymentFee(FeeKind.PERCENT, Decimal(0), -1)},
        "prepayment_fee: waived_after",
    ),
]


@pytest.mark.parametrize(("changed", "reason"), IMPOSSIBLE, ids=[r for _, r in IMPOSSIBLE])
def test_impossible_terms_are_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        make_plan(loan(**changed))


def test_a_rate_change_before_the_loan_is_refused() -> None:
    with pytest.raises(Invalid, match="value_on: before_disbursement"):
        make_plan(loan(), [rate_change("2024-01-14", "0.05")])


def test_a_rate_change_to_an_impossible_rate_is_refused() -> None:
    with pytest.raises(Invalid, match="annual_rate: too_high"):
        make_plan(loan(), [rate_change("2024-02-14", "5")])


def test_the_largest_and_longest_loan_still_makes_a_plan() -> None:
    plan = make_plan(loan(principal=MAX_FEN, periods=600, annual_rate=Decimal("0.36")))

    assert plan.principal == MAX_FEN
