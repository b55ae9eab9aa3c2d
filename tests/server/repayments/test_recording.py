"""Recording money: where it goes, what is asked first, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.domain.standing import Status
from server.loans.actions import differences
from server.loans.models import LoanEvent, LoanState
from server.repayments.actions import RecordRepayment, record_repayment, record_repayments
from server.repayments.models import Repayment
from server.repayments.queries import allocations_of, receipt_code, repayment
from tests.server.bank import TODAY, Bank, add_loan, add_repayment

_FIRST = 1_021_105
"""The first instalment of the usual loan: 9,851.05 principal and 360.00 interest."""


def test_a_payment_pays_the_oldest_instalment_and_gets_a_receipt(
    session: Session, bank: Bank
) -> None:
    loan_id = add_loan(bank)
    repayment_id = add_repayment(bank, loan_id, _FIRST, dt.date(2026, 2, 15))
    session.commit()
    row = session.get_one(Repayment, repayment_id)
    assert row.receipt_no == "A01-20260310-0001"
    [piece] = allocations_of(session, repayment_id)
    assert (piece.instalment_no, piece.parts) == (1, {"interest": 36_000, "principal": 985_105})
    state = session.get_one(LoanState, loan_id)
    assert (state.status, state.dpd, state.principal_balance) == (Status.NORMAL, 0, 5_014_895)
    assert (state.last_paid_on, state.last_paid_amount) == (dt.date(2026, 2, 15), _FIRST)
    assert list(differences(session)) == []


def test_receipts_of_a_branch_are_numbered_by_day(session: Session, bank: Bank) -> None:
    first, second = add_loan(bank), add_loan(bank)
    elsewhere = add_loan(bank, branch_id=bank.branch_b)
    ids = [add_repayment(bank, each, 100, TODAY) for each in (first, second, elsewhere)]
    numbers = [session.get_one(Repayment, each).receipt_no for each in ids]
    assert numbers == ["A01-20260310-0001", "A01-20260310-0002", "B01-20260310-0001"]


def test_a_payment_is_audited_with_its_receipt(session: Session, bank: Bank) -> None:
    repayment_id = add_repayment(bank, add_loan(bank), 100_00, TODAY, note="客户送来")
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "repayment.record")).one()
    assert (entry.entity_id, entry.reason) == (repayment_id, "客户送来")
    assert entry.changes["amount"] == [None, "100.00"]


def test_the_next_instalment_may_be_paid_early_and_waits_as_credit(
    session: Session, bank: Bank
) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    repayment_id = add_repayment(bank, loan_id, _FIRST, TODAY)
    [piece] = allocations_of(session, repayment_id)
    assert (piece.instalment_no, piece.parts) == (0, {"credit": _FIRST})
    state = session.get_one(LoanState, loan_id)
    assert (state.credit, state.next_due_amount) == (_FIRST, 0)
    assert state.unpaid_due_on == dt.date(2026, 5, 1)


def test_a_payment_found_later_is_laid_before_the_ones_that_followed(
    session: Session, bank: Bank
) -> None:
    loan_id = add_loan(bank)
    late = add_repayment(bank, loan_id, 100_000, dt.date(2026, 3, 5))
    add_repayment(bank, loan_id, _FIRST, dt.date(2026, 2, 15))
    [piece] = allocations_of(session, late)
    assert (piece.instalment_no, piece.parts) == (0, {"credit": 100_000})
    assert list(differences(session)) == []


def test_payments_of_a_batch_are_laid_in_their_order(session: Session, bank: Bank) -> None:
    loan_id, other = add_loan(bank), add_loan(bank)
    commands = [
        RecordRepayment(loan_id, _FIRST, dt.date(2026, 2, 15), "cash"),
        RecordRepayment(other, 500_00, dt.date(2026, 2, 16), "card"),
        RecordRepayment(loan_id, _FIRST, dt.date(2026, 3, 9), "cash"),
    ]
    ids = record_repayments(session, bank.actor("officer"), commands)
    session.commit()
    assert [session.get_one(Repayment, each).paid_on for each in ids] == [
        dt.date(2026, 2, 15),
        dt.date(2026, 2, 16),
        dt.date(2026, 3, 9),
    ]
    assert session.get_one(LoanState, loan_id).credit == _FIRST
    assert list(differences(session)) == []


def test_a_check_code_changes_with_what_the_receipt_says(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    actor = bank.actor("officer")
    one, two = (
        repayment(session, actor, add_repayment(bank, loan_id, amount, TODAY))
        for amount in (100, 200)
    )
    assert receipt_code(one) == receipt_code(one)
    assert receipt_code(one) != receipt_code(two)
    assert len(receipt_code(one)) == 8


def _refusal(bank: Bank, loan_id: str, username: str = "officer", **changes: Any) -> Invalid:
    values: dict[str, Any] = {
        "loan_id": loan_id,
        "amount": 100_00,
        "paid_on": TODAY,
        "method": "cash",
    }
    with pytest.raises(Invalid) as caught:
        record_repayment(bank.session, bank.actor(username), RecordRepayment(**(values | changes)))
    return caught.value


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"amount": 0}, "amount", "not_positive"),
        ({"amount": -5}, "amount", "not_positive"),
        ({"amount": 10**17}, "amount", "too_large"),
        ({"paid_on": dt.date(2026, 3, 11)}, "paid_on", "in_future"),
        ({"paid_on": dt.date(2026, 1, 14)}, "paid_on", "before_disbursement"),
        ({"method": "shells"}, "method", "unknown"),
        ({"reference": "9" * 81}, "reference", "too_long"),
        ({"payer": "张" * 60_000}, "payer", "too_long"),
        ({"note": "张" * 501}, "note", "too_long"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_at_its_field(
    bank: Bank, changes: dict[str, Any], field: str, reason: str
) -> None:
    refusal = _refusal(bank, add_loan(bank), **changes)
    assert (refusal.field, refusal.reason) == (field, reason)


def test_a_bank_reference_is_used_once_for_each_method(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    add_repayment(bank, loan_id, 100, TODAY, method="transfer", reference="T1")
    refusal = _refusal(bank, loan_id, method="transfer", reference="T1")
    assert (refusal.field, refusal.reason) == ("reference", "taken")
    assert add_repayment(bank, loan_id, 200, TODAY, method="wechat", reference="T1")


def test_a_reference_is_used_once_within_a_batch(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    batch = [
        RecordRepayment(loan_id, amount, TODAY, "transfer", reference="T1") for amount in (1, 2)
    ]
    with pytest.raises(Invalid, match="taken"):
        record_repayments(session, bank.actor("officer"), batch)


def test_more_than_is_owed_and_next_due_asks_once(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    refusal = _refusal(bank, loan_id, amount=5_000_000)
    assert refusal.reason == "more_than_owed"
    assert add_repayment(bank, loan_id, 5_000_000, TODAY, accept_credit=True)


def test_money_for_a_settled_loan_asks_once_and_is_credit(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2025, 6, 1), periods=1)
    sheet_total = session.get_one(LoanState, loan_id).total_due
    add_repayment(bank, loan_id, sheet_total, TODAY)
    assert session.get_one(LoanState, loan_id).settled_on == TODAY
    assert _refusal(bank, loan_id).reason == "loan_settled"
    add_repayment(bank, loan_id, 100_00, TODAY, accept_credit=True)
    assert session.get_one(LoanState, loan_id).credit == 100_00


def test_the_same_amount_a_day_later_asks_once(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    add_repayment(bank, loan_id, 100_00, dt.date(2026, 3, 9))
    assert _refusal(bank, loan_id).reason == "double_entry"
    assert add_repayment(bank, loan_id, 100_00, TODAY, accept_double=True)


def test_a_batch_says_which_payment_is_wrong_and_records_none(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    batch = [
        RecordRepayment(loan_id, 100, TODAY, "cash"),
        RecordRepayment(loan_id, 0, TODAY, "cash"),
    ]
    with pytest.raises(Invalid) as caught:
        record_repayments(session, bank.actor("officer"), batch)
    assert caught.value.detail["row"] == 1
    assert session.scalar(select(func.count()).select_from(LoanEvent)) == 0


@pytest.mark.parametrize("username", ["risk", "auditor", "administrator"])
def test_roles_that_take_no_money_record_none(bank: Bank, username: str) -> None:
    loan_id = add_loan(bank)
    with pytest.raises(NotAllowed):
        record_repayment(
            bank.session, bank.actor(username), RecordRepayment(loan_id, 1, TODAY, "cash")
        )


def test_a_loan_of_another_branch_does_not_exist_for_an_officer(bank: Bank) -> None:
    loan_id = add_loan(bank)
    with pytest.raises(NotFound):
        record_repayment(
            bank.session, bank.actor("officer_b"), RecordRepayment(loan_id, 1, TODAY, "cash")
        )
