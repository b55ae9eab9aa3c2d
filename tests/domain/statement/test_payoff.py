"""What settles a loan, and what its settling does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.domain.events import Extension, Opening
from server.domain.standing import Status
from server.domain.statement import payoff, statement
from server.domain.terms import FeeKind, Method, PrepaymentFee
from tests.domain.builders import dated, day, loan, prepaid, rate_change, repaid

LEVEL = 1_021_105


def test_arrears_come_first_and_credit_is_deducted() -> None:
    behind = payoff(loan(), [], day("2024-02-25"))
    ahead = payoff(loan(), [repaid("p", "2024-01-20", 500_000)], day("2024-01-25"))

    assert behind.due == statement(loan(), [], day("2024-02-25")).due
    assert (behind.principal, behind.days) == (5_014_895, 10)
    assert behind.interest == 10_030
    assert ahead.total == 6_000_000 + 12_000 - 500_000


def test_paying_what_was_quoted_settles_the_loan() -> None:
    on = day("2024-03-01")
    terms = loan(prepayment_fee=PrepaymentFee(FeeKind.PERCENT, Decimal("0.02")))
    quote = payoff(terms, [], on)
    events = [
        repaid("arrears", "2024-03-01", quote.due.total),
        prepaid("rest", "2024-03-01", None),
    ]

    sheet = statement(terms, events, on)

    assert quote.fee == 100_298
    assert sheet.status is Status.SETTLED
    assert sheet.paid.total == quote.total
    assert sheet.credit == 0


def test_the_interest_of_a_payoff_follows_a_rate_change() -> None:
    quote = payoff(
        loan(method=Method.INTEREST_ONLY), [rate_change("2024-01-25", "0.036")], day("2024-02-04")
    )

    assert quote.interest == 18_000  # ten days at 7.2 %, ten at 3.6 %


@pytest.mark.parametrize("as_of", ["2024-01-01", "2024-08-01"])
def test_nothing_is_paid_early_before_the_loan_or_after_its_end(as_of: str) -> None:
    quote = payoff(loan(), [], day(as_of))

    assert (quote.principal, quote.interest, quote.days) == (0, 0, 0)


def test_a_loan_taken_over_and_prepaid_in_part_on_one_day_can_be_paid_off() -> None:
    on = "2024-04-20"
    events = [prepaid("a", on, 19_169), dated(Opening, "o", on, principal=3_026_917)]

    quote = payoff(loan(), events, day(on))

    assert quote.principal == 3_007_748


def test_an_extended_loan_says_so_until_it_is_overdue() -> None:
    terms = loan(method=Method.INTEREST_ONLY)
    paid = repaid("p", "2024-02-15", 36_000 * 6)
    extension = dated(Extension, "e", "2024-07-01", periods=6)

    sheet = statement(terms, [paid, extension], day("2024-07-20"))
    late = statement(terms, [paid, extension], day("2024-08-16"))

    assert sheet.status is Status.EXTENDED
    assert sheet.is_extended
    assert sheet.overdue_principal == 0
    assert late.status is Status.OVERDUE


def test_principal_overdue_before_an_extension_stays_overdue() -> None:
    extension = dated(Extension, "e", "2024-07-01", periods=6)

    sheet = statement(loan(), [extension], day("2024-07-15"))

    assert sheet.overdue_principal == 4_984_987
    assert sheet.principal_balance == 6_000_000
    assert sheet.maturity_on == day("2025-01-15")
