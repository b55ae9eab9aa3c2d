"""What happens to a loan beside payments: looked at before, recorded, undone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.domain.events import (
    Component,
    CreditRefund,
    Event,
    Extension,
    FeeCharge,
    RateChange,
    Waiver,
    WriteOff,
)
from server.domain.standing import Status
from server.loans.actions import (
    amend_loan,
    differences,
    preview_amendment,
    refresh_due_states,
    reverse_amendment,
)
from server.loans.models import LoanEvent, LoanState
from tests.server.bank import NOW, TODAY, Bank, add_loan, add_repayment


def _on(day: dt.date = TODAY) -> dict[str, Any]:
    return {"id": "", "value_on": day, "posted_on": TODAY}


def _amend(bank: Bank, loan_id: str, event: Event, username: str = "reviewer") -> LoanState:
    amend_loan(bank.session, bank.actor(username), loan_id, event, "客户申请")
    bank.session.commit()
    assert list(differences(bank.session)) == []
    return bank.session.get_one(LoanState, loan_id)


def test_a_waiver_gives_up_what_is_outstanding(bank: Bank) -> None:
    loan_id = add_loan(bank)
    penalty = bank.session.get_one(LoanState, loan_id).penalty_due
    assert penalty > 0
    state = _amend(bank, loan_id, Waiver(**_on(), component=Component.PENALTY, amount=penalty))
    assert state.penalty_due == 0


def test_a_fee_is_due_at_once(bank: Bank) -> None:
    state = _amend(bank, add_loan(bank), FeeCharge(**_on(), amount=5_000))
    assert state.fee_due == 5_000


def test_a_lower_rate_lowers_what_is_to_come(bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    before = bank.session.get_one(LoanState, loan_id).next_due_amount
    day = dt.date(2026, 3, 5)
    state = _amend(bank, loan_id, RateChange(**_on(day), annual_rate=Decimal("0.06")))
    assert state.next_due_amount < before


def test_a_rate_agreed_for_later_counts_from_its_day(bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    before = bank.session.get_one(LoanState, loan_id).next_due_amount
    day = dt.date(2026, 3, 20)
    state = _amend(bank, loan_id, RateChange(**_on(day), annual_rate=Decimal("0.06")))
    assert state.next_due_amount == before
    assert refresh_due_states(bank.session, day) == 1
    bank.session.commit()
    assert bank.session.get_one(LoanState, loan_id).next_due_amount < before
    assert refresh_due_states(bank.session, day) == 0


def test_an_extension_moves_the_maturity(bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    state = _amend(bank, loan_id, Extension(**_on(), periods=6, annual_rate=Decimal("0.075")))
    assert state.status == Status.EXTENDED
    assert state.maturity_on == dt.date(2027, 3, 1)


def test_credit_is_given_back(bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    add_repayment(bank, loan_id, 100_000, TODAY)
    state = _amend(bank, loan_id, CreditRefund(**_on(), amount=40_000))
    assert state.credit == 60_000


def test_a_loan_written_off_is_still_owed(bank: Bank) -> None:
    loan_id = add_loan(bank)
    owed = bank.session.get_one(LoanState, loan_id).total_due
    state = _amend(bank, loan_id, WriteOff(**_on()), "manager")
    assert (state.status, state.total_due) == (Status.WRITTEN_OFF, owed)


def test_an_amendment_is_undone_as_if_it_had_never_been(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    owed = session.get_one(LoanState, loan_id).total_due
    _amend(bank, loan_id, FeeCharge(**_on(), amount=5_000))
    event_id = session.scalars(select(LoanEvent.id)).one()
    reverse_amendment(session, bank.actor("reviewer"), loan_id, event_id, "收错")
    session.commit()
    assert session.get_one(LoanState, loan_id).total_due == owed
    with pytest.raises(Invalid, match="already_reversed"):
        reverse_amendment(session, bank.actor("reviewer"), loan_id, event_id, "收错")


def test_a_preview_changes_nothing(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    fee = FeeCharge(**_on(), amount=5_000)
    preview = preview_amendment(session, bank.actor("reviewer"), loan_id, fee)
    assert preview.after.total_due - preview.before.total_due == 5_000
    assert session.scalars(select(LoanEvent)).all() == []


def test_an_amendment_is_audited_with_its_reason(session: Session, bank: Bank) -> None:
    _amend(bank, add_loan(bank), FeeCharge(**_on(), amount=5_000))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "loan.fee")).one()
    assert entry.reason == "客户申请"
    assert entry.changes == {"value_on": [None, "2026-03-10"], "amount": [None, "50.00"]}


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (FeeCharge(**_on(), amount=0), ("amount", "not_positive")),
        (FeeCharge(**_on(), amount=10**17), ("amount", "too_large")),
        (FeeCharge(**_on(dt.date(2026, 3, 11)), amount=1), ("value_on", "in_future")),
        (FeeCharge(**_on(dt.date(2026, 1, 1)), amount=1), ("value_on", "before_disbursement")),
        (
            Waiver(**_on(), component=Component.PENALTY, amount=9_999_999),
            ("amount", "exceeds_outstanding"),
        ),
        (Waiver(**_on(), component=Component.FEE, amount=-1), ("amount", "not_positive")),
        (CreditRefund(**_on(), amount=1), ("amount", "exceeds_credit")),
        (RateChange(**_on(), annual_rate=Decimal(-1)), ("annual_rate", "negative")),
        (RateChange(**_on(), annual_rate=Decimal(1000)), ("annual_rate", "too_high")),
        (Extension(**_on(), periods=7), ("periods", "beyond_extension_limit")),
        (
            Extension(**_on(), maturity_on=dt.date(2027, 7, 16)),
            ("maturity_on", "beyond_extension_limit"),
        ),
    ],
)
def test_an_amendment_that_cannot_be_is_refused(
    bank: Bank, event: Event, refusal: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        amend_loan(bank.session, bank.actor("reviewer"), add_loan(bank), event, "客户申请")
    assert (caught.value.field, caught.value.reason) == refusal


def test_an_amendment_needs_a_reason(bank: Bank) -> None:
    fee = FeeCharge(**_on(), amount=1)
    with pytest.raises(Invalid) as caught:
        amend_loan(bank.session, bank.actor("reviewer"), add_loan(bank), fee, "  ")
    assert (caught.value.field, caught.value.reason) == ("reason", "missing")


@pytest.mark.parametrize("username", ["officer", "risk", "auditor"])
def test_roles_that_do_not_amend_are_refused(bank: Bank, username: str) -> None:
    loan_id, fee = add_loan(bank), FeeCharge(**_on(), amount=1)
    with pytest.raises(NotAllowed):
        amend_loan(bank.session, bank.actor(username), loan_id, fee, "x")
    with pytest.raises(NotAllowed):
        preview_amendment(bank.session, bank.actor(username), loan_id, fee)


def test_another_branchs_loan_cannot_be_amended(bank: Bank) -> None:
    loan_id = add_loan(bank, branch_id=bank.branch_b)
    with pytest.raises(NotFound):
        amend_loan(bank.session, bank.actor("reviewer"), loan_id, FeeCharge(**_on(), amount=1), "x")


def test_a_payment_is_not_undone_as_an_amendment(bank: Bank) -> None:
    loan_id = add_loan(bank)
    repayment_id = add_repayment(bank, loan_id, 100, TODAY)
    with pytest.raises(Invalid, match="not_reversible"):
        reverse_amendment(bank.session, bank.actor("reviewer"), loan_id, repayment_id, "x")


def test_an_event_of_another_loan_is_not_found(bank: Bank) -> None:
    loan_id, other = add_loan(bank), add_loan(bank)
    _amend(bank, other, FeeCharge(**_on(), amount=1))
    event_id = bank.session.scalars(select(LoanEvent.id)).one()
    with pytest.raises(NotFound):
        reverse_amendment(bank.session, bank.actor("reviewer"), loan_id, event_id, "x")


def test_a_night_later_the_state_has_aged(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    session.commit()
    tomorrow = (NOW + dt.timedelta(days=1)).date()
    assert refresh_due_states(session, tomorrow) == 1
    session.commit()
    state = session.get_one(LoanState, loan_id)
    assert (state.as_of, state.dpd) == (tomorrow, 24)
