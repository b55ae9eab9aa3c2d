"""How money finds its place."""

from __future__ import annotations

import pytest

from server.domain.errors import Invalid
from server.domain.events import Component, CreditRefund, FeeCharge, Repayment, Waiver
from server.domain.standing import Status
from server.domain.statement import LineKind, Parts, lines_of, statement
from tests.domain.builders import dated, day, loan, prepaid, repaid, reversed_

LEVEL = 1_021_105


def test_a_payment_on_the_due_date_is_in_time() -> None:
    sheet = statement(loan(), [repaid("p", "2024-02-15", LEVEL)], day("2024-03-01"))

    first = sheet.instalments[0]
    assert first.settled_on == first.cleared_on == day("2024-02-15")
    assert not first.is_late
    assert (sheet.dpd, sheet.times_overdue, sheet.credit) == (0, 0, 0)
    assert sheet.status is Status.NORMAL
    assert sheet.principal_balance == 5_014_895


def test_money_before_the_due_date_waits_as_credit_and_is_applied_on_it() -> None:
    early = repaid("p", "2024-02-01", LEVEL)

    before = statement(loan(), [early], day("2024-02-14"))
    after = statement(loan(), [early], day("2024-02-15"))

    assert before.credit == LEVEL
    assert before.principal_balance == 6_000_000
    assert before.next_due is not None
    assert before.next_due.to_pay == 0
    assert after.credit == 0
    assert {(piece.on, piece.from_credit) for piece in after.allocations} == {
        (day("2024-02-15"), True)
    }
    assert after.instalments[0].settled_on == day("2024-02-15")


def test_surplus_is_never_an_automatic_prepayment() -> None:
    sheet = statement(loan(), [repaid("p", "2024-02-15", 3_000_000)], day("2024-02-16"))

    assert sheet.credit == 3_000_000 - LEVEL
    assert sheet.principal_balance == 5_014_895
    assert sheet.instalments[1].unpaid.principal == 991_016


def test_two_payments_of_one_day_are_laid_in_the_order_they_were_posted() -> None:
    first = repaid("b", "2024-02-15", 36_000, order=1)
    second = repaid("a", "2024-02-15", 10_000, order=2)

    sheet = statement(loan(), [second, first], day("2024-02-15"))

    assert [(piece.event_id, piece.component) for piece in sheet.allocations] == [
        ("b", Component.INTEREST),
        ("a", Component.PRINCIPAL),
    ]


def test_a_backdated_payment_lays_the_later_ones_anew() -> None:
    on_time = repaid("late entry", "2024-02-15", LEVEL, posted_on=day("2024-04-20"))
    march = repaid("march", "2024-03-15", LEVEL)

    unaware = statement(loan(), [march], day("2024-03-15"))
    aware = statement(loan(), [march, on_time], day("2024-03-15"))

    assert unaware.due.penalty + unaware.due.compound == 0
    assert {piece.instalment_no for piece in unaware.allocations} == {1}
    assert unaware.worst_dpd == 29
    assert aware.dpd == aware.worst_dpd == 0
    assert {p.instalment_no for p in aware.allocations if p.event_id == "march"} == {2}


def test_the_statement_of_a_day_can_be_told_as_it_was_known_then() -> None:
    on_time = repaid("late entry", "2024-02-15", LEVEL, posted_on=day("2024-04-20"))

    then = statement(loan(), [on_time], day("2024-03-01"), known_on=day("2024-03-01"))

    assert then.dpd == 15
    assert statement(loan(), [on_time], day("2024-03-01")).dpd == 0


def test_a_payment_on_a_settled_loan_becomes_credit() -> None:
    done = prepaid("all", "2024-02-01", None)

    sheet = statement(loan(), [done, repaid("p", "2024-03-01", 500)], day("2024-05-01"))

    assert sheet.status is Status.SETTLED
    assert sheet.settled_on == day("2024-02-01")
    assert sheet.credit == 500
    assert sheet.total_due == 0


def test_credit_can_be_refunded_up_to_what_there_is() -> None:
    events = [
        repaid("p", "2024-02-01", 1000),
        dated(CreditRefund, "r", "2024-02-02", amount=400),
    ]

    sheet = statement(loan(), events, day("2024-02-02"))

    assert sheet.credit == 600
    assert sheet.credit_lots[0].refunded == 400
    with pytest.raises(Invalid, match="amount: exceeds_credit"):
        statement(loan(), [*events, dated(CreditRefund, "s", "2024-02-03", amount=601)],
                  day("2024-02-03"))  # fmt: skip


def test_a_fee_of_its_own_is_due_at_once_and_makes_days_overdue() -> None:
    fee = dated(FeeCharge, "f", "2024-01-20", amount=5000)

    sheet = statement(loan(), [fee], day("2024-01-25"))

    assert sheet.due == Parts(fee=5000)
    assert (sheet.dpd, sheet.worst_dpd) == (5, 5)
    assert sheet.charges[0].amount == 5000


def test_credit_serves_a_fee_on_the_day_it_is_charged() -> None:
    events = [
        repaid("p", "2024-01-18", 9000),
        dated(FeeCharge, "f", "2024-01-20", amount=5000),
    ]

    sheet = statement(loan(), events, day("2024-01-20"))

    assert sheet.credit == 4000
    assert sheet.charges[0].settled_on == day("2024-01-20")
    assert lines_of(sheet)[-1].kind is LineKind.CREDIT_APPLIED


def test_a_fee_with_an_instalment_to_come_is_due_with_it() -> None:
    fee = dated(FeeCharge, "f", "2024-01-20", amount=5000, instalment_no=1)

    sheet = statement(loan(), [fee], day("2024-01-25"))

    assert sheet.total_due == 0
    assert sheet.next_due is not None
    assert sheet.next_due.amount == LEVEL + 5000


def test_a_fee_for_an_instalment_already_paid_stands_on_its_own() -> None:
    events = [
        repaid("p", "2024-02-15", LEVEL),
        dated(FeeCharge, "f", "2024-03-01", amount=5000, instalment_no=1),
    ]

    sheet = statement(loan(), events, day("2024-03-04"))

    assert sheet.due == Parts(fee=5000)
    assert (sheet.dpd, sheet.times_overdue) == (3, 0)


@pytest.mark.parametrize("kind", [Repayment, CreditRefund, FeeCharge])
@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_must_be_positive(kind: type, amount: int) -> None:
    with pytest.raises(Invalid, match="amount: not_positive"):
        statement(loan(), [dated(kind, "x", "2024-02-01", amount=amount)], day("2024-02-01"))


def test_an_event_before_the_disbursement_is_refused() -> None:
    with pytest.raises(Invalid, match="value_on: before_disbursement"):
        statement(loan(), [repaid("p", "2024-01-14", 1)], day("2024-02-01"))


def test_one_id_may_not_tell_two_stories() -> None:
    with pytest.raises(Invalid, match="id: duplicate"):
        statement(
            loan(), [repaid("p", "2024-02-14", 1), repaid("p", "2024-02-14", 2)], day("2024-03-01")
        )


def test_the_same_event_twice_counts_once() -> None:
    paid = repaid("p", "2024-02-14", 100)

    assert statement(loan(), [paid, paid], day("2024-03-01")).paid.total == 100


def test_a_reversal_stays_in_the_lines_and_moves_nothing() -> None:
    paid = repaid("p", "2024-02-15", LEVEL)
    undone = reversed_("r", paid, "2024-02-20")

    sheet = statement(loan(), [paid, undone], day("2024-02-29"))

    assert sheet == statement(loan(), [], day("2024-02-29"))
    told = [(line.kind, line.amount, line.is_reversed) for line in lines_of(sheet)[-2:]]
    assert told == [(LineKind.REPAID, LEVEL, True), (LineKind.REVERSAL, -LEVEL, False)]
    assert {line.principal_balance for line in lines_of(sheet)} == {6_000_000}


def test_a_reversal_cannot_be_reversed() -> None:
    paid = repaid("p", "2024-02-15", LEVEL)
    undone = reversed_("r", paid, "2024-02-20")

    with pytest.raises(Invalid, match="of: is_reversal"):
        statement(loan(), [paid, undone, reversed_("s", undone, "2024-02-21")], day("2024-03-01"))


def test_nothing_is_reversed_twice() -> None:
    paid = repaid("p", "2024-02-15", LEVEL)
    both = [reversed_(name, paid, "2024-02-20") for name in "rs"]

    with pytest.raises(Invalid, match="of: already_reversed"):
        statement(loan(), [paid, *both], day("2024-03-01"))


def test_what_is_unknown_cannot_be_reversed() -> None:
    with pytest.raises(Invalid, match="of: unknown"):
        statement(
            loan(), [reversed_("r", repaid("p", "2024-02-15", 1), "2024-02-20")], day("2024-03-01")
        )


def test_a_reversed_waiver_leaves_the_penalty_as_it_was() -> None:
    waiver = dated(Waiver, "w", "2024-03-10", component=Component.PENALTY, amount=1000)

    waived = statement(loan(), [waiver], day("2024-03-14"))
    undone = statement(loan(), [waiver, reversed_("r", waiver, "2024-03-12")], day("2024-03-14"))
    plain = statement(loan(), [], day("2024-03-14"))

    assert waived.penalty == plain.penalty - 1000
    assert waived.waived == Parts(penalty=1000)
    assert undone == plain


def test_waiving_more_than_is_outstanding_gives_up_what_there_is() -> None:
    waiver = dated(Waiver, "w", "2024-03-10", component=Component.PENALTY, amount=10**8)

    sheet = statement(loan(), [waiver], day("2024-03-10"))

    assert sheet.penalty == 0
    assert sheet.waived.penalty == statement(loan(), [], day("2024-03-10")).penalty


def test_interest_can_be_waived_before_it_is_due() -> None:
    waiver = dated(
        Waiver, "w", "2024-01-20", component=Component.INTEREST, amount=36_000, instalment_no=1
    )

    sheet = statement(loan(), [waiver], day("2024-02-15"))

    assert sheet.due == Parts(principal=985_105)
    assert sheet.instalments[0].waived.interest == 36_000
