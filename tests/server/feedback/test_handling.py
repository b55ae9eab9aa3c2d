"""Logging feedback and answering it: deadlines, refusals, and who may see what."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.models import AuditEntry
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.feedback import queries
from server.feedback.actions import HandleFeedback, LogFeedback, handle_feedback, log_feedback
from server.feedback.models import Feedback, FeedbackEntry
from server.feedback.queries import FeedbackFilter
from server.products.models import ParameterChange
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan

WORDS = "三月五日还的款没有入账。"


@pytest.fixture
def customer_id(bank: Bank) -> str:
    """A customer of branch A."""
    return add_customer(bank)


def command(customer_id: str, **changes: Any) -> LogFeedback:
    usual = LogFeedback(customer_id, "complaint", "posting_error", "call", WORDS, TODAY)
    return replace(usual, **changes)


def log(bank: Bank, customer_id: str, username: str = "officer", **changes: Any) -> str:
    return log_feedback(bank.session, bank.actor(username), command(customer_id, **changes))


def step(
    bank: Bank, case: str, username: str, status: str, text: str = "已答复。", at: int = 1
) -> None:
    handle_feedback(bank.session, bank.actor(username), HandleFeedback(case, at, text, status))


def numbers(bank: Bank, username: str, **wanted: Any) -> list[str]:
    page = queries.list_feedback(bank.session, bank.actor(username), FeedbackFilter(**wanted))
    return [row.id for row in page.rows]


def test_a_complaint_is_due_in_fifteen_days_and_has_a_number_of_its_branch(
    bank: Bank, customer_id: str
) -> None:
    first, second = log(bank, customer_id), log(bank, customer_id, kind="question")

    rows = [bank.session.get_one(Feedback, each) for each in (first, second)]
    assert [row.feedback_no for row in rows] == ["FA0120260001", "FA0120260002"]
    assert [row.due_on - row.received_on for row in rows] == [
        dt.timedelta(days=15),
        dt.timedelta(days=10),
    ]


def test_the_deadline_counts_by_the_setting_of_the_day_received(
    bank: Bank, customer_id: str
) -> None:
    change = {
        "id": new_id(),
        "name": "feedback.complaint_days",
        "effective_on": TODAY,
        "value": 7,
        "changed_at": NOW,
        "reason": "x",
    }
    bank.session.execute(insert(ParameterChange), [change])

    late = bank.session.get_one(Feedback, log(bank, customer_id))
    early = log(bank, customer_id, received_on=TODAY - dt.timedelta(days=1))

    assert late.due_on == TODAY + dt.timedelta(days=7)
    assert bank.session.get_one(Feedback, early).due_on == TODAY + dt.timedelta(days=14)


def test_what_was_said_lies_sealed_and_stays_out_of_the_audit(
    bank: Bank, session: Session, customer_id: str
) -> None:
    case = log(bank, customer_id)
    step(bank, case, "manager", "answered", "款项已补记。")
    session.commit()

    row = session.get_one(Feedback, case)
    assert WORDS.encode() not in row.content_sealed
    assert row.content == WORDS
    entry = session.scalars(select(FeedbackEntry)).one()
    assert entry.text == "款项已补记。"
    told = [str(each.changes) for each in session.scalars(select(AuditEntry))]
    assert not any("还的款" in text or "补记" in text for text in told)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"kind": ""}, "kind", "missing"),
        ({"kind": "threat"}, "kind", "unknown"),
        ({"category": "x"}, "category", "unknown"),
        ({"channel": "x"}, "channel", "unknown"),
        ({"content": " "}, "content", "missing"),
        ({"content": "字" * 60_000}, "content", "too_long"),
        ({"received_on": TODAY + dt.timedelta(days=1)}, "received_on", "in_future"),
        ({"received_on": dt.date(1900, 1, 1)}, "received_on", "out_of_range"),
        ({"loan_id": new_id()}, "loan_id", "unknown"),
        ({"about_user_id": new_id()}, "about_user_id", "unknown"),
    ],
)
def test_bad_input_is_refused_by_field(
    bank: Bank, customer_id: str, changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        log(bank, customer_id, **changes)

    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_the_loan_of_another_customer_is_refused(bank: Bank, customer_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        log(bank, customer_id, loan_id=add_loan(bank))

    assert refused.value.field == "loan_id"


def test_staff_of_another_branch_cannot_be_what_it_is_about(bank: Bank, customer_id: str) -> None:
    with pytest.raises(Invalid):
        log(bank, customer_id, about_user_id=bank.people["officer_b"])


@pytest.mark.parametrize("username", ["auditor", "administrator"])
def test_who_may_not_log_is_refused(bank: Bank, customer_id: str, username: str) -> None:
    with pytest.raises(NotAllowed):
        log(bank, customer_id, username)


def test_a_customer_of_another_branch_does_not_exist(bank: Bank, customer_id: str) -> None:
    with pytest.raises(NotFound):
        log(bank, customer_id, "officer_b")


def test_a_case_goes_from_open_to_closed_with_every_step_kept(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)
    step(bank, case, "officer", "", "已联系客户。")
    step(bank, case, "reviewer", "in_progress", "")
    step(bank, case, "reviewer", "answered", "已补记。", at=2)
    step(bank, case, "manager", "closed", "", at=3)

    detail = queries.feedback_detail(bank.session, bank.actor("manager"), case)
    assert [(each.kind, each.status, each.text) for each in detail.entries] == [
        ("note", None, "已联系客户。"),
        ("status", "in_progress", ""),
        ("answer", "answered", "已补记。"),
        ("status", "closed", ""),
    ]
    assert detail.row.owner_name == "reviewer 员工"
    assert detail.answered_at is not None
    assert detail.closed_at is not None


def test_a_closed_case_is_taken_up_again(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)
    step(bank, case, "reviewer", "answered")
    step(bank, case, "reviewer", "closed", at=2)
    step(bank, case, "manager", "in_progress", at=3)

    row = bank.session.get_one(Feedback, case)
    assert (row.status, row.closed_at) == ("in_progress", None)


def test_an_officer_may_note_but_not_answer(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)
    step(bank, case, "officer", "", "记录。")

    with pytest.raises(NotAllowed):
        step(bank, case, "officer", "answered")


def test_an_answer_without_words_is_refused(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)

    for status in ("answered", "withdrawn", ""):
        with pytest.raises(Invalid) as refused:
            step(bank, case, "reviewer", status, " ")
        assert (refused.value.field, refused.value.reason) == ("text", "missing")


def test_an_unknown_or_impossible_state_is_refused(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)

    for status, reason in (("lost", "unknown"), ("closed", "cannot_follow")):
        with pytest.raises(Invalid) as refused:
            step(bank, case, "reviewer", status)
        assert refused.value.reason == reason


def test_the_second_of_two_handlers_is_told_of_the_first(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)
    step(bank, case, "reviewer", "in_progress")

    with pytest.raises(Conflict) as conflict:
        step(bank, case, "manager", "answered")

    assert conflict.value.current == {"status": "in_progress"}
    assert bank.session.get_one(Feedback, case).status == "in_progress"


def test_nobody_answers_what_is_about_oneself(bank: Bank, customer_id: str) -> None:
    praise = log(bank, customer_id, kind="praise", about_user_id=bank.people["reviewer"])

    with pytest.raises(Invalid) as refused:
        step(bank, praise, "reviewer", "answered")

    assert refused.value.reason == "own_interest"


def test_the_officer_of_the_loan_does_not_decide(bank: Bank, customer_id: str) -> None:
    loan_id = add_loan(bank, customer_id=customer_id, officer_id=bank.people["reviewer"])
    case = log(bank, customer_id, loan_id=loan_id)

    with pytest.raises(Invalid) as refused:
        step(bank, case, "reviewer", "answered")

    assert refused.value.reason == "own_interest"
    step(bank, case, "reviewer2", "answered")


def test_a_complaint_never_shows_to_whom_it_is_about_nor_counts_for_them(
    bank: Bank, customer_id: str
) -> None:
    about = bank.people["officer"]
    hidden = log(bank, customer_id, "reviewer", about_user_id=about)
    shown = log(bank, customer_id, "reviewer", kind="praise", about_user_id=about)
    officer = bank.actor("officer")

    assert numbers(bank, "officer", status="all") == [shown]
    assert set(numbers(bank, "officer2", status="all")) == {hidden, shown}
    assert queries.deadline_counts(bank.session, officer).waiting == 1
    assert [row.id for row in queries.feedback_of_customer(bank.session, officer, customer_id)] == [
        shown
    ]
    with pytest.raises(NotFound):
        queries.feedback_detail(bank.session, officer, hidden)
    with pytest.raises(NotFound):
        step(bank, hidden, "officer", "", "记录")


def test_another_branch_sees_nothing_and_the_head_office_all(bank: Bank, customer_id: str) -> None:
    case = log(bank, customer_id)

    assert numbers(bank, "officer_b") == []
    assert numbers(bank, "chief") == [case]
    with pytest.raises(NotFound):
        queries.find_feedback(bank.session, bank.actor("officer_b"), case)


def test_the_list_begins_with_the_latest_overdue_and_pages_both_ways(
    bank: Bank, customer_id: str
) -> None:
    cases = [
        log(bank, customer_id, received_on=TODAY - dt.timedelta(days=days))
        for days in (3, 30, 20, 1, 16)
    ]
    expected = [cases[place] for place in (1, 2, 4, 0, 3)]
    actor = bank.actor("reviewer")

    seen, after = [], None
    while True:
        page = queries.list_feedback(bank.session, actor, FeedbackFilter(), after=after, limit=2)
        seen += [row.id for row in page.rows]
        if page.following is None:
            break
        after = page.following
    assert seen == expected
    back = queries.list_feedback(
        bank.session, actor, FeedbackFilter(), before=page.preceding, limit=2
    )
    assert [row.id for row in back.rows] == expected[2:4]
    assert [row.pressure for row in back.rows] == ["late", "none"]
    assert queries.deadline_counts(bank.session, actor) == queries.DeadlineCounts(5, 3, 0)
    assert numbers(bank, "reviewer", status="late") == expected[:3]


def test_the_list_is_filtered(bank: Bank, customer_id: str) -> None:
    complaint = log(bank, customer_id)
    praise = log(bank, customer_id, kind="praise", category="service")
    step(bank, praise, "reviewer", "answered")

    assert numbers(bank, "reviewer") == [complaint]
    assert numbers(bank, "reviewer", status="answered") == [praise]
    assert numbers(bank, "reviewer", status="all", kind="praise") == [praise]
    assert numbers(bank, "reviewer", status="all", category="service") == [praise]
    assert numbers(bank, "reviewer", status="all", branch_id=bank.branch_b) == []


@pytest.mark.parametrize(
    "asked",
    [{"sort": "content"}, {"after": "x"}, {"after": "WzEsMl0"}, {"before": "WyJ4IiwieSJd"}],
)
def test_a_made_up_address_of_the_list_is_refused(bank: Bank, asked: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        queries.list_feedback(
            bank.session,
            bank.actor("reviewer"),
            FeedbackFilter(),
            **asked,  # type: ignore[arg-type]
        )


def test_a_made_up_state_of_the_list_is_refused(bank: Bank) -> None:
    with pytest.raises(Invalid):
        numbers(bank, "reviewer", status="lost")
