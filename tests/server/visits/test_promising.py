"""Promises to pay follow the payments of their loan, in the same transaction and overnight."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.models import Change
from server.domain.errors import Invalid
from server.loans.models import Loan
from server.repayments.actions import PrepayLoan, prepay_loan, reverse_repayment
from server.visits.actions import FromField, MakePromise, make_promise, refresh_due_promises
from server.visits.documents import promise_documents
from server.visits.models import Promise
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment

_DAY = dt.timedelta(days=1)
_AMOUNT = 100_000


@pytest.fixture
def loan_id(bank: Bank) -> str:
    """A loan of a customer of the officer."""
    return add_loan(bank, customer_id=add_customer(bank))


def _promise(bank: Bank, loan_id: str, **changes: Any) -> str:
    customer_id = bank.session.get_one(Loan, loan_id).customer_id
    command = MakePromise(customer_id, loan_id, _AMOUNT, TODAY + 2 * _DAY, "visit", "发工资后")
    return make_promise(bank.session, bank.actor("officer"), replace(command, **changes))


def test_a_promise_waits_until_its_day_is_over(session: Session, bank: Bank, loan_id: str) -> None:
    promise_id = _promise(bank, loan_id)
    session.commit()
    row = session.get_one(Promise, promise_id)
    assert (row.state, row.received, row.made_on) == ("open", 0, TODAY)
    document = promise_documents(session, [promise_id], TODAY)[promise_id]
    assert (document["amount"], document["state"]) == (_AMOUNT, "open")


def test_a_payment_keeps_it_in_the_same_transaction(
    session: Session, bank: Bank, loan_id: str
) -> None:
    promise_id = _promise(bank, loan_id)
    session.commit()
    before = session.get_one(Change, ("promise", promise_id)).number
    add_repayment(bank, loan_id, _AMOUNT, TODAY)
    session.commit()
    session.expire_all()
    row = session.get_one(Promise, promise_id)
    assert (row.state, row.received) == ("kept", _AMOUNT)
    assert session.get_one(Change, ("promise", promise_id)).number > before


def test_what_was_paid_already_the_same_day_counts(bank: Bank, loan_id: str) -> None:
    add_repayment(bank, loan_id, _AMOUNT, TODAY)
    assert bank.session.get_one(Promise, _promise(bank, loan_id)).state == "kept"


def test_a_prepayment_is_money_too(session: Session, bank: Bank, loan_id: str) -> None:
    add_repayment(bank, loan_id, 1_021_105, TODAY - _DAY)
    promise_id = _promise(bank, loan_id)
    prepay_loan(session, bank.actor("reviewer"), PrepayLoan(loan_id, _AMOUNT, TODAY, "transfer"))
    assert session.get_one(Promise, promise_id).state == "kept"


def test_a_reversed_payment_opens_it_again(session: Session, bank: Bank, loan_id: str) -> None:
    promise_id = _promise(bank, loan_id)
    payment = add_repayment(bank, loan_id, _AMOUNT, TODAY)
    reverse_repayment(session, bank.actor("chief"), payment, "录错")
    row = session.get_one(Promise, promise_id)
    assert (row.state, row.received) == ("open", 0)


def test_the_day_after_a_part_is_a_part_and_nothing_is_broken(
    session: Session, bank: Bank, loan_id: str
) -> None:
    part, broken = (
        _promise(bank, loan_id),
        _promise(bank, add_loan(bank, customer_id=add_customer(bank, 2))),
    )
    add_repayment(bank, loan_id, 40_000, TODAY)
    later = bank.actor("chief", now=NOW + 3 * _DAY)
    assert refresh_due_promises(session, later) == 2
    assert refresh_due_promises(session, later) == 0
    session.expire_all()
    states = [session.get_one(Promise, each).state for each in (part, broken)]
    assert states == ["part", "broken"]


def test_on_its_own_day_it_is_still_open(session: Session, bank: Bank, loan_id: str) -> None:
    _promise(bank, loan_id)
    assert refresh_due_promises(session, bank.actor("chief", now=NOW + 2 * _DAY)) == 0


def test_a_device_says_on_which_day_it_was_made(session: Session, bank: Bank, loan_id: str) -> None:
    source = FromField(new_id(), new_id(), NOW - 3 * _DAY)
    promise_id = _promise(bank, loan_id, promised_on=TODAY - _DAY, field=source)
    row = session.get_one(Promise, promise_id)
    assert (row.id, row.made_on, row.state) == (source.id, TODAY - 3 * _DAY, "broken")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"amount": 0}, "amount: not_positive"),
        ({"amount": 10**16}, "amount: too_large"),
        ({"promised_on": TODAY - _DAY}, "promised_on: in_past"),
        ({"promised_on": TODAY + 400 * _DAY}, "promised_on: out_of_range"),
        ({"channel": "pigeon"}, "channel: unknown"),
        ({"note": "长" * 501}, "note: too_long"),
    ],
)
def test_what_cannot_be_is_refused(
    bank: Bank, loan_id: str, change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(Invalid, match=fault):
        _promise(bank, loan_id, **change)


def test_a_loan_of_somebody_else_is_refused(bank: Bank, loan_id: str) -> None:
    with pytest.raises(Invalid, match="loan_id: unknown"):
        _promise(bank, loan_id, customer_id=add_customer(bank, 5))
