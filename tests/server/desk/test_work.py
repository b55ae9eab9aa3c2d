"""What the day asks for: due, overdue, to come, received; whose it is; what waits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.customers.actions import NewCustomer, create_customer
from server.desk import queries
from server.desk.queries import Queue, Scope
from server.domain.errors import NotAllowed
from server.domain.events import WriteOff
from server.feedback.actions import LogFeedback, log_feedback
from server.intake.models import ImportRun
from server.loans.actions import Entry, add_events, refresh_due_states
from server.loans.queries import loan_to_change
from server.repayments.actions import RecordRepayment, record_repayment, reverse_repayment
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan, add_repayment

DUE_TODAY = dt.date(2026, 2, 10)
IN_ARREARS = dt.date(2026, 1, 5)
DUE_SOON = dt.date(2026, 2, 14)
DUE_LATER = dt.date(2026, 2, 25)
INSTALMENT = 1_021_105


def everything(bank: Bank) -> Scope:
    return Scope((bank.branch_a, bank.branch_b))


def loan(bank: Bank, disbursed_on: dt.date, **more: Any) -> str:
    return add_loan(bank, disbursed_on=disbursed_on, **more)


def test_a_loan_due_today_is_due_and_nothing_else(bank: Bank) -> None:
    made = loan(bank, DUE_TODAY)
    actor, scope = bank.actor("manager"), everything(bank)

    (row,) = queries.due_rows(bank.session, actor, scope)

    assert (row.loan_id, row.due_on, row.amount, row.dpd) == (made, TODAY, INSTALMENT, 0)
    assert queries.overdue_rows(bank.session, actor, scope) == []
    assert queries.coming_rows(bank.session, actor, scope) == []


def test_a_loan_in_arrears_is_overdue_with_all_it_owes(bank: Bank) -> None:
    made = loan(bank, IN_ARREARS)
    actor, scope = bank.actor("manager"), everything(bank)

    (row,) = queries.overdue_rows(bank.session, actor, scope)

    assert (row.loan_id, row.due_on, row.dpd) == (made, dt.date(2026, 2, 5), 33)
    assert row.amount > 2 * INSTALMENT
    assert queries.due_rows(bank.session, actor, scope) == []


def test_days_of_grace_keep_a_loan_among_those_due(bank: Bank) -> None:
    loan(bank, dt.date(2026, 2, 8), grace_days=5)
    actor, scope = bank.actor("manager"), everything(bank)

    (row,) = queries.due_rows(bank.session, actor, scope)

    assert (row.due_on, row.dpd) == (dt.date(2026, 3, 8), 0)
    assert queries.overdue_rows(bank.session, actor, scope) == []


def test_the_week_ahead_holds_seven_days(bank: Bank) -> None:
    wanted = [loan(bank, dt.date(2026, 2, day)) for day in (11, 17)]
    loan(bank, dt.date(2026, 2, 18))
    loan(bank, DUE_LATER)

    rows = queries.coming_rows(bank.session, bank.actor("manager"), everything(bank))

    assert [row.loan_id for row in rows] == wanted


def test_a_paid_instalment_asks_for_nothing(bank: Bank) -> None:
    made = loan(bank, DUE_TODAY)
    add_repayment(bank, made, INSTALMENT, TODAY)
    actor, scope = bank.actor("manager"), everything(bank)

    assert queries.due_rows(bank.session, actor, scope) == []
    day = queries.day_by_branch(bank.session, actor, scope)[0]
    assert (day.due, day.received, day.received_amount) == (0, 1, INSTALMENT)


def test_what_is_due_is_right_before_the_states_are_refreshed(bank: Bank, session: Session) -> None:
    loan(bank, DUE_TODAY)
    loan(bank, DUE_SOON)
    tomorrow = NOW + dt.timedelta(days=4)
    actor, scope = bank.actor("manager", now=tomorrow), everything(bank)
    before = queries.due_rows(session, actor, scope), queries.overdue_rows(session, actor, scope)

    refresh_due_states(session, actor.today)

    after = queries.due_rows(session, actor, scope), queries.overdue_rows(session, actor, scope)
    assert before[0] == after[0]
    assert [(row.loan_id, row.dpd) for row in before[1]] == [
        (row.loan_id, row.dpd) for row in after[1]
    ]


def test_the_sums_of_a_branch_are_those_of_its_rows(bank: Bank) -> None:
    for disbursed_on in (DUE_TODAY, IN_ARREARS, IN_ARREARS, DUE_SOON):
        loan(bank, disbursed_on)
    loan(bank, DUE_TODAY, branch_id=bank.branch_b)
    actor, scope = bank.actor("chief"), everything(bank)

    first, second = queries.day_by_branch(bank.session, actor, scope)

    own = Scope((bank.branch_a,))
    late = queries.overdue_rows(bank.session, actor, own)
    assert (first.due, first.due_amount) == (1, INSTALMENT)
    assert (first.overdue, first.overdue_amount) == (2, sum(row.amount for row in late))
    assert (first.coming, first.coming_amount) == (1, INSTALMENT)
    assert (second.branch_id, second.due, second.overdue) == (bank.branch_b, 1, 0)


def test_what_is_written_off_asks_for_nothing(bank: Bank, session: Session) -> None:
    actor, scope = bank.actor("chief"), everything(bank)
    row = loan_to_change(session, actor, loan(bank, IN_ARREARS))
    event = WriteOff(id="", value_on=TODAY, posted_on=TODAY, order=0)
    add_events(session, actor, row, [Entry(event)])

    assert queries.overdue_rows(session, actor, scope) == []
    assert queries.day_by_branch(session, actor, scope)[0].overdue == 0


def test_reversed_money_was_not_received(bank: Bank) -> None:
    actor, scope = bank.actor("officer"), everything(bank)
    made = loan(bank, DUE_TODAY)
    command = RecordRepayment(made, INSTALMENT, TODAY, method="cash")
    paid = record_repayment(bank.session, actor, command)
    reverse_repayment(bank.session, actor, paid, "录错")

    assert queries.day_by_branch(bank.session, actor, scope)[0].received == 0
    assert [row.loan_id for row in queries.due_rows(bank.session, actor, scope)] == [made]


def test_an_officer_sees_the_own_loans(bank: Bank) -> None:
    mine = loan(bank, DUE_TODAY, officer_id=bank.people["officer"])
    loan(bank, DUE_TODAY, officer_id=bank.people["officer2"])
    scope = Scope((bank.branch_a,), bank.people["officer"])

    rows = queries.due_rows(bank.session, bank.actor("officer"), scope)

    assert [row.loan_id for row in rows] == [mine]
    assert queries.day_by_branch(bank.session, bank.actor("officer"), scope)[0].due == 1


def test_who_may_not_read_loans_is_refused(bank: Bank) -> None:
    for read in (queries.due_rows, queries.overdue_rows, queries.coming_rows):
        with pytest.raises(NotAllowed):
            read(bank.session, bank.actor("administrator"), everything(bank))
    with pytest.raises(NotAllowed):
        queries.day_by_branch(bank.session, bank.actor("administrator"), everything(bank))


def test_the_queues_count_what_waits_within_reach(bank: Bank, session: Session) -> None:
    whole = add_customer(bank)
    loan(bank, DUE_TODAY)
    gaps = NewCustomer("person", "无名", bank.branch_a, incomplete=("id_no", "mobile"))
    create_customer(session, bank.actor("officer"), gaps)
    log_feedback(
        session,
        bank.actor("officer"),
        LogFeedback(whole, "complaint", "other", "call", "慢", TODAY - dt.timedelta(days=20)),
    )
    session.add_all(
        ImportRun(
            branch_id=branch, file_name="a.xlsx", sha256="0" * 64, status=status, created_at=NOW
        )
        for branch, status in (
            (bank.branch_a, "failed"),
            (bank.branch_a, "previewed"),
            (bank.branch_a, "done"),
            (bank.branch_b, "previewed"),
        )
    )
    session.flush()

    assert queries.queues(session, bank.actor("manager")) == [
        Queue("reversals", 0),
        Queue("handovers", 0),
        Queue("feedback", 1, 1),
        Queue("incomplete_customers", 1),
        Queue("incomplete_loans", 0),
        Queue("imports", 2, 1),
    ]


def test_each_role_has_the_queues_it_may_work_on(bank: Bank) -> None:
    named = {
        username: [queue.name for queue in queries.queues(bank.session, bank.actor(username))]
        for username in ("officer", "risk", "auditor", "administrator")
    }

    incomplete = ["incomplete_customers", "incomplete_loans"]
    assert named == {
        "officer": ["feedback", *incomplete],
        "risk": ["feedback", *incomplete],
        "auditor": incomplete,
        "administrator": [],
    }


def test_an_empty_bank_knows_its_first_steps(bank: Bank) -> None:
    steps = queries.first_steps(bank.session, bank.actor("manager"))
    assert (steps.has_products, steps.has_customers, steps.has_loans) == (True, False, False)

    loan(bank, DUE_TODAY, branch_id=bank.branch_b)

    assert not queries.first_steps(bank.session, bank.actor("manager")).has_loans
    assert queries.first_steps(bank.session, bank.actor("chief")).has_loans
