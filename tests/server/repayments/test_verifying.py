"""Receipts that somebody shows: genuine, held, altered, or not arrived yet."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from server.crypto.receipts import check_code, receipt_key, same_code
from server.database import new_id
from server.loans.models import Loan
from server.repayments.actions import (
    ConfirmHeld,
    FieldRepayment,
    confirm_held,
    join_held,
    reject_held,
    reverse_repayment,
    take_field_repayment,
)
from server.repayments.queries import (
    ShownReceipt,
    Verdict,
    receipt_code,
    repayment,
    verify_receipt,
)
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment

_DEVICE = "0192d000-0000-7000-8000-000000000001"
_AMOUNT = 50_000


@pytest.fixture
def loan(bank: Bank) -> Loan:
    """A loan of the officer's."""
    return bank.session.get_one(Loan, add_loan(bank, customer_id=add_customer(bank)))


def _written(loan: Loan) -> tuple[FieldRepayment, ShownReceipt]:
    """A payment as the device writes it down, and the receipt that it gives."""
    entry_id, day = new_id(), TODAY.isoformat()
    code = check_code(receipt_key(_DEVICE), entry_id, loan.contract_no, _AMOUNT, day)
    sent = FieldRepayment(
        entry_id, loan.id, _AMOUNT, TODAY, "cash", "", "", "", code, None, _DEVICE, NOW
    )
    return sent, ShownReceipt(loan.contract_no, _AMOUNT, TODAY, code)


def _verdict(bank: Bank, shown: ShownReceipt, person: str = "officer") -> Verdict:
    return verify_receipt(bank.session, bank.actor(person), shown).verdict


def test_the_code_is_that_of_the_contract_between_device_and_server() -> None:
    code = check_code(bytes(range(32)), "018f0000-0000-7000-8000-000000000001", "HT-1", 12345,
                      "2026-03-10")  # fmt: skip
    assert len(code) == 10
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert same_code(code, f" {code[:5].lower()}-{code[5:]} ")
    assert not same_code(code, code[:-1])


def test_a_receipt_whose_payment_arrived_is_genuine(bank: Bank, loan: Loan) -> None:
    sent, shown = _written(loan)
    taken = take_field_repayment(bank.session, bank.actor("officer"), sent)
    found = verify_receipt(bank.session, bank.actor("risk"), shown)
    assert (found.verdict, found.repayment_id, found.receipt_no) == (
        Verdict.GENUINE,
        sent.id,
        taken.receipt_no,
    )
    row = repayment(bank.session, bank.actor("risk"), sent.id)
    assert receipt_code(row) == shown.code


def test_a_receipt_of_the_office_is_verified_as_well(bank: Bank, loan: Loan) -> None:
    row = repayment(bank.session, bank.actor("risk"), add_repayment(bank, loan.id, _AMOUNT, TODAY))
    shown = ShownReceipt(loan.contract_no, _AMOUNT, TODAY, receipt_code(row))
    assert _verdict(bank, shown) is Verdict.GENUINE


def test_before_it_arrives_only_its_entry_and_device_tell(bank: Bank, loan: Loan) -> None:
    sent, shown = _written(loan)
    assert _verdict(bank, shown) is Verdict.NOT_ARRIVED
    whole = replace(shown, entry_id=sent.id, device=_DEVICE)
    assert _verdict(bank, whole) is Verdict.WRITTEN
    assert _verdict(bank, replace(whole, amount=_AMOUNT + 1)) is Verdict.NOT_ARRIVED
    assert _verdict(bank, replace(whole, device=new_id())) is Verdict.NOT_ARRIVED


def test_another_code_is_wrong_and_other_figures_are_not_there(bank: Bank, loan: Loan) -> None:
    sent, shown = _written(loan)
    take_field_repayment(bank.session, bank.actor("officer"), sent)
    assert _verdict(bank, replace(shown, code="AAAAAAAAAA")) is Verdict.WRONG_CODE
    assert _verdict(bank, replace(shown, amount=_AMOUNT + 1)) is Verdict.NOT_ARRIVED
    day_before = TODAY - dt.timedelta(days=1)
    assert _verdict(bank, replace(shown, paid_on=day_before)) is Verdict.NOT_ARRIVED


def test_a_held_payment_says_so_and_then_what_became_of_it(
    session: Session, bank: Bank, loan: Loan
) -> None:
    add_repayment(bank, loan.id, _AMOUNT, TODAY)
    receipts = []
    for _ in range(3):
        sent, shown = _written(loan)
        assert take_field_repayment(session, bank.actor("officer"), sent).held
        assert _verdict(bank, shown) is Verdict.HELD
        receipts.append((sent.id, shown))
    reviewer = bank.actor("reviewer")
    confirm_held(session, reviewer, ConfirmHeld(receipts[0][0]))
    join_held(session, reviewer, receipts[1][0])
    reject_held(session, reviewer, receipts[2][0], "客户未付")
    assert [_verdict(bank, shown) for _, shown in receipts] == [
        Verdict.GENUINE,
        Verdict.JOINED,
        Verdict.REJECTED,
    ]


def test_a_reversed_payment_says_so(session: Session, bank: Bank, loan: Loan) -> None:
    sent, shown = _written(loan)
    take_field_repayment(session, bank.actor("officer"), sent)
    reverse_repayment(session, bank.actor("officer"), sent.id, "录错")
    assert _verdict(bank, shown) is Verdict.REVERSED


def test_an_unknown_contract_and_one_of_another_branch_are_one(bank: Bank, loan: Loan) -> None:
    _, shown = _written(loan)
    assert _verdict(bank, replace(shown, contract_no="HT-0")) is Verdict.UNKNOWN_CONTRACT
    assert _verdict(bank, shown, "officer_b") is Verdict.UNKNOWN_CONTRACT
