"""The worked examples A to P of the specification, rows as "principal interest" in yuan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.domain.allocation import Mode, allocate, mode_for
from server.domain.events import Extension, FeeCharge, PrepayMode
from server.domain.money import yuan
from server.domain.penalty import flat_penalty_rate, penalty_of_item
from server.domain.plan import Plan, make_plan
from server.domain.prepayment import quote_prepayment
from server.domain.statement import payoff, statement
from server.domain.terms import DayCount, FeeKind, Method, PrepaymentFee
from tests.domain.builders import dated, day, loan, prepaid, rate_change, repaid

LEVEL = ["9851.05 360.00", "9910.16 300.89", "9969.62 241.43", "10029.43 181.62",
         "10089.61 121.44", "10150.13 60.90"]  # fmt: skip
TEN_THOUSAND = "10000.00"

EXAMPLES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "A": ({}, LEVEL, "1266.28"),
    "B": (
        {"method": Method.EQUAL_PRINCIPAL},
        [f"{TEN_THOUSAND} {interest}.00" for interest in (360, 300, 240, 180, 120, 60)],
        "1260.00",
    ),
    "C": (
        {"method": Method.INTEREST_ONLY},
        ["0.00 360.00"] * 5 + ["60000.00 360.00"],
        "2160.00",
    ),
    "D": (
        {"method": Method.BULLET, "day_count": DayCount.ACT_360},
        ["60000.00 2184.00"],
        "2184.00",
    ),
    "E": ({"method": Method.FLAT}, [f"{TEN_THOUSAND} 360.00"] * 6, "2160.00"),
    "F": (
        {"method": Method.INTEREST_ONLY, "periods": 4, "frequency_months": 3},
        ["0.00 1080.00"] * 3 + ["60000.00 1080.00"],
        "4320.00",
    ),
    "G": (
        {"method": Method.BALLOON, "amort_periods": 36},
        ["1498.12 360.00", "1507.11 351.01", "1516.15 341.97", "1525.25 332.87",
         "1534.40 323.72", "52418.97 314.51"],
        "2024.08",
    ),
    "H": (
        {"grace_periods": 2},
        ["0.00 360.00", "0.00 360.00", "14865.67 360.00", "14954.86 270.81",
         "15044.59 181.08", "15134.88 90.81"],
        "1622.70",
    ),
    "I": (
        {"repay_day": 20, "first_due_on": date(2024, 2, 20)},
        ["9851.05 432.00", *LEVEL[1:]],
        "1338.28",
    ),
    "J": ({"disbursed_on": date(2024, 1, 31)}, LEVEL, "1266.28"),
}  # fmt: skip


def _written(plan: Plan) -> list[str]:
    return [f"{yuan(row.principal)} {yuan(row.interest)}" for row in plan.rows]


@pytest.mark.parametrize("letter", EXAMPLES)
def test_a_plan_is_as_written_in_the_specification(letter: str) -> None:
    changed, rows, interest = EXAMPLES[letter]

    plan = make_plan(loan(**changed))

    assert _written(plan) == rows
    assert yuan(plan.interest) == interest
    assert plan.rows[-1].balance == 0


def test_example_j_returns_to_the_31st_after_short_months() -> None:
    plan = make_plan(loan(disbursed_on=date(2024, 1, 31)))

    assert [row.due_on.isoformat()[5:] for row in plan.rows] == [
        "02-29", "03-31", "04-30", "05-31", "06-30", "07-31",
    ]  # fmt: skip


def test_example_k_splits_the_period_of_a_rate_change() -> None:
    plan = make_plan(loan(), [rate_change("2024-04-01", "0.060")])

    assert _written(plan) == [
        *LEVEL[:2], "9969.62 223.26", "10039.44 151.35", "10089.64 101.15", "10140.09 50.70",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "payments", "saved"),
    [
        (PrepayMode.REDUCE_PAYMENT, ["4771.78"] * 7 + ["4771.77"], "678.94"),
        (PrepayMode.SHORTEN, ["8606.64"] * 4 + ["3413.00"], "1013.61"),
    ],
)
def test_example_l_prepays_on_a_due_date(mode: PrepayMode, payments: list[str], saved: str) -> None:
    terms = loan(principal=10_000_000, annual_rate=Decimal("0.06"), periods=12)

    quote = quote_prepayment(terms, day("2024-05-15"), 3_000_000, mode)

    assert [yuan(row.total) for row in quote.rows_after] == payments
    assert yuan(quote.interest_saved) == saved


def test_example_m_accrues_penalty_and_compound_by_the_day() -> None:
    rate = flat_penalty_rate(Decimal("0.072"), Decimal("0.5"), 360)

    found = penalty_of_item(500_000, 30_000, day("2024-03-15"), day("2024-04-04"), rate)

    assert found == (3000, 180)


@pytest.mark.parametrize(
    ("dpd", "served"),
    [
        (20, [(0, 0, 5000), (0, 1, 3000), (0, 2, 180), (0, 3, 30000), (0, 4, 61820)]),
        (91, [(0, 0, 5000), (0, 4, 95000)]),
    ],
)
def test_example_n_turns_to_principal_above_ninety_days(
    dpd: int, served: list[tuple[int, int, int]]
) -> None:
    items = [[5000, 3000, 180, 30_000, 500_000], [0, 500, 30, 27_000, 503_000]]

    pieces, left = allocate(items, 100_000, mode_for(dpd, 90))

    assert pieces == served
    assert left == 0


def test_a_contract_without_the_clause_keeps_the_normal_order() -> None:
    assert mode_for(400, None) is Mode.NORMAL


def test_example_o_settles_early_with_a_fee() -> None:
    terms = loan(
        principal=10_000_000,
        annual_rate=Decimal("0.06"),
        periods=12,
        prepayment_fee=PrepaymentFee(FeeKind.PERCENT, Decimal("0.01")),
    )
    paid = [
        repaid(f"p{row.no}", row.due_on.isoformat(), row.total) for row in make_plan(terms).rows[:6]
    ]

    quote = payoff(terms, paid, day("2024-08-01"))
    settled = statement(terms, [*paid, prepaid("all", "2024-08-01", None)], day("2024-08-01"))

    assert [yuan(v) for v in (quote.principal, quote.interest, quote.fee, quote.total)] == [
        "50748.10", "143.79", "507.48", "51399.37",
    ]  # fmt: skip
    assert settled.settled_on == day("2024-08-01")
    assert settled.prepaid[0].total == quote.total
    assert settled.principal_balance == 0


def test_example_p_extends_the_principal_of_the_maturity() -> None:
    terms = loan(method=Method.INTEREST_ONLY)
    extension = dated(Extension, "e", "2024-07-01", periods=6, annual_rate=Decimal("0.075"))

    sheet = statement(terms, [extension], day("2024-07-01"))

    asked = [yuan(state.due.interest + state.due.principal) for state in sheet.instalments]
    assert asked == ["360.00"] * 6 + ["375.00"] * 5 + ["60375.00"]
    assert sheet.maturity_on == day("2025-01-15")


def test_a_fee_on_an_open_instalment_is_served_before_its_penalty() -> None:
    fee = dated(FeeCharge, "f", "2024-03-01", amount=5000, instalment_no=1)

    sheet = statement(loan(), [fee, repaid("p", "2024-03-01", 6000)], day("2024-03-01"))

    assert [(a.component.value, a.amount) for a in sheet.allocations] == [
        ("fee", 5000), ("penalty", 1000),
    ]  # fmt: skip
