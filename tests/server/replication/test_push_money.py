"""Money, feedback and new customers from devices: once each, held where a person must look."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.models import Customer, CustomerContact
from server.feedback.models import Feedback
from server.repayments.models import HeldRepayment, Repayment, ReversalRequest
from server.replication.models.log import LoggedMutation
from tests.server.bank import Bank, add_customer, add_loan, resident_id
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, outcome_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    return enrol(bank, sign_in)


@pytest.fixture
def loan_id(bank: Bank, device: FieldDevice) -> str:
    loan = add_loan(bank, customer_id=add_customer(bank))
    bank.session.commit()
    return loan


def pay(device: FieldDevice, loan_id: str, amount: Any = 100_00, **more: Any) -> dict[str, Any]:
    values = {"loan_id": loan_id, "amount": amount, "paid_on": "2026-03-10", "method": "cash"}
    return device.write(NOW_MS, "repayment", new_id(), "create", values | more)


def _total(session: Session) -> int:
    session.expire_all()
    recorded = session.scalar(select(func.sum(Repayment.amount))) or 0
    held = session.scalar(select(func.sum(HeldRepayment.amount))) or 0
    return recorded + held


def test_several_payments_of_one_push_are_recorded_once_each(
    session: Session, device: FieldDevice, loan_id: str
) -> None:
    first, second = pay(device, loan_id, 100_00), pay(device, loan_id, 200_00)
    body = device.body(NOW_MS)
    device.send(body)
    device.hear(device.send(body), NOW_MS)
    assert outcome_of(device, first) == ("applied", "")
    assert device.results[second["id"]]["news"]["state"] == "confirmed"
    assert device.results[second["id"]]["news"]["receipt_no"].startswith("A01-20260310-")
    assert _total(session) == 300_00


def test_the_same_money_from_two_devices_is_held(
    session: Session, bank: Bank, device: FieldDevice, loan_id: str, sign_in: SignIn
) -> None:
    other = enrol(bank, sign_in)
    pay(device, loan_id, 100_00)
    device.push(NOW_MS)
    again = pay(other, loan_id, 100_00)
    other.push(NOW_MS)
    assert outcome_of(other, again) == ("held", "double_entry")
    assert other.results[again["id"]]["number"] > 0
    assert not session.get_one(LoggedMutation, again["id"]).is_waiting  # it waits with the payments
    assert _total(session) == 200_00


@pytest.mark.parametrize(
    "odd",
    [{"amount": "hundred"}, {"amount": None}, {"paid_on": "someday"}, {"method": None}],
)
def test_what_is_hardly_a_payment_is_kept_whole_for_a_person(
    session: Session, device: FieldDevice, loan_id: str, odd: dict[str, Any]
) -> None:
    draft = pay(device, loan_id, **odd)
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("held", "invalid")
    row = session.get_one(LoggedMutation, draft["id"])
    assert row.is_waiting
    assert json.loads(row.envelope or "") == draft


def test_money_for_a_customer_of_somebody_else_is_held_not_refused(
    session: Session, bank: Bank, device: FieldDevice
) -> None:
    customer = add_customer(bank, 2, officer_id=bank.people["officer2"])
    loan = add_loan(bank, customer_id=customer)
    session.commit()
    draft = pay(device, loan)
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("held", "reassigned")
    assert _total(session) == 100_00


def test_money_for_a_loan_that_nobody_knows_is_held_whole(
    session: Session, device: FieldDevice
) -> None:
    draft = pay(device, "0190a000-0000-7000-8000-00000000beef")
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("held", "unknown_entity")
    assert session.get_one(LoggedMutation, draft["id"]).is_waiting


def test_an_own_entry_of_today_is_reversed_at_once(
    session: Session, device: FieldDevice, loan_id: str
) -> None:
    paid = pay(device, loan_id)
    values = {"repayment_id": paid["entity_id"], "reason": "金额记错"}
    undone = device.write(NOW_MS, "reversal", new_id(), "create", values)
    device.push(NOW_MS)
    assert outcome_of(device, undone) == ("applied", "")
    session.expire_all()
    assert session.get_one(Repayment, paid["entity_id"]).reversed_by_id is not None


def test_the_reversal_of_an_older_entry_asks_another_person(
    session: Session, bank: Bank, device: FieldDevice, loan_id: str
) -> None:
    from tests.server.bank import TODAY, add_repayment

    repayment = add_repayment(bank, loan_id, 100_00, TODAY)
    session.commit()
    values = {"repayment_id": repayment, "reason": "客户说未付"}
    asked = device.write(NOW_MS, "reversal", new_id(), "create", values)
    device.push(NOW_MS)
    assert outcome_of(device, asked) == ("held", "reversal_requested")
    assert session.scalars(select(ReversalRequest)).one().repayment_id == repayment


def new_customer(device: FieldDevice, serial: int = 7, **more: Any) -> dict[str, Any]:
    values = {
        "kind": "person",
        "name": "李小明",
        "id_no": resident_id(serial),
        "mobile": "13612345678",
        "address": "浙江省杭州市西湖区文三路19号",
    }
    return device.write(NOW_MS, "customer", new_id(), "create", values | more)


def test_a_new_customer_and_all_that_was_written_of_him_stand_under_the_devices_ids(
    session: Session, bank: Bank, device: FieldDevice
) -> None:
    made = new_customer(device)
    contact = device.write(
        NOW_MS,
        "contact",
        new_id(),
        "create",
        {"customer_id": made["entity_id"], "kind": "landline", "value": "0571-87654321"},
    )
    said = device.write(
        NOW_MS,
        "feedback",
        new_id(),
        "create",
        {
            "customer_id": made["entity_id"],
            "kind": "praise",
            "category": "service",
            "channel": "visit",
            "content": "服务好",
            "received_on": "2026-03-10",
        },
    )
    device.push(NOW_MS)
    told = [outcome_of(device, each) for each in (made, contact, said)]
    assert told == [("applied", "")] * 3
    row = session.get_one(Customer, made["entity_id"])
    assert (row.name, row.officer_id) == ("李小明", bank.people["officer"])
    assert session.get_one(CustomerContact, contact["entity_id"]).customer_id == row.id
    assert session.get_one(Feedback, said["entity_id"]).content == "服务好"
    assert device.results[said["id"]]["news"]["no"] == "FA0120260001"


def test_a_new_customer_whose_id_number_is_known_is_held_with_all_that_was_written_of_him(
    session: Session, bank: Bank, device: FieldDevice
) -> None:
    known = add_customer(bank, 7, branch_id=bank.branch_b)
    session.commit()
    made = new_customer(device, 7)
    contact = device.write(
        NOW_MS,
        "contact",
        new_id(),
        "create",
        {"customer_id": made["entity_id"], "kind": "landline", "value": "0571-87654321"},
    )
    device.push(NOW_MS)
    assert outcome_of(device, made) == ("held", "duplicate_customer")
    assert outcome_of(device, contact) == ("held", "unknown_entity")
    assert session.get_one(LoggedMutation, made["id"]).about_id == known
    assert known not in json.dumps(device.results)
