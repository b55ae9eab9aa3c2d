from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from server.domain.cost import check_ceiling, dated_cost, lpr_on, monthly_cost, rate_caps
from server.domain.errors import Invalid
from server.domain.parameters import DEFAULTS, CeilingKind, Institution, LprTenor

BEGIN = date(2024, 1, 15)
AGREED = 1e-10


def reason_of(refused: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    return refused.value.field, refused.value.reason


def shared_out(total: int, weights: list[int]) -> list[int]:
    """`total` fen by weight, each part rounded down."""
    return [total * weight // sum(weights) for weight in weights]


def test_a_flat_fee_of_six_per_mille_costs_thirteen_percent() -> None:
    cost = monthly_cost(1_200_000, [107_200] * 12)

    assert round(cost.monthly, 8) == Decimal("0.01086185")
    assert round(cost.annual_simple, 6) == Decimal("0.130342")
    assert round(cost.annual_compound, 6) == Decimal("0.138418")


def test_a_loan_without_interest_costs_nothing() -> None:
    cost = monthly_cost(1200, [100] * 12)

    assert {cost.monthly, cost.annual_simple, cost.annual_compound} == {Decimal(0)}


def test_a_loan_that_pays_back_less_has_a_negative_cost() -> None:
    assert monthly_cost(1000, [500]).monthly == Decimal("-0.5")


def test_interest_only_is_its_own_rate() -> None:
    assert monthly_cost(100_000, [600] * 11 + [100_600]).monthly == Decimal("0.006")


@given(
    net=st.integers(10_000, 10**10),
    paid_percent=st.integers(50, 400),
    weights=st.lists(st.integers(0, 400), max_size=60),
)
def test_the_monthly_rate_agrees_with_an_independent_irr(
    net: int, paid_percent: int, weights: list[int]
) -> None:
    payments = shared_out(net * paid_percent // 100, [*weights, 100])

    cost = monthly_cost(net, payments)

    expected = pyxirr.irr([-net, *payments], guess=float(cost.monthly))
    assert expected is not None
    assert abs(float(cost.monthly) - expected) < AGREED


@given(
    net=st.integers(10_000, 10**10),
    paid_percent=st.integers(90, 130),
    dues=st.lists(st.tuples(st.integers(30, 900), st.integers(1, 300)), min_size=1, max_size=24),
)
def test_the_dated_rate_agrees_with_an_independent_xirr(
    net: int, paid_percent: int, dues: list[tuple[int, int]]
) -> None:
    days = [BEGIN + timedelta(days=after) for after, _ in dues]
    amounts = shared_out(net * paid_percent // 100, [weight for _, weight in dues])

    rate = dated_cost(net, BEGIN, list(zip(days, amounts, strict=True)))

    expected = pyxirr.xirr([BEGIN, *days], [-net, *amounts], guess=float(rate))
    assert expected is not None
    assert abs(float(rate) - expected) < AGREED * max(1.0, expected)


@given(
    st.integers(1, 10**14),
    st.lists(st.integers(0, 10**14), min_size=1, max_size=40),
)
def test_any_flows_have_a_rate_or_are_refused(net: int, payments: list[int]) -> None:
    refusal, cost = None, None
    try:
        cost = monthly_cost(net, payments)
    except Invalid as refused:
        refusal = refused.reason

    if cost is None:
        assert refusal in {"no_solution", "rate_out_of_range"}
    else:
        assert -1 <= cost.monthly <= 10
        assert (cost.monthly > 0) == (sum(payments) > net) or abs(cost.monthly) < Decimal("1e-11")


@given(st.integers(1, 100), st.integers(12, 360))
def test_a_fee_kept_back_raises_the_cost(fee: int, periods: int) -> None:
    payments = [1_000] * periods

    dear = monthly_cost(periods * 900 - fee, payments)

    assert dear.monthly > monthly_cost(periods * 900, payments).monthly


def test_a_long_loan_with_all_at_the_end_is_solved() -> None:
    assert monthly_cost(100, [0] * 1199 + [10**6]).monthly == pytest.approx(
        Decimal(10_000) ** (Decimal(1) / 1200) - 1, abs=Decimal("1e-10")
    )


def test_what_is_paid_on_the_first_day_lowers_what_was_received() -> None:
    one_year = BEGIN + timedelta(days=365)

    assert dated_cost(10_500, BEGIN, [(BEGIN, 500), (one_year, 11_000)]) == Decimal("0.1")


def test_nothing_received_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        monthly_cost(0, [100])
    assert reason_of(refused) == ("net_received", "not_positive")


@pytest.mark.parametrize(
    ("payments", "reason"),
    [
        ([], "no_solution"),
        ([0, 0], "no_solution"),
        ([100, -1], "negative"),
        ([10**15], "too_large"),
        ([1] * 1201, "too_many"),
        ([10**9], "rate_out_of_range"),
    ],
)
def test_impossible_payments_are_refused(payments: list[int], reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        monthly_cost(100, payments)
    assert reason_of(refused) == ("payments", reason)


def test_a_payment_before_the_disbursement_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        dated_cost(100, BEGIN, [(BEGIN - timedelta(days=1), 101)])
    assert reason_of(refused) == ("payments", "before_disbursement")


def test_all_taken_back_on_the_first_day_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        dated_cost(100, BEGIN, [(BEGIN, 100), (BEGIN + timedelta(days=30), 1)])
    assert reason_of(refused) == ("payments", "no_solution")


def test_an_lpr_stands_until_the_next_is_published() -> None:
    quotes = DEFAULTS.cost.lpr

    assert lpr_on(quotes, date(2024, 10, 20)) == Decimal("0.0335")
    assert lpr_on(quotes, date(2024, 10, 21)) == Decimal("0.031")
    assert lpr_on(quotes, date(2024, 10, 21), LprTenor.FIVE_YEARS) == Decimal("0.036")


def test_a_day_before_the_table_has_no_lpr() -> None:
    with pytest.raises(Invalid) as refused:
        lpr_on(DEFAULTS.cost.lpr, date(2019, 8, 19))
    assert reason_of(refused) == ("lpr", "missing")


def test_a_cost_equal_to_the_ceiling_is_allowed() -> None:
    equal = check_ceiling(Decimal("0.24"), Institution.BANK, date(2024, 5, 1))
    above = check_ceiling(Decimal("0.2401"), Institution.BANK, date(2024, 5, 1))

    assert equal is not None
    assert not equal.is_exceeded
    assert above is not None
    assert above.is_exceeded


def test_a_private_lender_is_held_to_the_lpr_of_the_contract_day() -> None:
    check = check_ceiling(Decimal("0.14"), Institution.PRIVATE, date(2024, 7, 22))

    assert check is not None
    assert check.kind is CeilingKind.LPR_MULTIPLE
    assert (check.lpr, check.multiple) == (Decimal("0.0335"), Decimal(4))
    assert check.limit == Decimal("0.134")
    assert check.is_exceeded


def test_a_ceiling_ends_and_the_next_begins_on_its_day() -> None:
    last = check_ceiling(Decimal("0.2"), Institution.MICROLENDER, date(2027, 12, 31))
    first = check_ceiling(Decimal("0.2"), Institution.MICROLENDER, date(2028, 1, 1))

    assert last is not None
    assert last.kind is CeilingKind.FIXED
    assert first is not None
    assert first.kind is CeilingKind.LPR_MULTIPLE


def test_of_two_ceilings_the_lower_holds() -> None:
    bank = next(row for row in DEFAULTS.cost.ceilings if row.institution is Institution.BANK)
    rules = replace(
        DEFAULTS.cost, ceilings=(*DEFAULTS.cost.ceilings, replace(bank, value=Decimal("0.18")))
    )

    check = check_ceiling(Decimal("0.2"), Institution.BANK, date(2024, 1, 1), rules)

    assert check is not None
    assert check.limit == Decimal("0.18")


def test_a_day_without_a_ceiling_has_no_check() -> None:
    assert check_ceiling(Decimal("0.5"), Institution.BANK, date(2000, 1, 1)) is None


def test_caps_are_exceeded_only_strictly() -> None:
    at = rate_caps(Decimal("0.06"), Decimal("0.24"))
    over = rate_caps(Decimal("0.06"), Decimal("0.240001"))

    assert (at.lpr_limit, at.exceeds_lpr_limit, at.exceeds_lower_line) == (
        Decimal("0.24"),
        False,
        False,
    )
    assert (over.exceeds_lpr_limit, over.exceeds_lower_line, over.exceeds_upper_line) == (
        True,
        True,
        False,
    )
