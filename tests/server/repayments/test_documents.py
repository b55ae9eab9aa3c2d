"""What a device holds of payments: received, held and decided ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from server.database import new_id
from server.repayments.actions import (
    ConfirmHeld,
    FieldRepayment,
    confirm_held,
    join_held,
    reject_held,
    reverse_repayment,
    take_field_repayment,
)
from server.repayments.documents import repayment_documents
from server.repayments.queries import repayment
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment
from tests.server.shapes import faults

_FIRST = 1_021_105
_DUE = dt.date(2026, 2, 15)


def _sent(loan_id: str, amount: int = _FIRST, paid_on: dt.date = TODAY) -> FieldRepayment:
    return FieldRepayment(
        id=new_id(),
        loan_id=loan_id,
        amount=amount,
        paid_on=paid_on,
        method="cash",
        reference="",
        payer="李四",
        note="上门",
        check_code="ABCDE23456",
        signature=None,
        device="0192d000-0000-7000-8000-000000000001",
        made_at=NOW,
    )


def _taken(bank: Bank, loan_id: str) -> str:
    sent = _sent(loan_id)
    take_field_repayment(bank.session, bank.actor("officer"), sent)
    return sent.id


def _document(bank: Bank, payment_id: str) -> dict[str, object]:
    document = repayment_documents(bank.session, [payment_id], TODAY)[payment_id]
    assert faults("Repayment", document) == []
    return document


def test_a_payment_of_the_office_is_what_the_desk_shows(bank: Bank) -> None:
    customer_id = add_customer(bank)
    paid = add_repayment(bank, add_loan(bank, customer_id=customer_id), _FIRST, _DUE, payer="李四")
    shown = repayment(bank.session, bank.actor("officer"), paid)

    document = _document(bank, paid)

    assert (document["state"], document["receipt_no"]) == ("confirmed", shown.receipt_no)
    assert (document["amount"], document["paid_on"]) == (shown.amount, "2026-02-15")
    assert (document["customer_id"], document["payer"]) == (customer_id, "李四")
    assert (document["by_name"], document["check_code"]) == (shown.recorded_by, None)


def test_a_payment_of_the_field_keeps_its_check_code_and_its_moment(bank: Bank) -> None:
    document = _document(bank, _taken(bank, add_loan(bank, customer_id=add_customer(bank))))

    assert (document["state"], document["check_code"]) == ("confirmed", "ABCDE23456")
    assert dt.datetime.fromisoformat(str(document["at"])) == NOW
    assert document["by"] == bank.people["officer"]


def test_a_reversed_payment_says_so(bank: Bank) -> None:
    paid = _taken(bank, add_loan(bank, customer_id=add_customer(bank)))
    reverse_repayment(bank.session, bank.actor("officer"), paid, "记错了")

    assert _document(bank, paid)["state"] == "reversed"


def test_a_double_entry_is_held_and_then_shows_what_was_decided(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    add_repayment(bank, loan_id, _FIRST, TODAY)
    confirmed, joined, rejected = (_taken(bank, loan_id) for _ in range(3))
    waiting = _document(bank, confirmed)
    assert (waiting["state"], waiting["reason"]) == ("held", "double_entry")
    assert (waiting["receipt_no"], waiting["check_code"]) == (None, "ABCDE23456")

    reviewer = bank.actor("reviewer")
    confirm_held(bank.session, reviewer, ConfirmHeld(confirmed))
    join_held(bank.session, reviewer, joined)
    reject_held(bank.session, reviewer, rejected, "没有收到")

    assert [_document(bank, each)["state"] for each in (confirmed, joined, rejected)] == [
        "confirmed",
        "joined",
        "rejected",
    ]
    assert _document(bank, confirmed)["receipt_no"]


def test_payments_received_and_held_take_two_queries(bank: Bank, statements: list[str]) -> None:
    customer_id = add_customer(bank)
    loan_id = add_loan(bank, customer_id=customer_id)
    paid = add_repayment(bank, loan_id, _FIRST, TODAY)
    held = _taken(bank, loan_id)
    confirm_held(bank.session, bank.actor("reviewer"), ConfirmHeld(held))
    other = replace(_sent(loan_id), amount=5)
    take_field_repayment(bank.session, bank.actor("officer"), other)
    bank.session.flush()

    statements.clear()
    assert len(repayment_documents(bank.session, [paid, held, other.id], TODAY)) == 3
    assert len(statements) == 2
