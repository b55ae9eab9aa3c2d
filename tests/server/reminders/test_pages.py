"""The pages of what was told to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.products.actions import ChangeParameter, change_parameter
from server.push.models import OutgoingText
from server.reminders.actions import remind_customers
from tests.server.bank import NOW, Bank
from tests.server.reminders.conftest import TODAY, due_in, job

Run = Callable[..., object]
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def told(session: Session, bank: Bank, run: Run) -> None:
    """A day on which staff and a customer were told."""
    command = ChangeParameter("reminder.texts_on", dt.date(2026, 1, 1), True, "测试")
    change_parameter(session, bank.actor("administrator"), command)
    due_in(bank, -1)
    due_in(bank, 0)
    due_in(bank, -1, branch_id=bank.branch_b)
    session.commit()
    run()
    remind_customers(session, job(), "城商银行")
    session.commit()


@time_machine.travel(NOW, tick=False)
def test_a_manager_sees_whom_the_branch_told(told: None, sign_in: SignIn) -> None:
    page = sign_in("manager").get("/reminders").get_data(as_text=True)
    assert "逾期提醒" in page
    assert "今天的工作" in page
    assert "officer 员工" in page
    assert "officer_b 员工" not in page
    assert "张三丰" in page


@time_machine.travel(NOW, tick=False)
def test_an_administrator_sees_no_customers(told: None, sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    page = browser.get("/reminders").get_data(as_text=True)
    assert "officer_b 员工" in page
    assert "张三丰" not in page
    assert browser.get("/reminders/texts").status_code == 403


@pytest.mark.parametrize("who", ["officer", "reviewer", "risk"])
def test_others_have_no_business_there(told: None, sign_in: SignIn, who: str) -> None:
    browser = sign_in(who)
    assert browser.get("/reminders").status_code == 403
    assert browser.get("/reminders/texts").status_code == 403


@time_machine.travel(NOW, tick=False)
def test_reading_a_text_word_for_word_is_noted(
    told: None, sign_in: SignIn, session: Session
) -> None:
    text_id = session.scalars(select(OutgoingText.id)).one()
    browser = sign_in("manager")
    page = browser.get("/reminders/texts").get_data(as_text=True)
    assert "137****" in page
    assert "您尾号" not in page
    shown = browser.post(f"/reminders/texts/{text_id}/words").get_data(as_text=True)
    assert "您尾号" in shown
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.reveal"))
    assert entry.changes == {"revealed": [None, "reminder"]}
    assert sign_in("auditor").post(f"/reminders/texts/{text_id}/words").status_code == 403


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("query", ["?on=2026-03-09", "?on=nonsense", "?on=2020-01-01"])
def test_any_day_may_be_asked_for(told: None, sign_in: SignIn, query: str) -> None:
    answer = sign_in("manager").get(f"/reminders{query}")
    assert answer.status_code == 200
    assert ("逾期提醒" in answer.get_data(as_text=True)) is (query == "?on=nonsense")


def test_a_made_up_cursor_is_refused(told: None, sign_in: SignIn) -> None:
    assert sign_in("manager").get("/reminders?after=nonsense").status_code == 400


def test_the_settings_of_reminders_say_what_they_are(bank: Bank, sign_in: SignIn) -> None:
    page = sign_in("administrator").get("/parameters").get_data(as_text=True)
    for words in ("还款日前几天提醒", "3, 1, 0 天", "09:00", "节假日和调休上班日"):
        assert words in page
    browser = sign_in("administrator")
    for name in ("reminder.before", "reminder.help_phone", "reminder.send_from", "holiday.days"):
        assert browser.get(f"/parameters/{name}").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("before", "7，3、1 0", 303),
        ("before", "", 303),
        ("before", "soon", 422),
        ("help_phone", "0571-88888888", 303),
        ("quiet_until", "7", 422),
        ("send_from", "10", 303),
    ],
)
def test_settings_are_changed_on_their_page(
    bank: Bank, sign_in: SignIn, name: str, value: str, status: int
) -> None:
    form = {"value": value, "effective_on": "2026-04-01", "reason": "试行"}
    answer = sign_in("administrator").post(f"/parameters/reminder.{name}", data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)


def test_the_table_of_holidays_is_replaced_on_its_page(bank: Bank, sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    assert "放假" in browser.get("/parameters/holiday.days").get_data(as_text=True)
    rows = "2027-01-01, 2027-01-03, HOLIDAY, 元旦\n2027-01-04, , WORKDAY"
    form = {"value": rows, "effective_on": TODAY.isoformat(), "reason": "国务院通知"}
    assert browser.post("/parameters/holiday.days", data=form).status_code == 303
