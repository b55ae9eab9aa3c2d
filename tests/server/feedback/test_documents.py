"""What a device holds of feedback; no complaint about a colleague."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from server.customers.actions import ReassignCustomers, reassign_customers
from server.database.models import Change, Exit
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


def test_a_complaint_about_somebody_of_the_staff_reaches_no_device(bank: Bank) -> None:
    customer_id = add_customer(bank)
    cases = [_log(bank, customer_id, about=about) for about in ("officer", "officer2", "")]
    bank.session.commit()

    assert set(_documents(bank, *cases)) == {cases[2]}
    rows = bank.session.scalars(select(Change).where(Change.entity == "feedback"))
    held = {row.entity_id: (row.portfolio, row.customer_id) for row in rows}
    assert held == {
        cases[0]: (None, None),
        cases[1]: (None, None),
        cases[2]: (bank.people["officer"], customer_id),
    }


def test_praise_of_the_officer_may_be_read_by_the_officer(bank: Bank) -> None:
    praise = _log(bank, add_customer(bank), kind="praise", about="officer")

    assert set(_documents(bank, praise)) == {praise}


def test_not_even_its_id_moves_with_the_customer(bank: Bank) -> None:
    customer_id = add_customer(bank)
    case = _log(bank, customer_id, about="officer2")
    bank.session.commit()
    command = ReassignCustomers((customer_id,), bank.people["officer2"], "片区调整")
    reassign_customers(bank.session, bank.actor("manager"), command)
    bank.session.commit()

    assert bank.session.get_one(Change, ("feedback", case)).portfolio is None
    assert bank.session.scalars(select(Exit).where(Exit.entity_id == case)).first() is None


def test_the_cases_of_a_customer_take_one_query(bank: Bank, statements: list[str]) -> None:
    customer_id = add_customer(bank)
    cases = {_log(bank, customer_id), _log(bank, customer_id, about="officer")}

    statements.clear()
    _documents(bank, *cases)
    assert len(statements) == 1
