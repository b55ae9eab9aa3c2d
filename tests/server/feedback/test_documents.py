"""What a device holds of feedback; a complaint never reaches the officer it is about."""

from __future__ import annotations

from typing import Any

from server.customers.models import Customer
from server.feedback.actions import LogFeedback, log_feedback
from server.feedback.documents import feedback_documents
from server.feedback.queries import feedback_detail
from tests.server.bank import TODAY, Bank, add_customer
from tests.server.shapes import faults

_WORDS = "三月五日还的款没有入账。"


def _log(bank: Bank, customer_id: str, kind: str = "complaint", about: str = "") -> str:
    said = LogFeedback(
        customer_id,
        kind,
        "collection",
        "call",
        _WORDS,
        TODAY,
        about_user_id=bank.people[about] if about else None,
    )
    return log_feedback(bank.session, bank.actor("reviewer"), said)


def _documents(bank: Bank, *ids: str) -> dict[str, dict[str, Any]]:
    return feedback_documents(bank.session, ids, TODAY)


def test_a_case_is_what_the_desk_shows(bank: Bank) -> None:
    case = _log(bank, add_customer(bank))
    shown = feedback_detail(bank.session, bank.actor("reviewer"), case)

    document = _documents(bank, case)[case]

    assert faults("Feedback", document) == []
    assert (document["no"], document["content"]) == (shown.row.feedback_no, _WORDS)
    assert document["due_on"] == shown.row.due_on.isoformat()
    assert document["status"] == shown.row.status.value


def test_a_complaint_about_the_officer_never_reaches_that_officers_device(bank: Bank) -> None:
    customer_id = add_customer(bank)
    about_holder = _log(bank, customer_id, about="officer")
    about_another = _log(bank, customer_id, about="officer2")

    assert set(_documents(bank, about_holder, about_another)) == {about_another}


def test_praise_of_the_officer_may_be_read_by_the_officer(bank: Bank) -> None:
    praise = _log(bank, add_customer(bank), kind="praise", about="officer")

    assert set(_documents(bank, praise)) == {praise}


def test_with_another_officer_the_case_changes_sides(bank: Bank) -> None:
    customer_id = add_customer(bank)
    about_old = _log(bank, customer_id, about="officer")
    about_new = _log(bank, customer_id, about="officer2")

    bank.session.get_one(Customer, customer_id).officer_id = bank.people["officer2"]
    bank.session.flush()

    assert set(_documents(bank, about_old, about_new)) == {about_old}


def test_a_case_of_a_customer_without_an_officer_is_complete(bank: Bank) -> None:
    customer_id = add_customer(bank, officer_id=None)
    bank.session.get_one(Customer, customer_id).officer_id = None
    bank.session.flush()
    case = _log(bank, customer_id, about="officer")

    assert set(_documents(bank, case)) == {case}


def test_the_cases_of_a_customer_take_one_query(bank: Bank, statements: list[str]) -> None:
    customer_id = add_customer(bank)
    cases = {_log(bank, customer_id), _log(bank, customer_id, about="officer")}

    statements.clear()
    _documents(bank, *cases)
    assert len(statements) == 1
