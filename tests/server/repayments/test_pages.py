"""Pages of repayments: recording, receipts, reversals, the day's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.repayments.models import Repayment, ReversalRequest
from server.repayments.queries import RepaymentFilter, list_repayments
from tests.server.bank import TODAY, Bank, add_loan, add_repayment
from tests.server.pages import text_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]


def _paid(amount: str, **more: str) -> dict[str, str]:
    return {"amount": amount, "paid_on": "2026-03-10", "method": "cash", **more}


def test_the_amount_due_is_filled_in_and_one_press_records_it(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank)
    session.commit()
    officer = sign_in("officer")
    page = text_of(officer, f"/loans/{loan_id}/repayments/new")
    assert 'value="10281.50"' in page
    answer = officer.post(f"/loans/{loan_id}/repayments", data=_paid("10281.50"))
    assert answer.status_code == 303
    receipt = text_of(officer, answer.headers["Location"])
    assert "壹万零贰佰捌拾壹元伍角" in receipt
    assert "张**" in receipt
    assert "A01-20260310-0001" in receipt


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "-1"},
        {"amount": "0"},
        {"amount": "1" + "0" * 15},
        {"amount": ""},
        {"paid_on": "2026-02-31"},
        {"paid_on": "2026-03-11"},
        {"method": "magic"},
        {"payer": "张" * 60_000},
        {"note": "注" * 501},
        {"reference": "9" * 81},
    ],
)
def test_bad_input_comes_back_with_what_was_typed(
    session: Session, bank: Bank, sign_in: SignIn, changes: dict[str, str]
) -> None:
    loan_id = add_loan(bank)
    session.commit()
    data = {**_paid("100", note="柜台"), **changes}
    answer = sign_in("officer").post(f"/loans/{loan_id}/repayments", data=data)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "notice--bad" in text
    assert 'value="柜台"' in text or "note" in changes
    assert session.scalars(select(Repayment)).all() == []


def test_more_than_is_owed_is_asked_once(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank)
    session.commit()
    officer, url = sign_in("officer"), f"/loans/{loan_id}/repayments"
    asked = officer.post(url, data=_paid("50000"))
    assert asked.status_code == 422
    assert 'name="accept_credit"' in asked.get_data(as_text=True)
    assert officer.post(url, data=_paid("50000", accept_credit="1")).status_code == 303


def test_a_likely_double_is_asked_once(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank)
    add_repayment(bank, loan_id, 100_00, TODAY)
    session.commit()
    officer, url = sign_in("officer"), f"/loans/{loan_id}/repayments"
    asked = officer.post(url, data=_paid("100")).get_data(as_text=True)
    assert 'name="accept_double"' in asked
    assert "A01-20260310-0001" in asked
    assert officer.post(url, data=_paid("100", accept_double="1")).status_code == 303


def test_paying_off_is_quoted_then_recorded(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank)
    session.commit()
    manager, url = sign_in("manager"), f"/loans/{loan_id}/prepayment"
    assert "全部结清" in text_of(manager, url)
    form = {"scope": "all", "paid_on": "2026-03-10", "method": "transfer"}
    quoted = manager.post(url, data={**form, "step": "quote", "expected": ""})
    assert quoted.status_code == 200
    text = quoted.get_data(as_text=True)
    expected = text.split('name="expected" value="')[1].split('"')[0]
    assert manager.post(url, data={**form, "expected": "1"}).status_code == 422
    assert manager.post(url, data={**form, "expected": expected}).status_code == 303
    assert "结清" in text_of(manager, f"/loans/{loan_id}")


def test_ones_own_payment_of_today_is_reversed_at_once(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank)
    session.commit()
    officer = sign_in("officer")
    receipt = officer.post(f"/loans/{loan_id}/repayments", data=_paid("100")).headers["Location"]
    assert "可以直接冲正" in text_of(officer, f"{receipt}/reversal")
    assert officer.post(f"{receipt}/reversal", data={"reason": ""}).status_code == 422
    assert officer.post(f"{receipt}/reversal", data={"reason": "录错"}).status_code == 303
    assert "收据作废" in text_of(officer, receipt)


def test_a_request_goes_through_the_queue(session: Session, bank: Bank, sign_in: SignIn) -> None:
    repayment_id = add_repayment(bank, add_loan(bank), 100_00, TODAY)
    session.commit()
    officer, reviewer = sign_in("officer"), sign_in("reviewer")
    url = f"/repayments/{repayment_id}/reversal"
    assert officer.post(url, data={"reason": "客户付错"}).status_code == 303
    request_id = session.scalars(select(ReversalRequest.id)).one()
    session.rollback()
    queue = text_of(reviewer, "/reversal-requests")
    assert "客户付错" in queue
    assert "同意并冲正" in queue
    assert "同意并冲正" not in text_of(officer, "/reversal-requests")
    decision = f"/reversal-requests/{request_id}"
    assert reviewer.post(f"{decision}/refusal", data={"note": ""}).status_code == 422
    assert officer.post(f"{decision}/approval", data={"note": ""}).status_code == 403
    assert sign_in("officer_b").post(f"{decision}/approval", data={}).status_code == 404
    assert reviewer.post(f"{decision}/approval", data={"note": "属实"}).status_code == 303
    assert "属实" in text_of(reviewer, "/reversal-requests")


def test_the_list_is_the_days_with_totals_by_method(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank)
    add_repayment(bank, loan_id, 100_00, TODAY)
    add_repayment(bank, loan_id, 200_00, TODAY, method="wechat")
    add_repayment(bank, loan_id, 777_00, dt.date(2026, 3, 1))
    session.commit()
    officer = sign_in("officer")
    page = text_of(officer, "/repayments")
    assert "300.00" in page
    assert "777.00" not in page
    everything = text_of(officer, "/repayments?from=2026-01-01&to=2026-03-10")
    assert "1,077.00" in everything
    assert "777.00" in text_of(officer, "/repayments?q=A01-20260310-0003")
    assert "1,077.00" not in text_of(sign_in("officer_b"), "/repayments?from=2026-01-01")
    assert officer.get("/repayments?q=A&after=zzz").status_code == 400


def test_another_branchs_payment_is_not_there(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    repayment_id = add_repayment(bank, add_loan(bank), 100_00, TODAY)
    session.commit()
    elsewhere = sign_in("officer_b")
    for url in (f"/repayments/{repayment_id}", f"/repayments/{repayment_id}/reversal"):
        text_of(elsewhere, url, 404)
    answer = elsewhere.post(f"/repayments/{repayment_id}/reversal", data={"reason": "x"})
    assert answer.status_code == 404


def test_pages_of_payments_follow_each_other(session: Session, bank: Bank) -> None:
    loan_id, actor = add_loan(bank), bank.actor("officer")
    for number in range(7):
        add_repayment(bank, loan_id, 100 + number, TODAY - dt.timedelta(days=number // 2))
    session.commit()
    first = list_repayments(session, actor, RepaymentFilter(), limit=3)
    second = list_repayments(session, actor, RepaymentFilter(), after=first.following, limit=3)
    third = list_repayments(session, actor, RepaymentFilter(), after=second.following, limit=3)
    back = list_repayments(session, actor, RepaymentFilter(), before=third.preceding, limit=3)
    ids = [row.id for page in (first, second, third) for row in page.rows]
    assert len(set(ids)) == 7
    assert (third.following, first.preceding) == (None, None)
    assert back.rows == second.rows
