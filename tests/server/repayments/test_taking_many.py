"""Many payments of one device at once become what they become one by one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from server.customers.models import Customer
from server.database import new_id
from server.domain.errors import Invalid
from server.loans.actions import differences
from server.repayments.actions import (
    FieldRepayment,
    Taken,
    take_field_repayment,
    take_field_repayments,
)
from server.repayments.models import HeldRepayment, Repayment
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment

_FIRST = 1_021_105
_DEVICE = "0192d000-0000-7000-8000-000000000001"


def _sent(loan_id: str, amount: int = _FIRST) -> FieldRepayment:
    return FieldRepayment(
        id=new_id(),
        loan_id=loan_id,
        amount=amount,
        paid_on=TODAY,
        method="cash",
        reference="",
        payer="",
        note="",
        check_code="ABCDE23456",
        signature=None,
        device=_DEVICE,
        made_at=NOW,
    )


def _many(bank: Bank, *sent: FieldRepayment) -> list[Taken]:
    return take_field_repayments(bank.session, bank.actor("officer"), sent)


def _loans(bank: Bank, count: int) -> list[str]:
    return [add_loan(bank, customer_id=add_customer(bank, n)) for n in range(1, count + 1)]


def test_usual_payments_are_recorded_each_with_its_receipt(bank: Bank) -> None:
    loans = _loans(bank, 3)

    taken = _many(bank, *(_sent(each) for each in loans))

    numbers = bank.session.scalars(select(Repayment.receipt_no).order_by(Repayment.receipt_no))
    assert [each.receipt_no for each in taken] == list(numbers)
    assert list(differences(bank.session)) == []


def test_the_odd_ones_among_them_are_held_and_the_others_count(bank: Bank) -> None:
    usual, double, given_away = _loans(bank, 3)
    add_repayment(bank, double, _FIRST, TODAY - dt.timedelta(days=1))
    owner = bank.session.scalars(
        select(Customer).where(Customer.name == "张三丰").order_by(Customer.id.desc()).limit(1)
    ).one()
    owner.officer_id = bank.people["officer2"]
    bank.session.flush()

    taken = _many(bank, _sent(usual), _sent(double), _sent(given_away))

    assert [each.held for each in taken] == ["", "double_entry", "reassigned"]
    assert bank.session.scalar(select(func.count()).select_from(HeldRepayment)) == 2
    like = bank.session.scalar(
        select(HeldRepayment.like_id).where(HeldRepayment.reason == "double_entry")
    )
    assert like is not None


def test_the_second_payment_on_a_loan_that_the_first_settled_waits(bank: Bank) -> None:
    (loan_id,) = _loans(bank, 1)

    taken = _many(bank, _sent(loan_id, 7_000_000), _sent(loan_id, 500))

    # More than all that is owed leaves credit; instalments to come are not paid by it.
    alone = _sent(loan_id, 600)
    expected = take_field_repayment(bank.session, bank.actor("officer"), alone)
    assert taken[1].held == expected.held


def test_one_that_was_taken_before_is_for_the_slow_way(bank: Bank) -> None:
    first, second = _loans(bank, 2)
    known = _sent(first)
    take_field_repayment(bank.session, bank.actor("officer"), known)

    with pytest.raises(Invalid, match="taken"):
        _many(bank, _sent(second), known)


def test_what_the_rules_refuse_is_for_the_slow_way(bank: Bank) -> None:
    first, second = _loans(bank, 2)
    odd = replace(_sent(second), paid_on=dt.date(2020, 1, 1))

    with pytest.raises(Invalid):
        _many(bank, _sent(first), odd)


def test_the_number_of_statements_does_not_grow(bank: Bank, statements: list[str]) -> None:
    loans = _loans(bank, 8)
    counts = []
    for some in (loans[:1], loans[1:]):
        bank.session.flush()
        statements.clear()
        _many(bank, *(_sent(each) for each in some))
        counts.append(len(statements))

    assert counts[0] == counts[1]
