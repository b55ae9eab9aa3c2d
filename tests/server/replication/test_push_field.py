"""Visits, promises, contacts and cash from devices: written once, and back on the device."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.repayments.models import Handover
from server.visits.models import Call, Promise, Visit
from tests.server.bank import Bank, add_customer, add_loan
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, outcome_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    return enrol(bank, sign_in)


@pytest.fixture
def customer_id(bank: Bank, device: FieldDevice) -> str:
    customer = add_customer(bank)
    bank.session.commit()
    return customer


def _visit(customer_id: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "loan_id": None,
        "purpose": "collection",
        "visited_at": "2026-03-10T01:20:00.000Z",
        "staff": "officer 员工、李四",
        "met": "self",
        "findings": "客户答应周五还款",
        "ability": 4,
        "next_step": "call",
        "next_on": "2026-03-13",
        "position": {"lat": "30.274100", "lon": "120.155100", "accuracy": 9},
        "photos": ["a" * 64],
        **more,
    }


def _sent(device: FieldDevice, entity: str, values: dict[str, Any]) -> dict[str, Any]:
    draft = device.write(NOW_MS, entity, new_id(), "create", values)
    body = device.body(NOW_MS)
    device.send(body)
    device.hear(device.send(body), NOW_MS)
    return draft


def test_a_visit_sent_twice_is_one_visit(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    draft = _sent(device, "visit", _visit(customer_id))
    assert outcome_of(device, draft) == ("applied", "")
    row = session.scalars(select(Visit)).one()
    assert (row.id, row.device, row.outside_rules) == (draft["entity_id"], device.device, [])


def test_a_promise_and_a_call_are_written(
    session: Session, bank: Bank, device: FieldDevice, customer_id: str
) -> None:
    loan_id = add_loan(bank, customer_id=customer_id)
    bank.session.commit()
    promise = {"customer_id": customer_id, "loan_id": loan_id, "amount": 500_00}
    promise |= {"promised_on": "2026-03-13", "channel": "visit", "note": "发工资后"}
    call = {"customer_id": customer_id, "contact_id": None, "relation": "self"}
    call |= {"channel": "phone", "result": "reached", "summary": "已提醒"}
    call |= {"called_at": "2026-03-10T01:25:00.000Z"}
    assert outcome_of(device, _sent(device, "promise", promise)) == ("applied", "")
    assert outcome_of(device, _sent(device, "call", call)) == ("applied", "")
    assert session.scalars(select(Promise.state)).one() == "open"
    assert session.scalars(select(Call.result)).one() == "reached"


def test_what_broke_the_rules_is_taken_and_says_so(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    alone = _visit(customer_id, staff="officer 员工", visited_at="2026-03-09T23:30:00.000Z")
    assert outcome_of(device, _sent(device, "visit", alone)) == ("applied", "")
    assert session.scalars(select(Visit.outside_rules)).one() == ["quiet_hours", "alone"]


def test_an_unknown_purpose_is_rejected_and_blocks_nothing(
    session: Session, device: FieldDevice, customer_id: str
) -> None:
    wrong = device.write(NOW_MS, "visit", new_id(), "create", _visit(customer_id, purpose="tea"))
    right = device.write(NOW_MS, "visit", new_id(), "create", _visit(customer_id))
    device.hear(device.send(device.body(NOW_MS)), NOW_MS)
    assert outcome_of(device, wrong)[0] == "rejected"
    assert outcome_of(device, right) == ("applied", "")
    assert len(session.scalars(select(Visit)).all()) == 1


def test_cash_is_handed_in(session: Session, device: FieldDevice) -> None:
    draft = _sent(device, "handover", {"day": "2026-03-10", "counted": 12_300, "note": ""})
    assert outcome_of(device, draft) == ("applied", "")
    assert session.scalars(select(Handover.counted)).one() == 12_300
