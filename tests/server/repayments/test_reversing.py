"""Reversing payments: at once for one's own slip of the day, else by four eyes."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.domain.statement import statement
from server.loans.actions import differences
from server.loans.models import Loan, LoanAllocation, LoanState
from server.loans.queries import events_of, terms_of
from server.repayments.actions import (
    RecordRepayment,
    approve_reversal,
    record_repayment,
    refuse_reversal,
    request_reversal,
    reverse_repayment,
)
from server.repayments.models import Repayment, ReversalRequest
from server.repayments.queries import pending_request_count, reversal_requests
from tests.server.bank import NOW, TODAY, Bank, add_loan

_TOMORROW = NOW + dt.timedelta(days=1)


def _paid(bank: Bank, loan_id: str, username: str = "officer", reference: str = "") -> str:
    return record_repayment(
        bank.session,
        bank.actor(username),
        RecordRepayment(loan_id, 100_000, TODAY, "transfer", reference=reference),
    )


def _reason(caught: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    return caught.value.field, caught.value.reason


def test_ones_own_entry_of_today_is_reversed_at_once(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    before = session.get_one(LoanState, loan_id).total_due
    repayment_id = _paid(bank, loan_id)
    reverse_repayment(session, bank.actor("officer"), repayment_id, "录错贷款")
    session.commit()
    assert session.get_one(Repayment, repayment_id).reversed_by_id is not None
    assert session.get_one(LoanState, loan_id).total_due == before
    assert session.scalars(select(LoanAllocation)).all() == []
    assert list(differences(session)) == []


def test_a_reversed_payment_leaves_no_trace_but_in_the_history(
    session: Session, bank: Bank
) -> None:
    loan = session.get_one(Loan, add_loan(bank))
    untouched = statement(terms_of(loan), (), TODAY)
    reverse_repayment(session, bank.actor("officer"), _paid(bank, loan.id), "录错")
    after = statement(terms_of(loan), events_of(session, loan.id), TODAY)
    assert after == untouched
    assert len(after.history) == 2


def test_a_reversed_payments_reference_may_be_used_again(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    reverse_repayment(session, bank.actor("officer"), _paid(bank, loan_id, reference="T9"), "录错")
    assert _paid(bank, loan_id, reference="T9")


def test_anothers_entry_needs_a_request(session: Session, bank: Bank) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    with pytest.raises(Invalid) as caught:
        reverse_repayment(session, bank.actor("officer2"), repayment_id, "录错")
    assert _reason(caught) == ("repayment", "needs_request")


def test_ones_own_entry_of_yesterday_needs_a_request(session: Session, bank: Bank) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    with pytest.raises(Invalid) as caught:
        reverse_repayment(session, bank.actor("officer", now=_TOMORROW), repayment_id, "录错")
    assert _reason(caught) == ("repayment", "needs_request")


def test_a_reversal_needs_a_reason(session: Session, bank: Bank) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    with pytest.raises(Invalid) as caught:
        reverse_repayment(session, bank.actor("officer"), repayment_id, " ")
    assert _reason(caught) == ("reason", "missing")
    with pytest.raises(Invalid) as caught:
        request_reversal(session, bank.actor("officer"), repayment_id, "")
    assert _reason(caught) == ("reason", "missing")


def test_a_payment_is_reversed_once(session: Session, bank: Bank) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    reverse_repayment(session, bank.actor("officer"), repayment_id, "录错")
    for act in (reverse_repayment, request_reversal):
        with pytest.raises(Invalid) as caught:
            act(session, bank.actor("officer"), repayment_id, "录错")
        assert _reason(caught) == ("repayment", "already_reversed")


def test_another_person_approves_a_request(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    repayment_id = _paid(bank, loan_id)
    request_id = request_reversal(session, bank.actor("officer2"), repayment_id, "客户付错")
    [waiting] = reversal_requests(session, bank.actor("reviewer"))
    assert (waiting.id, waiting.repayment.id) == (request_id, repayment_id)
    approve_reversal(session, bank.actor("reviewer"), request_id)
    session.commit()
    request = session.get_one(ReversalRequest, request_id)
    assert (request.status, request.decided_by) == ("approved", bank.people["reviewer"])
    assert session.get_one(Repayment, repayment_id).reversed_by_id is not None
    assert pending_request_count(session, bank.actor("reviewer")) == 0
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "repayment.reverse")
    ).one()
    assert entry.reason == "客户付错"
    assert list(differences(session)) == []


def test_nobody_approves_a_request_of_their_own(session: Session, bank: Bank) -> None:
    request_id = request_reversal(
        session, bank.actor("reviewer"), _paid(bank, add_loan(bank)), "客户付错"
    )
    with pytest.raises(Invalid) as caught:
        approve_reversal(session, bank.actor("reviewer"), request_id)
    assert _reason(caught) == ("request", "own_request")


def test_a_refused_request_leaves_the_payment_and_can_be_asked_again(
    session: Session, bank: Bank
) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    request_id = request_reversal(session, bank.actor("officer"), repayment_id, "客户付错")
    with pytest.raises(Invalid) as caught:
        refuse_reversal(session, bank.actor("reviewer"), request_id, "")
    assert _reason(caught) == ("note", "missing")
    refuse_reversal(session, bank.actor("reviewer"), request_id, "单据齐全")
    assert session.get_one(Repayment, repayment_id).reversed_by_id is None
    assert request_reversal(session, bank.actor("officer"), repayment_id, "再查")


def test_a_request_is_decided_once(session: Session, bank: Bank) -> None:
    request_id = request_reversal(
        session, bank.actor("officer"), _paid(bank, add_loan(bank)), "客户付错"
    )
    approve_reversal(session, bank.actor("reviewer"), request_id)
    with pytest.raises(Invalid) as caught:
        refuse_reversal(session, bank.actor("reviewer2"), request_id, "不")
    assert _reason(caught) == ("request", "decided")


def test_a_payment_has_one_open_request(session: Session, bank: Bank) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    request_reversal(session, bank.actor("officer"), repayment_id, "客户付错")
    with pytest.raises(Invalid) as caught:
        request_reversal(session, bank.actor("officer2"), repayment_id, "客户付错")
    assert _reason(caught) == ("repayment", "already_requested")


def test_an_officer_approves_nothing(session: Session, bank: Bank) -> None:
    request_id = request_reversal(
        session, bank.actor("officer"), _paid(bank, add_loan(bank)), "客户付错"
    )
    with pytest.raises(NotAllowed):
        approve_reversal(session, bank.actor("officer2"), request_id)


def test_another_branchs_payment_and_request_do_not_exist(session: Session, bank: Bank) -> None:
    repayment_id = _paid(bank, add_loan(bank))
    request_id = request_reversal(session, bank.actor("officer"), repayment_id, "客户付错")
    elsewhere = bank.actor("officer_b")
    with pytest.raises(NotFound):
        reverse_repayment(session, elsewhere, repayment_id, "x")
    with pytest.raises(NotFound):
        approve_reversal(session, elsewhere, request_id)
    assert reversal_requests(session, elsewhere) == []


def test_a_payment_whose_credit_was_given_back_cannot_be_reversed(
    session: Session, bank: Bank
) -> None:
    from server.domain.events import CreditRefund
    from server.loans.actions import amend_loan

    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    repayment_id = _paid(bank, loan_id)
    refund = CreditRefund(id="", value_on=TODAY, posted_on=TODAY, amount=100_000)
    amend_loan(session, bank.actor("reviewer"), loan_id, refund, "客户取回")
    with pytest.raises(Invalid) as caught:
        reverse_repayment(session, bank.actor("officer"), repayment_id, "录错")
    assert _reason(caught) == ("amount", "exceeds_credit")
