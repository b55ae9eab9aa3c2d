"""Promises, complaints, decisions and the calendar: what else is told, and to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.models import Customer
from server.database.notices import Notice
from server.feedback.actions import HandleFeedback, LogFeedback, handle_feedback, log_feedback
from server.feedback.models import Feedback
from server.loans.models import Loan
from server.products.actions import ChangeParameter, change_parameter
from server.reminders.actions import remind_tasks
from server.reminders.queries import still_true
from server.repayments.actions import request_reversal
from server.visits.actions import MakePromise, make_promise, refresh_due_promises
from server.visits.models import Promise
from tests.server.bank import Bank, add_borrower, add_repayment
from tests.server.reminders.conftest import INTEREST, TODAY, due_in, job

Told = list[tuple[str, str, dict[str, Any]]]
Run = Callable[..., Told]
DAY = dt.timedelta(days=1)


def _who(told: Told, kind: str) -> list[str]:
    return [who for who, found, _ in told if found == kind]


def _promise(session: Session, bank: Bank, loan_id: str, on: dt.date) -> str:
    customer_id = session.get_one(Loan, loan_id).customer_id
    command = MakePromise(customer_id, loan_id, INTEREST, on, "phone")
    return make_promise(session, bank.actor("officer"), command)


def test_a_promise_is_told_on_its_day_and_when_it_was_not_kept(
    session: Session, bank: Bank, run: Run
) -> None:
    promise_id = _promise(session, bank, due_in(bank, -20), TODAY + DAY)
    session.commit()
    assert _who(run(), "promise_due") == []
    told = run(TODAY + DAY)
    assert _who(told, "promise_due") == ["officer"]
    assert [p["promised"] for who, kind, p in told if (who, kind) == ("officer", "due_digest")] == [
        1
    ]
    refresh_due_promises(session, job(TODAY + 2 * DAY))
    session.commit()
    after = run(TODAY + 2 * DAY)
    assert (_who(after, "promise_due"), _who(after, "promise_broken")) == ([], ["officer"])
    assert _who(run(TODAY + 3 * DAY), "promise_broken") == []
    assert session.get_one(Promise, promise_id).state == "broken"


def test_a_promise_that_was_kept_is_told_no_more(session: Session, bank: Bank, run: Run) -> None:
    loan_id = due_in(bank, -20)
    _promise(session, bank, loan_id, TODAY)
    session.commit()
    run()
    notice = session.scalars(select(Notice).where(Notice.kind == "promise_due")).one()
    assert still_true(session, notice)
    add_repayment(bank, loan_id, INTEREST, TODAY)
    session.commit()
    assert not still_true(session, notice)


def _complaint(
    session: Session, bank: Bank, days: int, about: str | None = None, owner: str | None = None
) -> str:
    command = LogFeedback(
        add_borrower(bank),
        "complaint",
        "collection",
        "call",
        "电话太多",
        TODAY,
        about_user_id=bank.people[about] if about else None,
    )
    case_id = log_feedback(session, bank.actor("chief"), command)
    row = session.get_one(Feedback, case_id)
    row.received_on, row.due_on = TODAY - 15 * DAY, TODAY + days * DAY
    row.owner_id = bank.people[owner] if owner else None
    session.commit()
    return case_id


@pytest.mark.parametrize(
    ("days", "told"), [(6, False), (5, True), (2, True), (0, True), (-1, True)]
)
def test_a_complaint_is_told_before_its_deadline_to_those_who_may_answer(
    session: Session, bank: Bank, run: Run, days: int, told: bool
) -> None:
    _complaint(session, bank, days)
    people = ["manager", "reviewer", "reviewer2"] if told else []
    assert _who(run(), "complaint_due") == people
    assert _who(run(TODAY, 9), "complaint_due") == []


def test_a_complaint_comes_again_at_each_of_its_days(
    session: Session, bank: Bank, run: Run
) -> None:
    _complaint(session, bank, 5, owner="reviewer")
    told = {n: _who(run(TODAY + n * DAY), "complaint_due") for n in range(8)}
    assert [n for n, who in told.items() if who] == [0, 3, 5]
    assert all(who in ([], ["reviewer"]) for who in told.values())


def test_a_complaint_is_never_told_to_whom_it_is_about(
    session: Session, bank: Bank, run: Run
) -> None:
    _complaint(session, bank, 2, about="reviewer", owner="reviewer")
    assert _who(run(), "complaint_due") == ["manager", "reviewer2"]


def test_a_complaint_that_was_answered_does_not_leave_any_more(
    session: Session, bank: Bank, run: Run
) -> None:
    case_id = _complaint(session, bank, 2, owner="reviewer")
    run()
    notice = session.scalars(select(Notice).where(Notice.kind == "complaint_due")).one()
    assert still_true(session, notice)
    row = session.get_one(Feedback, case_id)
    handle_feedback(
        session, bank.actor("reviewer"), HandleFeedback(case_id, row.version, "已说明", "answered")
    )
    session.commit()
    assert not still_true(session, notice)


def test_who_decides_hears_of_what_waits_for_a_decision(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, -20)
    paid = add_repayment(bank, loan_id, INTEREST, TODAY - 10 * DAY)
    request_reversal(session, bank.actor("officer"), paid, "记错了")
    session.commit()
    told = {who: p for who, kind, p in run() if kind == "due_digest"}
    assert {who: p["tasks"] for who, p in told.items() if p["tasks"]} == {
        "chief": 1,
        "manager": 1,
        "reviewer": 1,
        "reviewer2": 1,
    }


def test_a_promise_of_a_customer_without_an_officer_is_the_managers(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, -20)
    _promise(session, bank, loan_id, TODAY)
    customer = session.get_one(Customer, session.get_one(Loan, loan_id).customer_id)
    customer.officer_id = None
    session.commit()
    assert _who(run(), "promise_due") == ["manager"]


def test_without_a_manager_at_the_branch_the_head_office_is_told(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, -20)
    _promise(session, bank, loan_id, TODAY)
    for username in ("officer", "manager"):
        session.get_one(User, bank.people[username]).active = False
    session.commit()
    assert _who(run(), "promise_due") == ["chief"]


DECEMBER = dt.date(2026, 12, 1)


def _december(session: Session, day: dt.date) -> int:
    told = remind_tasks(session, job(day))
    session.commit()
    return told


def test_administrators_hear_in_december_that_next_years_holidays_are_missing(
    session: Session, bank: Bank
) -> None:
    assert _december(session, DECEMBER - DAY) == 0
    assert [_december(session, DECEMBER + n * DAY) for n in (0, 1, 14, 20)] == [1, 0, 1, 0]
    people = session.scalars(select(Notice.user_id).where(Notice.kind == "holidays_missing"))
    assert set(people) == {bank.people["administrator"]}


def test_nobody_is_warned_once_the_table_is_there(session: Session, bank: Bank) -> None:
    rows = [{"from_on": "2027-01-01", "to_on": "2027-01-03", "kind": "HOLIDAY", "name": "元旦"}]
    command = ChangeParameter("holiday.days", dt.date(2027, 1, 1), rows, "国务院通知")
    change_parameter(session, bank.actor("administrator"), command)
    session.commit()
    assert _december(session, DECEMBER) == 0
