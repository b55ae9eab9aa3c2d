"""Prepayments, rate changes and extensions, alone and together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.events import Event, Extension, PrepayMode
from server.domain.extension import extension_limit
from server.domain.plan import make_plan, walk
from server.domain.plan.rows import Course
from server.domain.prepayment import quote_prepayment
from server.domain.terms import DayCount, FeeKind, Method, PrepaymentFee, Terms
from tests.domain.builders import dated, day, loan, prepaid, rate_change

YEAR = loan(principal=10_000_000, annual_rate=Decimal("0.06"), periods=12)


def _walk(terms: Terms, *changes: Any) -> Course:
    return walk(terms, sorted(changes, key=lambda change: change.value_on))


def _principals(course: Course) -> list[int]:
    return [row.principal for row in course.rows]


def _extended(on: str, **rest: Any) -> Event:
    event: Event = dated(Extension, f"extended {on}", on, **rest)
    return event


def test_a_prepayment_inside_a_period_pays_interest_on_itself_only() -> None:
    course = _walk(YEAR, prepaid("x", "2024-06-01", 3_000_000))

    item = course.prepaid[0]
    assert (item.days, item.interest) == (17, 8500)  # 30000.00 * 6 % * 17 / 360
    assert course.rows[4].interest == 18_665  # a full period on 37329.43
    assert course.rows[4].total == 477_178


def test_shortening_keeps_the_payment_and_ends_early() -> None:
    course = _walk(YEAR, prepaid("x", "2024-06-01", 3_000_000, PrepayMode.SHORTEN))

    assert [row.total for row in course.rows[4:]] == [860_664] * 4 + [341_300]
    assert course.maturity_on == day("2025-01-15")


@pytest.mark.parametrize(
    ("mode", "principals"),
    [
        (PrepayMode.REDUCE_PAYMENT, [666_667] * 8 + [666_664]),
        (PrepayMode.SHORTEN, [1_000_000] * 6),
    ],
)
def test_equal_principal_is_divided_anew_or_kept(mode: PrepayMode, principals: list[int]) -> None:
    terms = loan(method=Method.EQUAL_PRINCIPAL, principal=12_000_000, periods=12)

    course = _walk(terms, prepaid("x", "2024-04-15", 3_000_000, mode))

    assert _principals(course)[3:] == principals


def test_interest_only_asks_less_interest_and_less_at_the_end() -> None:
    course = _walk(loan(method=Method.INTEREST_ONLY), prepaid("x", "2024-03-15", 2_000_000))

    assert _principals(course) == [0] * 5 + [4_000_000]
    assert [row.interest for row in course.rows] == [36_000] * 2 + [24_000] * 4


def test_a_flat_loan_is_planned_anew_on_what_remains() -> None:
    course = _walk(loan(method=Method.FLAT), prepaid("x", "2024-03-15", 2_000_000))

    assert _principals(course)[2:] == [500_000] * 4
    assert [row.interest for row in course.rows[2:]] == [12_000] * 4


def test_a_bullet_keeps_its_day() -> None:
    terms = loan(method=Method.BULLET, day_count=DayCount.ACT_360)

    course = _walk(terms, prepaid("x", "2024-02-14", 2_000_000))

    assert course.prepaid[0].interest == 12_000
    assert [(row.principal, row.interest) for row in course.rows] == [(4_000_000, 145_600)]


def test_a_rate_change_after_shortening_solves_for_the_shortened_term() -> None:
    course = _walk(
        YEAR,
        prepaid("x", "2024-05-15", 3_000_000, PrepayMode.SHORTEN),
        rate_change("2024-06-15", "0.05"),
    )

    assert len(course.rows) == 9
    assert course.rows[-1].balance == 0
    assert len({row.total for row in course.rows[5:8]}) == 1


def test_two_rate_changes_in_one_period_split_it_in_three() -> None:
    terms = loan(method=Method.INTEREST_ONLY, day_count=DayCount.ACT_360)

    plan = make_plan(terms, [rate_change("2024-01-25", "0.036"), rate_change("2024-02-05", "0.09")])

    # 60000.00 * (7.2 % * 10 + 3.6 % * 11 + 9 % * 10) / 360
    assert plan.rows[0].interest == 33_600
    assert plan.rows[1].interest == 43_500


def test_a_rate_change_in_the_grace_period_moves_the_later_payment() -> None:
    plan = make_plan(loan(grace_periods=2), [rate_change("2024-02-15", "0.06")])

    assert [row.principal for row in plan.rows[:2]] == [0, 0]
    assert plan.rows[1].interest == 30_000
    assert plan.rows[2].total == plan.rows[3].total == 1_518_797


def test_a_balloon_is_solved_anew_over_its_amortisation() -> None:
    terms = loan(method=Method.BALLOON, amort_periods=36)

    plan = make_plan(terms, [rate_change("2024-02-15", "0.072")])

    assert [row.principal for row in plan.rows[:5]] == [
        row.principal for row in make_plan(terms).rows[:5]
    ]


@pytest.mark.parametrize(
    ("on", "principal", "reason"),
    [
        ("2024-01-14", 100, "value_on: before_disbursement"),
        ("2024-02-01", 0, "principal: not_positive"),
        ("2024-02-01", -5, "principal: not_positive"),
        ("2024-02-01", 6_000_001, "principal: exceeds_balance"),
        ("2024-07-15", 100, "value_on: nothing_to_prepay"),
    ],
)
def test_an_impossible_prepayment_is_refused(on: str, principal: int, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        _walk(loan(), prepaid("x", on, principal))


def test_nothing_is_left_to_prepay_after_all_was_prepaid() -> None:
    with pytest.raises(Invalid, match="value_on: nothing_to_prepay"):
        _walk(loan(), prepaid("x", "2024-02-01", None), prepaid("y", "2024-03-01", None))


def test_prepaying_the_whole_balance_ends_the_plan() -> None:
    course = _walk(loan(), prepaid("x", "2024-02-15", 5_014_895))

    assert len(course.rows) == 1
    assert course.prepaid[0].interest == 0


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        (PrepaymentFee(FeeKind.PERCENT, Decimal("0.01")), 30_000),
        (PrepaymentFee(FeeKind.MONTHS_INTEREST, Decimal(2)), 30_000),
        (PrepaymentFee(FeeKind.PERCENT, Decimal("0.01"), waived_after=5), 30_000),
        (PrepaymentFee(FeeKind.PERCENT, Decimal("0.01"), waived_after=4), 0),
        (None, 0),
    ],
)
def test_the_fee_follows_the_contract(fee: PrepaymentFee | None, expected: int) -> None:
    terms = loan(principal=10_000_000, annual_rate=Decimal("0.06"), periods=12, prepayment_fee=fee)

    quote = quote_prepayment(terms, day("2024-05-15"), 3_000_000)

    assert quote.paid.fee == expected
    assert quote.total == 3_000_000 + expected


def test_an_agreed_fee_takes_the_place_of_the_contracts() -> None:
    course = _walk(YEAR, prepaid("x", "2024-06-01", 3_000_000, fee=123))

    assert course.prepaid[0].fee == 123


def test_an_extension_moves_the_last_principal_only() -> None:
    course = _walk(loan(), _extended("2024-07-01", periods=3, annual_rate=Decimal("0.09")))

    assert _principals(course)[:5] == [985_105, 991_016, 996_962, 1_002_943, 1_008_961]
    assert course.rows[5].principal == 0
    assert course.rows[5].interest == 6090
    assert sum(_principals(course)[6:]) == 1_015_013
    assert course.rows[6].interest == 7613
    assert [row.due_on.isoformat() for row in course.rows[6:]] == [
        "2024-08-15", "2024-09-15", "2024-10-15",
    ]  # fmt: skip


def test_an_extension_keeps_the_day_of_a_month_end_loan() -> None:
    terms = loan(method=Method.INTEREST_ONLY, disbursed_on=day("2023-12-31"))

    course = _walk(terms, _extended("2024-06-30", periods=2))

    assert [row.due_on.isoformat() for row in course.rows[6:]] == ["2024-07-31", "2024-08-31"]
    assert [row.interest for row in course.rows[6:]] == [36_000, 36_000]


def test_a_loan_can_be_extended_again() -> None:
    terms = loan(method=Method.INTEREST_ONLY)

    course = _walk(terms, _extended("2024-07-01", periods=3), _extended("2024-10-01", periods=2))

    assert _principals(course) == [0] * 10 + [6_000_000]
    assert course.maturity_on == day("2024-12-15")


def test_an_extension_after_the_maturity_is_refused() -> None:
    with pytest.raises(Invalid, match="value_on: after_maturity"):
        _walk(loan(), _extended("2024-07-16", periods=3))


def test_a_loan_prepaid_in_full_has_nothing_to_extend() -> None:
    with pytest.raises(Invalid, match="value_on: nothing_to_extend"):
        _walk(loan(), prepaid("x", "2024-02-01", None), _extended("2024-03-01", periods=3))


def test_an_extension_agreed_before_the_loan_is_prepaid_falls_away() -> None:
    course = _walk(loan(), _extended("2024-06-20", periods=3), prepaid("x", "2024-07-01", None))

    assert len(course.rows) == 5
    assert course.prepaid[0].principal == 1_015_013


@pytest.mark.parametrize(
    ("original", "already", "asked", "allowed", "limit"),
    [
        (12, 0, 12, True, 12),
        (12, 0, 13, False, 12),
        (13, 0, 6, True, 6),
        (60, 20, 10, True, 30),
        (61, 0, 36, True, 36),
        (12, 0, 0, False, 12),
    ],
)
def test_the_limits_of_extensions(
    original: int, already: int, asked: int, allowed: bool, limit: int
) -> None:
    assert extension_limit(original, already, asked) == (allowed, limit)


@pytest.mark.parametrize("method", [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.FLAT])
def test_shortening_before_the_first_instalment_keeps_the_payment_agreed(method: Method) -> None:
    terms = loan(method=method, principal=12_000_000, annual_rate=Decimal("0.066"), periods=6)
    agreed = make_plan(terms).rows[1]

    course = _walk(terms, prepaid("x", "2024-01-23", 3_000_000, PrepayMode.SHORTEN))

    kept = course.rows[1]
    assert len(course.rows) == 5
    assert sum(_principals(course)) == 9_000_000
    if method is Method.EQUAL_INSTALMENT:
        assert kept.total == agreed.total
    else:
        assert kept.principal == agreed.principal


@pytest.mark.parametrize("on", ["2024-02-24", "2024-03-15"])
def test_a_new_rate_changes_only_the_interest_of_equal_principal(on: str) -> None:
    terms = loan(method=Method.EQUAL_PRINCIPAL, principal=1_000_000, periods=3)

    course = _walk(terms, rate_change(on, "0.10"))

    assert _principals(course) == [333_333, 333_333, 333_334]


@pytest.mark.parametrize("method", [Method.FLAT, Method.EQUAL_PRINCIPAL])
def test_parts_that_are_rounded_up_may_pay_a_small_loan_off_early(method: Method) -> None:
    rows = make_plan(loan(method=method, principal=100_000, periods=600)).rows

    assert len(rows) == 599
    assert sum(row.principal for row in rows) == 100_000
    assert rows[-1].balance == 0
