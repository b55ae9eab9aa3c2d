"""Receipts at the desk, cash handed in, and held payments where a loan is looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.crypto.receipts import check_code, receipt_key
from server.database import new_id
from server.database.engine import begin_writing
from server.loans.models import Loan
from server.repayments.actions import FieldRepayment, HandIn, hand_in, take_field_repayment
from server.repayments.models import Handover
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment
from tests.server.pages import text_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]
_DEVICE = "0192d000-0000-7000-8000-000000000001"


@pytest.fixture
def loan(bank: Bank) -> Loan:
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    bank.session.commit()
    return bank.session.get_one(Loan, loan_id)


def _taken(bank: Bank, loan: Loan) -> FieldRepayment:
    key, entry_id = receipt_key(_DEVICE), new_id()
    code = check_code(key, entry_id, loan.contract_no, 50_000, TODAY.isoformat())
    sent = FieldRepayment(
        entry_id, loan.id, 50_000, TODAY, "cash", "", "", "", code, None, _DEVICE, NOW
    )
    begin_writing(bank.session)
    take_field_repayment(bank.session, bank.actor("officer"), sent)
    bank.session.commit()
    return sent


def _verify(client: FlaskClient, loan: Loan, code: str, **more: str) -> str:
    asked = {"contract_no": loan.contract_no, "amount": "500", "paid_on": "2026-03-10", **more}
    answer = client.get("/repayments/verify", query_string={"code": code, **asked})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_receipt_of_the_field_shows_its_code_and_is_verified(
    bank: Bank, sign_in: SignIn, loan: Loan
) -> None:
    client = sign_in("reviewer")
    sent = _taken(bank, loan)
    receipt = text_of(client, f"/repayments/{sent.id}")
    assert sent.check_code in receipt
    assert "外勤收款于" in receipt
    assert "收据真实有效" in _verify(client, loan, sent.check_code)
    assert "校验码不符" in _verify(client, loan, "AAAAAAAAAA")
    assert "暂时查不到这笔还款" in _verify(client, loan, sent.check_code, amount="501")
    assert "合同号不存在" in _verify(client, loan, sent.check_code, contract_no="X")


def test_a_link_of_the_receipt_verifies_what_has_not_arrived(sign_in: SignIn, loan: Loan) -> None:
    entry_id = new_id()
    code = check_code(receipt_key(_DEVICE), entry_id, loan.contract_no, 50_000, "2026-03-10")
    page = _verify(sign_in("reviewer"), loan, code, entry=entry_id, device=_DEVICE)
    assert "收据真实，款项尚未到达" in page


def test_what_is_typed_wrong_stays_in_the_form(sign_in: SignIn) -> None:
    client = sign_in("reviewer")
    text_of(client, "/repayments/verify")
    page = text_of(client, "/repayments/verify?code=ABC&amount=x&contract_no=H", status=422)
    assert 'value="ABC"' in page


def test_a_held_payment_shows_with_its_loan_and_its_customer(
    bank: Bank, sign_in: SignIn, loan: Loan
) -> None:
    begin_writing(bank.session)
    add_repayment(bank, loan.id, 50_000, TODAY)
    bank.session.commit()
    _taken(bank, loan)
    client = sign_in("officer")
    for url in (f"/loans/{loan.id}", f"/customers/{loan.customer_id}"):
        page = text_of(client, url)
        assert "待确认的外勤还款" in page
        assert "疑似重复入账" in page


def _handed_in(bank: Bank, counted: int) -> str:
    begin_writing(bank.session)
    handover_id = hand_in(bank.session, bank.actor("officer"), HandIn(TODAY, counted))
    bank.session.commit()
    return handover_id


def test_cash_is_signed_for_on_its_page(
    session: Session, bank: Bank, sign_in: SignIn, loan: Loan
) -> None:
    client = sign_in("reviewer")
    assert "没有等待签收的现金" in text_of(client, "/handovers")
    _taken(bank, loan)
    handover_id = _handed_in(bank, 50_000)
    assert "相符" in text_of(client, "/handovers")
    assert client.post(f"/handovers/{handover_id}/signature", data={}).status_code == 303
    assert session.get_one(Handover, handover_id).state == "signed"
    assert "已签收" in text_of(client, "/handovers")


def test_a_difference_asks_for_a_word_and_giving_back_too(
    session: Session, bank: Bank, sign_in: SignIn, loan: Loan
) -> None:
    client = sign_in("reviewer")
    handover_id = _handed_in(bank, 100)
    answer = client.post(f"/handovers/{handover_id}/signature", data={"note": ""})
    assert answer.status_code == 422
    assert "清点金额与账面不符" in answer.get_data(as_text=True)
    assert client.post(f"/handovers/{handover_id}/refusal", data={"note": ""}).status_code == 422
    sent = client.post(f"/handovers/{handover_id}/refusal", data={"note": "请重数"})
    assert sent.status_code == 303
    states = session.scalars(select(Handover.state)).all()
    assert states == ["refused"]


def test_officers_do_not_see_the_queue(sign_in: SignIn) -> None:
    text_of(sign_in("officer"), "/handovers", status=403)
