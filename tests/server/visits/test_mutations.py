"""Offline entries of field work become visits, promises and calls."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.kinds import Write
from server.domain.errors import Invalid
from server.visits.models import Call, Promise, Visit
from server.visits.mutations import KINDS
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan

_DEVICE = "0192d000-0000-7000-8000-000000000001"


@pytest.fixture
def customer_id(bank: Bank) -> str:
    """A customer of the officer."""
    return add_customer(bank)


def _visit(customer_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "loan_id": None,
        "purpose": "post_loan",
        "visited_at": "2026-03-10T01:30:00.000Z",
        "staff": "甲、乙",
        "met": "",
        "findings": "正常",
        "ability": None,
        "next_step": "none",
        "next_on": None,
        "position": {"lat": "30.274100", "lon": "120.155100", "accuracy": 8},
        "photos": ["c" * 64],
    }


def _call(customer_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "contact_id": None,
        "relation": "self",
        "channel": "wechat",
        "result": "reached",
        "summary": "",
        "called_at": NOW.isoformat(),
    }


def _write(bank: Bank, kind: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    write = Write(new_id(), "create", fields, new_id(), _DEVICE, NOW)
    written = KINDS[kind].write(bank.session, bank.actor("officer"), write)
    return write.entity_id, dict(written.news)


def test_a_visit_of_a_device(session: Session, bank: Bank, customer_id: str) -> None:
    visit_id, _ = _write(bank, "visit", _visit(customer_id))
    row = session.get_one(Visit, visit_id)
    assert (row.device, row.purpose) == (_DEVICE, "post_loan")
    found = KINDS["visit"].find(session, bank.actor("officer"), visit_id)
    assert found is not None
    assert found.values["position"] == {"lat": 30.2741, "lon": 120.1551, "accuracy": 8}
    assert (found.portfolio, found.branch_id) == (bank.people["officer"], bank.branch_a)


def test_a_promise_of_a_device_tells_its_state(
    session: Session, bank: Bank, customer_id: str
) -> None:
    loan_id = add_loan(bank, customer_id=customer_id)
    fields = {"customer_id": customer_id, "loan_id": loan_id, "amount": 500}
    fields |= {"promised_on": "2026-03-12", "channel": "phone", "note": ""}
    promise_id, news = _write(bank, "promise", fields)
    assert news == {"state": "open", "made_on": TODAY.isoformat()}
    assert session.get_one(Promise, promise_id).amount == 500


def test_a_call_of_a_device(session: Session, bank: Bank, customer_id: str) -> None:
    call_id, _ = _write(bank, "call", _call(customer_id))
    assert session.get_one(Call, call_id).channel == "wechat"


def test_what_is_not_there_is_not_found(session: Session, bank: Bank) -> None:
    assert KINDS["visit"].find(session, bank.actor("officer"), new_id()) is None


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("customer_id", None, "missing"),
        ("customer_id", "no id", "type"),
        ("purpose", 7, "type"),
        ("visited_at", "", "missing"),
        ("visited_at", "2026-03-10T10:00:00", "moment"),
        ("visited_at", "yesterday", "moment"),
        ("visited_at", "9999-12-31T23:59:59-12:00", "moment"),
        ("ability", "4", "type"),
        ("ability", True, "type"),
        ("next_on", "2026-02-30", "date"),
        ("photos", "c" * 64, "type"),
        ("photos", [1], "type"),
        ("position", "here", "type"),
        ("position", {"lat": "91", "lon": "0", "accuracy": 1}, "out_of_range"),
        ("position", {"lat": "nan", "lon": "0", "accuracy": 1}, "out_of_range"),
        ("position", {"lat": [], "lon": {}, "accuracy": "x"}, "type"),
    ],
)
def test_fields_of_the_wrong_shape_are_refused_by_name(
    bank: Bank, customer_id: str, field: str, value: Any, reason: str
) -> None:
    with pytest.raises(Invalid, match=f"{field}: {reason}"):
        _write(bank, "visit", {**_visit(customer_id), field: value})
