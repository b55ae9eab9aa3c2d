"""Grace, penalty, days overdue and status."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.domain.events import Component, WriteOff
from server.domain.standing import Status
from server.domain.statement import statement
from server.domain.terms import Method
from tests.domain.builders import dated, day, loan, rate_change, repaid

LEVEL = 1_021_105


@pytest.mark.parametrize(
    ("as_of", "dpd", "status"),
    [
        ("2024-01-14", 0, Status.PENDING),
        ("2024-02-15", 0, Status.NORMAL),
        ("2024-02-16", 1, Status.OVERDUE),
        ("2024-05-15", 90, Status.OVERDUE),
    ],
)
def test_days_overdue_count_from_the_day_after_the_due_date(
    as_of: str, dpd: int, status: Status
) -> None:
    sheet = statement(loan(), [], day(as_of))

    assert (sheet.dpd, sheet.status) == (dpd, status)


def test_a_pending_loan_has_no_balance() -> None:
    assert statement(loan(), [], day("2024-01-14")).principal_balance == 0


def test_penalty_and_compound_run_on_what_is_overdue() -> None:
    sheet = statement(loan(), [], day("2024-03-06"))

    assert sheet.penalty == 5911  # 9851.05 * 10.8 % / 360 * 20
    assert sheet.compound == 216  # 360.00 * 10.8 % / 360 * 20
    assert sheet.overdue_principal == 985_105
    assert sheet.overdue_interest == 36_000


def test_a_contract_may_charge_no_compound() -> None:
    sheet = statement(loan(compound=False), [], day("2024-03-06"))

    assert (sheet.penalty, sheet.compound) == (5911, 0)


def test_penalty_follows_a_change_of_the_rate_by_the_day() -> None:
    sheet = statement(loan(), [rate_change("2024-02-25", "0.036")], day("2024-03-06"))

    assert sheet.penalty == 4433  # ten days at 10.8 %, ten at 5.4 %


def test_grace_hides_everything_and_then_counts_from_the_due_date() -> None:
    terms = loan(grace_days=5)

    inside, outside = (statement(terms, [], day(f"2024-02-{d}")) for d in (20, 21))

    assert (inside.dpd, inside.penalty, inside.status) == (0, 0, Status.NORMAL)
    assert inside.total_due == LEVEL
    assert (outside.dpd, outside.status) == (6, Status.OVERDUE)
    assert outside.penalty == statement(loan(), [], day("2024-02-21")).penalty > 0


def test_paid_in_full_within_grace_is_not_late() -> None:
    sheet = statement(loan(grace_days=5), [repaid("p", "2024-02-20", LEVEL)], day("2024-03-01"))

    assert (sheet.penalty, sheet.times_overdue, sheet.worst_dpd) == (0, 0, 0)


def test_paid_in_part_within_grace_pays_penalty_on_the_balances_it_had() -> None:
    partly = repaid("p", "2024-02-20", 36_000 + 485_105)

    sheet = statement(loan(grace_days=5), [partly], day("2024-02-25"))

    assert sheet.penalty == 2228  # (9851.05 * 5 + 5000.00 * 5) * 0.0003
    assert sheet.compound == 54
    assert sheet.dpd == 10


def test_a_part_payment_does_not_reset_the_days() -> None:
    sheet = statement(loan(), [repaid("p", "2024-03-01", 500_000)], day("2024-03-10"))

    assert sheet.dpd == sheet.principal_dpd == 24
    assert sheet.interest_dpd == 0


def test_clearing_the_oldest_moves_the_days_to_the_next() -> None:
    paid = repaid("p", "2024-04-01", LEVEL + 20_000)

    sheet = statement(loan(), [paid], day("2024-04-01"))

    assert sheet.oldest_unpaid_due_on == day("2024-03-15")
    assert (sheet.dpd, sheet.worst_dpd, sheet.overdue_instalments) == (17, 46, 1)
    assert sheet.times_overdue == 2


def test_penalty_alone_makes_no_days_overdue() -> None:
    unpaid = statement(loan(), [], day("2024-03-01"))
    paid = repaid("p", "2024-03-01", unpaid.total_due)
    short = repaid("p", "2024-03-01", LEVEL)

    settled = statement(loan(), [paid], day("2024-03-14"))
    after = statement(loan(principal_first_above_dpd=0), [short], day("2024-03-14"))

    assert settled.total_due == 0
    assert after.dpd == 0
    assert after.penalty > 0
    assert after.instalments[0].cleared_on == day("2024-03-01")
    assert after.instalments[0].settled_on is None


def test_what_is_within_the_tolerance_is_not_overdue() -> None:
    sheet = statement(
        loan(tolerance=100), [repaid("p", "2024-02-15", LEVEL - 100)], day("2024-03-01")
    )

    assert (sheet.dpd, sheet.overdue.total, sheet.times_overdue) == (0, 0, 0)
    assert sheet.total_due == 100


def test_a_rest_within_the_tolerance_bears_no_penalty_once_cleared_within_grace() -> None:
    paid = repaid("p", "2024-02-18", LEVEL - 100)

    sheet = statement(loan(tolerance=100, grace_days=5), [paid], day("2024-03-14"))

    assert sheet.penalty == 0


def test_an_instalment_smaller_than_the_tolerance_is_never_late() -> None:
    terms = loan(
        method=Method.INTEREST_ONLY, principal=10_000, annual_rate=Decimal("0.06"), tolerance=100
    )

    sheet = statement(terms, [], day("2024-03-01"))

    assert (sheet.dpd, sheet.times_overdue, sheet.penalty) == (0, 0, 0)


def test_after_the_maturity_all_principal_is_overdue() -> None:
    sheet = statement(loan(method=Method.INTEREST_ONLY), [], day("2024-07-25"))

    assert sheet.overdue_principal == 6_000_000
    assert sheet.principal_dpd == 10
    assert sheet.dpd == sheet.interest_dpd == 161


def test_above_ninety_days_principal_goes_first() -> None:
    early, late = (
        statement(loan(), [repaid("p", on, 100_000)], day(on))
        for on in ("2024-05-15", "2024-05-16")
    )

    assert early.paid.penalty > 0
    assert {piece.component for piece in late.allocations} == {Component.PRINCIPAL}


def test_a_loan_written_off_keeps_counting() -> None:
    off = dated(WriteOff, "w", "2024-06-01")

    sheet = statement(loan(), [off, repaid("p", "2024-06-05", 1000)], day("2024-06-10"))

    assert sheet.status is Status.WRITTEN_OFF
    assert sheet.paid.total == 1000
    assert sheet.dpd > 90


def test_a_loan_paid_to_the_end_is_settled_on_the_last_payment() -> None:
    unpaid = statement(loan(), [], day("2024-08-01"))

    sheet = statement(loan(), [repaid("p", "2024-08-01", unpaid.total_due)], day("2024-09-01"))

    assert sheet.status is Status.SETTLED
    assert sheet.settled_on == day("2024-08-01")
    assert sheet.next_due is None
    assert sheet.times_overdue == 6
