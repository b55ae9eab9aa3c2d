"""Texts to customers: where the bank wants them, in lawful hours, and never of what is paid."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.customers.models import Customer, CustomerContact
from server.feedback.actions import LogFeedback, log_feedback
from server.loans.models import Loan
from server.products.actions import ChangeParameter, change_parameter
from server.push.models import OutgoingText
from server.reminders.actions import remind_customers
from server.reminders.models import Reminder
from server.reminders.queries import text_holds
from tests.server.bank import Bank, add_borrower, add_repayment
from tests.server.reminders.conftest import INTEREST, TODAY, ZONE, due_in, job


def _set(session: Session, bank: Bank, **values: Any) -> None:
    for name, value in values.items():
        command = ChangeParameter(f"reminder.{name}", TODAY - dt.timedelta(9), value, "测试")
        change_parameter(session, bank.actor("administrator"), command)
    session.commit()


def _run(session: Session, day: dt.date = TODAY, hour: int = 10) -> list[OutgoingText]:
    before = set(session.scalars(select(OutgoingText.id)))
    while remind_customers(session, job(day, hour), "城商银行"):
        session.commit()
    session.commit()
    rows = session.scalars(select(OutgoingText).order_by(OutgoingText.kind))
    return [row for row in rows if row.id not in before]


def _body(text: OutgoingText) -> str:
    return str(json.loads(text.words or "{}")["body"])


def test_no_customer_is_written_to_unless_the_bank_wants_it(session: Session, bank: Bank) -> None:
    due_in(bank, 0)
    session.commit()
    assert _run(session) == []
    assert session.scalar(select(func.count()).select_from(Reminder)) == 0


def test_a_reminder_says_what_the_specification_says(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True)
    session.get_one(Branch, bank.branch_a).phone = "0571-88888888"
    due_in(bank, 3, contract_no="HT-20260042")
    session.commit()
    (text,) = _run(session)
    assert _body(text) == (
        "城商银行提醒：张**您好，您尾号0042的贷款本期应还360.00元，还款日2026-03-13，"
        "请确保还款账户余额充足。如已还款请忽略。咨询0571-88888888。"
    )
    assert (text.address, text.language, text.kind) == ("13700000001", "zh", "due_soon")
    assert _run(session, TODAY, 11) == []


def test_an_overdue_notice_needs_its_own_word_and_names_where_to_complain(
    session: Session, bank: Bank
) -> None:
    _set(session, bank, texts_on=True)
    due_in(bank, -1, contract_no="HT-20260042")
    session.commit()
    assert _run(session) == []
    _set(session, bank, texts_overdue=True, help_phone="95588")
    (text,) = _run(session)
    assert _body(text) == (
        "城商银行通知：您尾号0042的贷款已逾期1天，应还360.11元（含罚息0.11元，截至2026-03-10）。"
        "如有困难请联系95588协商；如有异议可拨打12378。"
    )


def test_the_bank_may_write_in_english(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True, texts_overdue=True, texts_english=True, help_phone="95588")
    due_in(bank, 0, contract_no="HT-1")
    due_in(bank, -1, contract_no="HT-22222")
    session.commit()
    due, late = _run(session)
    assert _body(due) == (
        "Reminder from 城商银行: the 360.00 CNY instalment of your loan ending HT-1 is due on"
        " 2026-03-10. Please keep enough balance in your repayment account; ignore this if paid."
        " Help: 95588."
    )
    assert _body(late) == (
        "城商银行: your loan ending 2222 is 1 days overdue; 360.11 CNY is payable (incl. 0.11"
        " penalty as of 2026-03-10). If you have difficulty or disagree, call 95588 or 12378."
    )


def test_all_loans_of_a_customer_are_one_text(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True)
    customer_id = add_borrower(bank)
    due_in(bank, 0, customer_id=customer_id, contract_no="HT-0001")
    due_in(bank, 0, customer_id=customer_id, contract_no="HT-0002")
    due_in(bank, 3, customer_id=customer_id, contract_no="HT-0003")
    session.commit()
    (text,) = _run(session)
    assert "您尾号0001、0002的贷款本期应还720.00元，还款日2026-03-10" in _body(text)
    assert "；您尾号0003的贷款本期应还360.00元，还款日2026-03-13" in _body(text)


def test_a_day_off_is_noted_where_the_date_stays(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True)
    due_in(bank, 4, principal=6_000_000)
    session.commit()
    (text,) = _run(session, TODAY + dt.timedelta(days=1))  # the day three before a Saturday
    assert "还款日2026-03-14（当日为节假日，还款日不变）" in _body(text)


@pytest.mark.parametrize(
    ("hour", "leaves"), [(8, "2026-03-10 09:00"), (10, "2026-03-10 10:01"), (20, None)]
)
def test_texts_leave_within_the_hours_of_the_bank(
    session: Session, bank: Bank, hour: int, leaves: str | None
) -> None:
    _set(session, bank, texts_on=True)
    due_in(bank, 0)
    session.commit()
    found = [f"{each.at.astimezone(ZONE):%Y-%m-%d %H:%M}" for each in _run(session, TODAY, hour)]
    assert found == ([leaves] if leaves else [])


def test_a_text_does_not_leave_once_it_is_paid(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True)
    loan_id = due_in(bank, 0)
    session.commit()
    (text,) = _run(session)
    assert text_holds(session, text)
    add_repayment(bank, loan_id, INTEREST, TODAY)
    session.commit()
    assert not text_holds(session, text)


def test_who_complains_is_not_written_to_of_arrears(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True, texts_overdue=True)
    loan_id = due_in(bank, -1)
    other = due_in(bank, -1)
    session.commit()
    texts = {text.customer_id: text for text in _run(session)}
    customers = [session.get_one(Loan, each).customer_id for each in (loan_id, other)]
    command = LogFeedback(customers[0], "complaint", "collection", "call", "太多", TODAY)
    log_feedback(session, bank.actor("officer"), command)
    session.commit()
    assert [text_holds(session, texts[each]) for each in customers] == [False, True]
    assert {each.customer_id for each in _run(session, TODAY + dt.timedelta(days=2))} == {
        customers[1]
    }
    outcomes = select(Reminder.outcome).where(Reminder.customer_id == customers[0])
    assert sorted(session.scalars(outcomes)) == ["", "complaint"]


def test_nobody_elses_number_is_written_to(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True)
    loan_id = due_in(bank, 0)
    customer = session.get_one(Customer, session.get_one(Loan, loan_id).customer_id)
    for contact in session.scalars(
        select(CustomerContact).where(CustomerContact.customer_id == customer.id)
    ):
        contact.relation = "emergency"
    session.commit()
    assert _run(session) == []
    assert session.scalars(select(Reminder.outcome)).all() == ["no_phone"]


def test_a_text_that_is_days_late_is_left_to_the_next(session: Session, bank: Bank) -> None:
    _set(session, bank, texts_on=True, texts_overdue=True)
    due_in(bank, -30)
    session.commit()
    assert _run(session) == []
