"""Payments of devices: recorded, or held for a person; never refused, never counted twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database import new_id
from server.database.models import AuditEntry, Change
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.loans.actions import differences
from server.loans.models import Loan, LoanState
from server.repayments.actions import (
    ConfirmHeld,
    FieldRepayment,
    Taken,
    confirm_held,
    join_held,
    reject_held,
    reverse_repayment,
    take_field_repayment,
)
from server.repayments.models import HeldRepayment, Repayment
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment

_FIRST = 1_021_105
_DEVICE = "0192d000-0000-7000-8000-000000000001"
_OTHER_DEVICE = "0192d000-0000-7000-8000-000000000002"


@pytest.fixture
def loan_id(bank: Bank) -> str:
    """A loan of a customer of the officer."""
    return add_loan(bank, customer_id=add_customer(bank))


def _sent(loan_id: str, **changes: Any) -> FieldRepayment:
    payment = FieldRepayment(
        id=new_id(),
        loan_id=loan_id,
        amount=_FIRST,
        paid_on=TODAY,
        method="cash",
        reference="",
        payer="",
        note="",
        check_code="ABCDEFGHIJ",
        signature=None,
        device=_DEVICE,
        made_at=NOW,
    )
    return replace(payment, **changes)


def _take(bank: Bank, sent: FieldRepayment, person: str = "officer") -> Taken:
    return take_field_repayment(bank.session, bank.actor(person), sent)


def test_a_payment_of_a_device_keeps_its_id_its_code_and_its_signature(
    session: Session, bank: Bank, loan_id: str
) -> None:
    sent = _sent(loan_id, signature="a" * 64)
    taken = _take(bank, sent)
    session.commit()
    row = session.get_one(Repayment, sent.id)
    assert taken == Taken("A01-20260310-0001")
    assert (row.receipt_no, row.device, row.made_at) == (taken.receipt_no, _DEVICE, NOW)
    assert (row.check_code, row.signature) == ("ABCDEFGHIJ", "a" * 64)
    assert row.recorded_by == bank.people["officer"]
    assert list(differences(session)) == []


def test_more_than_is_owed_is_credit_without_a_question(
    session: Session, bank: Bank, loan_id: str
) -> None:
    assert _take(bank, _sent(loan_id, amount=5_000_000)).held == ""
    assert session.get_one(LoanState, loan_id).credit > 0


def test_sent_twice_it_is_recorded_once(session: Session, bank: Bank, loan_id: str) -> None:
    sent = _sent(loan_id)
    assert _take(bank, sent) == _take(bank, sent)
    assert len(session.scalars(select(Repayment)).all()) == 1


def test_an_id_of_another_payment_is_refused(bank: Bank, loan_id: str) -> None:
    sent = _sent(loan_id)
    _take(bank, sent)
    with pytest.raises(Invalid, match="id: taken"):
        _take(bank, replace(sent, amount=1))


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_what_the_office_recorded_a_day_apart_is_held_as_a_double(
    session: Session, bank: Bank, loan_id: str, days: int
) -> None:
    there = add_repayment(bank, loan_id, _FIRST, TODAY - dt.timedelta(days=2))
    sent = _sent(loan_id, paid_on=TODAY - dt.timedelta(days=2 - days))
    assert _take(bank, sent) == Taken(None, "double_entry")
    held = session.get_one(HeldRepayment, sent.id)
    assert (held.like_id, held.status, held.taken_by) == (
        there,
        "waiting",
        bank.people["officer"],
    )
    assert session.get(Repayment, sent.id) is None


@pytest.mark.parametrize(
    "change",
    [{"amount": _FIRST + 1}, {"paid_on": TODAY - dt.timedelta(days=2)}],
    ids=["another amount", "two days apart"],
)
def test_what_differs_is_no_double(bank: Bank, loan_id: str, change: dict[str, Any]) -> None:
    add_repayment(bank, loan_id, _FIRST, TODAY)
    assert _take(bank, _sent(loan_id, **change)).held == ""


def test_what_one_device_sends_twice_was_meant_twice(bank: Bank, loan_id: str) -> None:
    assert _take(bank, _sent(loan_id)).held == ""
    assert _take(bank, _sent(loan_id)).held == ""


def test_a_reversed_payment_is_not_repeated(session: Session, bank: Bank, loan_id: str) -> None:
    gone = add_repayment(bank, loan_id, _FIRST, TODAY)
    reverse_repayment(session, bank.actor("chief"), gone, "录错")
    assert _take(bank, _sent(loan_id)).held == ""


def test_two_devices_with_the_same_money_leave_one_recorded(
    session: Session, bank: Bank, loan_id: str
) -> None:
    first, second = _sent(loan_id), _sent(loan_id, device=_OTHER_DEVICE)
    assert (_take(bank, first).held, _take(bank, second).held) == ("", "double_entry")
    assert session.get_one(HeldRepayment, second.id).like_id == first.id


def test_a_settled_loan_holds(session: Session, bank: Bank, loan_id: str) -> None:
    add_repayment(bank, loan_id, 6_200_000, TODAY, accept_credit=True)
    session.get_one(LoanState, loan_id).settled_on = TODAY
    session.flush()
    assert _take(bank, _sent(loan_id)).held == "loan_settled"


def test_a_customer_who_was_given_to_another_officer_holds(
    session: Session, bank: Bank, loan_id: str
) -> None:
    loan = session.get_one(Loan, loan_id)
    session.get_one(Customer, loan.customer_id).officer_id = bank.people["officer2"]
    session.flush()
    sent = _sent(loan_id)
    assert _take(bank, sent).held == "reassigned"
    again = _sent(loan_id, device=_OTHER_DEVICE)
    assert _take(bank, again, "officer2").held == "double_entry"
    assert session.get_one(HeldRepayment, again.id).like_id == sent.id


def test_a_loan_of_another_branch_holds(bank: Bank, loan_id: str) -> None:
    assert _take(bank, _sent(loan_id), "officer_b").held == "reassigned"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 0}, "amount.not_positive"),
        ({"paid_on": TODAY + dt.timedelta(days=1)}, "paid_on.in_future"),
        ({"paid_on": dt.date(2025, 1, 1)}, "paid_on.before_disbursement"),
        ({"method": "barter"}, "method.unknown"),
        ({"note": "字" * 501}, "note.too_long"),
    ],
)
def test_what_cannot_be_is_held_as_invalid(
    session: Session, bank: Bank, loan_id: str, change: dict[str, Any], code: str
) -> None:
    sent = _sent(loan_id, **change)
    assert _take(bank, sent).held == "invalid"
    assert session.get_one(HeldRepayment, sent.id).code == code
    session.commit()


def test_a_number_of_the_bank_used_before_is_held(
    session: Session, bank: Bank, loan_id: str
) -> None:
    add_repayment(bank, loan_id, 100, TODAY, method="transfer", reference="T1")
    sent = _sent(loan_id, method="transfer", reference="T1")
    assert _take(bank, sent).held == "invalid"
    receipt = confirm_held(
        session, bank.actor("reviewer"), ConfirmHeld(sent.id, "流水号抄错", reference="T2")
    )
    assert session.get_one(Repayment, sent.id).reference == "T2"
    assert receipt == session.get_one(Repayment, sent.id).receipt_no


def test_a_loan_that_never_was_is_not_found(bank: Bank) -> None:
    with pytest.raises(NotFound):
        _take(bank, _sent(new_id()))


def test_who_may_record_nothing_may_not_here(bank: Bank, loan_id: str) -> None:
    with pytest.raises(NotAllowed):
        _take(bank, _sent(loan_id), "risk")


def _held(bank: Bank, loan_id: str) -> FieldRepayment:
    add_repayment(bank, loan_id, _FIRST, TODAY)
    sent = _sent(loan_id, amount=_FIRST)
    assert _take(bank, sent).held == "double_entry"
    return sent


def test_confirmed_it_counts_under_its_own_id_for_the_officer(
    session: Session, bank: Bank, loan_id: str
) -> None:
    sent = _held(bank, loan_id)
    receipt = confirm_held(session, bank.actor("reviewer"), ConfirmHeld(sent.id, "确是两笔"))
    session.commit()
    row, held = session.get_one(Repayment, sent.id), session.get_one(HeldRepayment, sent.id)
    assert (row.receipt_no, row.recorded_by) == (receipt, bank.people["officer"])
    assert (held.status, held.repayment_id, held.decision_note) == (
        "confirmed",
        sent.id,
        "确是两笔",
    )
    assert held.decided_by == bank.people["reviewer"]
    assert session.get_one(Change, ("repayment", sent.id)).number > 0
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.entity_id == sent.id))
    assert list(actions) == ["repayment.hold", "repayment.record", "repayment.confirm"]
    assert list(differences(session)) == []


def test_joined_it_names_the_payment_that_stands(
    session: Session, bank: Bank, loan_id: str
) -> None:
    sent = _held(bank, loan_id)
    join_held(session, bank.actor("reviewer"), sent.id)
    held = session.get_one(HeldRepayment, sent.id)
    assert (held.status, held.repayment_id) == ("joined", held.like_id)
    assert session.get(Repayment, sent.id) is None


def test_what_repeats_a_held_one_waits_for_its_decision(
    session: Session, bank: Bank, loan_id: str
) -> None:
    first, second = _sent(loan_id), _sent(loan_id, device=_OTHER_DEVICE)
    _take(bank, first, "officer2")
    _take(bank, second)
    reviewer = bank.actor("reviewer")
    with pytest.raises(Invalid, match="like_waits"):
        join_held(session, reviewer, second.id)
    confirm_held(session, reviewer, ConfirmHeld(first.id))
    join_held(session, reviewer, second.id)
    assert session.get_one(HeldRepayment, second.id).repayment_id == first.id


def test_what_repeats_nothing_cannot_be_joined(session: Session, bank: Bank, loan_id: str) -> None:
    sent = _sent(loan_id, amount=0)
    _take(bank, sent)
    with pytest.raises(Invalid, match="like_none"):
        join_held(session, bank.actor("reviewer"), sent.id)


def test_what_repeats_a_reversed_payment_cannot_be_joined(
    session: Session, bank: Bank, loan_id: str
) -> None:
    sent = _held(bank, loan_id)
    like = session.get_one(HeldRepayment, sent.id).like_id
    assert like is not None
    reverse_repayment(session, bank.actor("chief"), like, "录错")
    with pytest.raises(Invalid, match="like_gone"):
        join_held(session, bank.actor("reviewer"), sent.id)


def test_rejecting_needs_a_reason(session: Session, bank: Bank, loan_id: str) -> None:
    sent = _held(bank, loan_id)
    with pytest.raises(Invalid, match="note: missing"):
        reject_held(session, bank.actor("reviewer"), sent.id, " ")
    reject_held(session, bank.actor("reviewer"), sent.id, "客户未付")
    held = session.get_one(HeldRepayment, sent.id)
    assert (held.status, held.decision_note, held.repayment_id) == ("rejected", "客户未付", None)


def test_nobody_decides_twice(session: Session, bank: Bank, loan_id: str) -> None:
    sent = _held(bank, loan_id)
    reject_held(session, bank.actor("reviewer"), sent.id, "客户未付")
    with pytest.raises(Invalid, match="decided"):
        confirm_held(session, bank.actor("manager"), ConfirmHeld(sent.id))


def test_nobody_decides_on_money_of_his_own(session: Session, bank: Bank, loan_id: str) -> None:
    sent = _sent(loan_id, amount=0)
    _take(bank, sent, "reviewer")
    with pytest.raises(Invalid, match="own_entry"):
        reject_held(session, bank.actor("reviewer"), sent.id, "自己的")


@pytest.mark.parametrize("person", ["officer2", "risk", "auditor"])
def test_who_may_approve_nothing_may_not_decide(
    session: Session, bank: Bank, loan_id: str, person: str
) -> None:
    sent = _held(bank, loan_id)
    with pytest.raises(NotAllowed):
        reject_held(session, bank.actor(person), sent.id, "不")


def test_another_branch_sees_nothing_to_decide(session: Session, bank: Bank, loan_id: str) -> None:
    sent = _held(bank, loan_id)
    with pytest.raises(NotFound):
        reject_held(session, bank.actor("officer_b"), sent.id, "不")
