"""Paying early: quotes that hold to the fen, one receipt for all the money, undone as one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.errors import Invalid, NotAllowed, NotFound
from server.domain.events import PrepayMode
from server.domain.standing import Status
from server.loans.actions import differences
from server.loans.models import LoanAllocation, LoanEvent, LoanState
from server.repayments.actions import (
    PrepayLoan,
    prepay_loan,
    quote_prepayment,
    reverse_repayment,
)
from server.repayments.models import Repayment
from server.repayments.queries import allocations_of
from tests.server.bank import TODAY, Bank, add_loan, add_repayment


def _wish(loan_id: str, principal: int | None, **more: Any) -> PrepayLoan:
    return PrepayLoan(loan_id, principal, more.pop("paid_on", TODAY), "transfer", **more)


def test_paying_off_settles_the_loan_with_all_that_is_due(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    actor = bank.actor("manager")
    quote = quote_prepayment(session, actor, _wish(loan_id, None))
    owed = session.get_one(LoanState, loan_id).total_due
    assert quote.due == owed > 0
    # 50,148.95 at 7.2 % for the 23 days since 2026-02-15.
    assert (quote.item.principal, quote.item.interest) == (5_014_895, 23_069)
    repayment_id = prepay_loan(session, actor, _wish(loan_id, None, expected=quote.total))
    session.commit()
    assert session.get_one(Repayment, repayment_id).amount == quote.total
    state = session.get_one(LoanState, loan_id)
    assert (state.status, state.principal_balance, state.settled_on) == (Status.SETTLED, 0, TODAY)
    assert sum(each.total for each in allocations_of(session, repayment_id)) == quote.total
    assert list(differences(session)) == []


def test_paying_off_uses_the_credit_first(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1))
    add_repayment(bank, loan_id, 500_000, TODAY)
    quote = quote_prepayment(session, bank.actor("manager"), _wish(loan_id, None))
    assert (quote.credit, quote.total) == (500_000, quote.item.total - 500_000)
    prepay_loan(session, bank.actor("manager"), _wish(loan_id, None))
    state = session.get_one(LoanState, loan_id)
    assert (state.credit, state.status) == (0, Status.SETTLED)


def test_part_of_the_principal_lowers_what_is_to_come(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, disbursed_on=dt.date(2026, 3, 1), periods=12)
    before = session.get_one(LoanState, loan_id).next_due_amount
    quote = quote_prepayment(session, bank.actor("manager"), _wish(loan_id, 2_000_000))
    assert quote.interest_saved > 0
    prepay_loan(session, bank.actor("manager"), _wish(loan_id, 2_000_000))
    state = session.get_one(LoanState, loan_id)
    assert state.principal_balance == 4_000_000
    assert state.next_due_amount < before
    assert state.maturity_on == dt.date(2027, 3, 1)


def test_a_shorter_loan_keeps_its_instalment(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, periods=12)
    wish = _wish(loan_id, 2_000_000, mode=PrepayMode.SHORTEN)
    quote = quote_prepayment(session, bank.actor("manager"), wish)
    last = [each for each in quote.after.instalments if each.due.total][-1]
    assert last.due_on < dt.date(2027, 1, 15)


def test_a_prepayment_is_undone_as_one(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank)
    before = session.get_one(LoanState, loan_id).total_due
    actor = bank.actor("manager")
    repayment_id = prepay_loan(session, actor, _wish(loan_id, None))
    reverse_repayment(session, actor, repayment_id, "录错")
    session.commit()
    state = session.get_one(LoanState, loan_id)
    assert (state.total_due, state.principal_balance) == (before, 6_000_000)
    assert session.scalars(select(LoanAllocation)).all() == []
    kinds = session.scalars(select(LoanEvent.kind).order_by(LoanEvent.place)).all()
    assert kinds == ["prepayment", "repayment", "reversal", "reversal"]


@pytest.mark.parametrize(
    ("principal", "more", "refusal"),
    [
        (0, {}, ("principal", "not_positive")),
        (-5, {}, ("principal", "not_positive")),
        (10**17, {}, ("principal", "too_large")),
        (None, {"expected": 1}, ("amount", "quote_changed")),
        (None, {"fee": -1}, ("fee", "negative")),
        (None, {"paid_on": dt.date(2026, 3, 11)}, ("paid_on", "in_future")),
        (None, {"paid_on": dt.date(2026, 1, 1)}, ("paid_on", "before_disbursement")),
    ],
)
def test_a_prepayment_that_cannot_be_is_refused(
    bank: Bank, principal: int | None, more: dict[str, Any], refusal: tuple[str, str]
) -> None:
    wish = _wish(add_loan(bank), principal, **more)
    with pytest.raises(Invalid) as caught:
        prepay_loan(bank.session, bank.actor("manager"), wish)
    assert (caught.value.field, caught.value.reason) == refusal


def test_more_than_the_balance_cannot_be_prepaid(bank: Bank) -> None:
    wish = _wish(add_loan(bank), 6_000_001)
    with pytest.raises(Invalid) as caught:
        prepay_loan(bank.session, bank.actor("manager"), wish)
    assert caught.value.field == "principal"


def test_a_prepayment_may_not_be_slipped_before_what_followed(bank: Bank) -> None:
    loan_id = add_loan(bank)
    add_repayment(bank, loan_id, 100, TODAY)
    with pytest.raises(Invalid) as caught:
        prepay_loan(
            bank.session,
            bank.actor("manager"),
            _wish(loan_id, None, paid_on=dt.date(2026, 3, 1)),
        )
    assert caught.value.reason == "before_later_events"


def test_a_settled_loan_has_nothing_to_prepay(bank: Bank) -> None:
    loan_id = add_loan(bank)
    prepay_loan(bank.session, bank.actor("manager"), _wish(loan_id, None))
    with pytest.raises(Invalid) as caught:
        prepay_loan(bank.session, bank.actor("manager"), _wish(loan_id, None))
    assert caught.value.reason == "nothing_to_prepay"


def test_an_officer_takes_no_prepayment_alone(bank: Bank) -> None:
    with pytest.raises(NotAllowed):
        prepay_loan(bank.session, bank.actor("officer"), _wish(add_loan(bank), None))


def test_another_branchs_loan_cannot_be_quoted(bank: Bank) -> None:
    wish = _wish(add_loan(bank, branch_id=bank.branch_b), None)
    with pytest.raises(NotFound):
        quote_prepayment(bank.session, bank.actor("manager"), wish)
