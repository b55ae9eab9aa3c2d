"""An answer that was lost and is heard after a pull: the pull told already what went meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.covers.actions import GiveCover, end_cover, give_cover
from server.customers.actions import (
    EditCustomer,
    ReassignCustomers,
    reassign_customers,
    update_customer,
)
from server.customers.actions.standing import standing
from server.customers.models import Customer
from server.database.engine import begin_writing
from tests.server.bank import TODAY, Bank, add_customer, add_loan
from tests.server.replication.device import Draft, FieldDevice, new_id
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, outcome_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
PHONE = "13900000001"


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    """The officer's device after a pull."""
    device = enrol(bank, sign_in)
    device.pull()
    return device


def _lost(device: FieldDevice) -> None:
    """A push that arrives and whose answer does not."""
    assert device.send(device.body(NOW_MS)).status_code == 200


def _payment(device: FieldDevice, loan_id: str) -> Draft:
    values = {"loan_id": loan_id, "amount": 100_00, "paid_on": "2026-03-10", "method": "cash"}
    return device.write(NOW_MS, "repayment", new_id(), "create", values)


def _loan(bank: Bank, officer: str) -> tuple[str, str]:
    begin_writing(bank.session)
    customer_id = add_customer(bank, officer_id=bank.people[officer])
    loan_id = add_loan(bank, customer_id=customer_id)
    bank.session.commit()
    return customer_id, loan_id


def _is_heard_and_not_kept(device: FieldDevice, draft: Draft) -> bool:
    """The answer is heard after one pull; the next pull finds nothing to repair."""
    device.pull()
    device.sync(NOW_MS)
    assert outcome_of(device, draft) == ("applied", "")
    assert device.outbox == []
    return (draft["entity"], draft["entity_id"]) not in device.rows and device.repairs == 0


def test_what_went_to_another_officer_is_not_kept(bank: Bank, device: FieldDevice) -> None:
    customer_id, loan_id = _loan(bank, "officer")
    device.pull()
    paid = _payment(device, loan_id)
    _lost(device)

    begin_writing(bank.session)
    command = ReassignCustomers((customer_id,), bank.people["officer2"], "片区调整")
    reassign_customers(bank.session, bank.actor("manager"), command)
    bank.session.commit()

    assert _is_heard_and_not_kept(device, paid)


def test_what_went_with_a_cover_is_not_kept(bank: Bank, device: FieldDevice) -> None:
    _, loan_id = _loan(bank, "officer2")
    begin_writing(bank.session)
    people = (bank.people["officer2"], bank.people["officer"])
    cover = give_cover(
        bank.session, bank.actor("manager"), GiveCover(*people, TODAY, TODAY, "年休假")
    )
    bank.session.commit()
    device.pull()
    paid = _payment(device, loan_id)
    _lost(device)

    begin_writing(bank.session)
    end_cover(bank.session, bank.actor("manager"), cover)
    bank.session.commit()

    assert _is_heard_and_not_kept(device, paid)


def test_what_was_taken_away_is_not_kept(bank: Bank, device: FieldDevice) -> None:
    customer_id, _ = _loan(bank, "officer")
    device.pull()
    values = {"customer_id": customer_id, "kind": "mobile", "relation": "work", "value": PHONE}
    added = device.write(NOW_MS, "contact", new_id(), "create", values)
    _lost(device)

    begin_writing(bank.session)
    row = bank.session.get_one(Customer, customer_id)
    old = standing(row)
    contacts = tuple(each for each in old.contacts if each.value != PHONE)
    assert len(contacts) < len(old.contacts)
    command = EditCustomer(row.id, row.version, replace(old, contacts=contacts))
    update_customer(bank.session, bank.actor("reviewer"), command)
    bank.session.commit()

    assert _is_heard_and_not_kept(device, added)


def test_what_still_stands_is_kept_by_the_answer(bank: Bank, device: FieldDevice) -> None:
    _, loan_id = _loan(bank, "officer")
    device.pull()
    paid = _payment(device, loan_id)
    _lost(device)
    device.pull()
    device.push(NOW_MS)
    assert ("repayment", paid["entity_id"]) in device.rows
    device.pull()
    assert device.repairs == 0
