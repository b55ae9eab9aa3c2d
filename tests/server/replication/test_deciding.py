"""What a reviewer decides is itself a change: told to the officer, and able to conflict."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import EditCustomer, update_customer
from server.customers.actions.standing import standing
from server.customers.models import Customer, CustomerContact
from server.database.models import AuditEntry, Change
from server.database.notices import Notice
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.replication.actions.conflicts import SettleConflict, decide_conflict
from server.replication.actions.held import DecideHeld, decide_held
from server.replication.models.log import ConflictRow, LoggedMutation
from sync.outcome import Outcome
from tests.server.bank import Bank, add_customer, resident_id
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import (
    NOW_MS,
    SignIn,
    customer_with_phone,
    enrol,
    hold,
    outcome_of,
)

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    return enrol(bank, sign_in)


def _desk_edits_phone(bank: Bank, customer_id: str, value: str) -> None:
    row = bank.session.get_one(Customer, customer_id)
    values = standing(row)
    contacts = (replace(values.contacts[0], value=value), *values.contacts[1:])
    command = EditCustomer(row.id, row.version, replace(values, contacts=contacts))
    update_customer(bank.session, bank.actor("reviewer2"), command)
    bank.session.commit()


@pytest.fixture
def conflict(session: Session, bank: Bank, device: FieldDevice) -> ConflictRow:
    """The desk wrote 13700000001, the device 13912345678 over 13800156001."""
    customer_id, contact_id = customer_with_phone(bank)
    hold(device, session, "contact", contact_id, {"value": "13800156001"})
    _desk_edits_phone(bank, customer_id, "13700000001")
    device.write(NOW_MS, "contact", contact_id, "edit", {"value": "13912345678"})
    device.push(NOW_MS)
    return session.scalars(select(ConflictRow)).one()


def _phone(session: Session, row: ConflictRow) -> str | None:
    session.expire_all()
    return session.get_one(CustomerContact, row.entity_id).value


def _settle(bank: Bank, row: ConflictRow, choice: str, **more: Any) -> Outcome:
    who = more.pop("by", "reviewer")
    outcome = decide_conflict(
        bank.session, bank.actor(who), SettleConflict(row.id, choice, "电话核实", **more)
    )
    bank.session.commit()
    return outcome


@pytest.mark.parametrize(
    ("choice", "value", "stands"),
    [
        ("kept", None, "13700000001"),
        ("other", None, "13912345678"),
        ("value", "13511112222", "13511112222"),
    ],
)
def test_the_chosen_value_stands_and_the_officer_is_told(
    session: Session, bank: Bank, conflict: ConflictRow, choice: str, value: Any, stands: str
) -> None:
    before = _number(session, conflict)
    assert _settle(bank, conflict, choice, value=value) is Outcome.APPLIED
    assert _phone(session, conflict) == stands
    assert not conflict.is_open
    assert (conflict.choice, conflict.decided_by) == (choice, bank.people["reviewer"])
    assert _number(session, conflict) > before
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.kind) == (bank.people["officer"], "conflict_settled")
    assert json.loads(notice.params or "")["value"] == stands
    audited = session.scalars(select(AuditEntry).where(AuditEntry.action == "conflict.settle"))
    assert audited.one().reason == "电话核实"


def _number(session: Session, row: ConflictRow) -> int:
    query = select(Change.number).where(
        Change.entity == row.entity, Change.entity_id == row.entity_id
    )
    return session.scalars(query).one()


def test_a_decision_made_twice_answers_the_same(
    session: Session, bank: Bank, conflict: ConflictRow
) -> None:
    _settle(bank, conflict, "other")
    assert _settle(bank, conflict, "other") is Outcome.APPLIED
    assert len(session.scalars(select(Notice)).all()) == 1


def test_a_second_reviewer_who_decides_otherwise_is_shown_the_first_decision(
    bank: Bank, conflict: ConflictRow
) -> None:
    _settle(bank, conflict, "other")
    with pytest.raises(Conflict):
        _settle(bank, conflict, "kept", by="reviewer2")


def test_a_decision_over_a_field_that_changed_since_becomes_a_conflict(
    session: Session, bank: Bank, conflict: ConflictRow
) -> None:
    seen = _number(session, conflict)
    _desk_edits_phone(bank, conflict.customer_id or "", "13700000002")
    assert _settle(bank, conflict, "other", seen=seen) is Outcome.CONFLICT
    assert _phone(session, conflict) == "13700000002"
    again = session.scalars(select(ConflictRow).where(ConflictRow.is_open)).one()
    assert json.loads(again.values or "")["other"] == "13912345678"


def test_the_device_that_pulled_the_decision_edits_on_without_a_conflict(
    session: Session, bank: Bank, device: FieldDevice, conflict: ConflictRow
) -> None:
    _settle(bank, conflict, "other")
    hold(device, session, "contact", conflict.entity_id, {"value": "13912345678"})
    draft = device.write(NOW_MS, "contact", conflict.entity_id, "edit", {"value": "13912345679"})
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("applied", "")


def test_an_officer_does_not_settle(bank: Bank, conflict: ConflictRow) -> None:
    with pytest.raises(NotAllowed):
        _settle(bank, conflict, "other", by="officer")


def test_another_branch_sees_no_conflict(bank: Bank, conflict: ConflictRow) -> None:
    actor = replace(bank.actor("reviewer"), branch_id=bank.branch_b)
    with pytest.raises(NotFound):
        decide_conflict(bank.session, actor, SettleConflict(conflict.id, "kept"))


def test_a_value_that_is_no_phone_is_refused_at_its_field(
    bank: Bank, conflict: ConflictRow
) -> None:
    with pytest.raises(Invalid) as refused:
        _settle(bank, conflict, "value", value="12")
    assert refused.value.field == "value"
    bank.session.rollback()
    assert conflict.is_open


def _held_feedback(device: FieldDevice, customer_id: str) -> dict[str, Any]:
    return device.write(
        NOW_MS,
        "feedback",
        new_id(),
        "create",
        {
            "customer_id": customer_id,
            "kind": "question",
            "category": "service",
            "channel": "pigeon",
            "content": "何时放款",
            "received_on": "2026-03-09",
        },
    )


@pytest.fixture
def rejected(bank: Bank, device: FieldDevice) -> dict[str, Any]:
    """Feedback by a channel that there is none of."""
    customer_id = add_customer(bank)
    bank.session.commit()
    draft = _held_feedback(device, customer_id)
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("rejected", "invalid channel unknown")
    return draft


def test_a_rejected_entry_put_right_counts_in_its_authors_name(
    session: Session, bank: Bank, rejected: dict[str, Any]
) -> None:
    from server.feedback.models import Feedback

    command = DecideHeld(rejected["id"], "apply", values={"channel": "visit"})
    assert decide_held(session, bank.actor("reviewer"), command) is Outcome.APPLIED
    session.commit()
    row = session.get_one(Feedback, rejected["entity_id"])
    assert (row.channel, row.recorded_by) == ("visit", bank.people["officer"])
    stored = session.get_one(LoggedMutation, rejected["id"])
    assert (stored.is_waiting, stored.decision, stored.became) == (False, "apply", "applied")
    assert session.scalars(select(Notice)).one().kind == "held_applied"
    assert decide_held(session, bank.actor("reviewer"), command) is Outcome.APPLIED


def test_an_entry_that_still_cannot_be_stays_in_the_list(
    session: Session, bank: Bank, rejected: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        decide_held(session, bank.actor("reviewer"), DecideHeld(rejected["id"], "apply"))
    assert (refused.value.field, refused.value.reason) == ("channel", "unknown")
    session.rollback()
    assert session.get_one(LoggedMutation, rejected["id"]).is_waiting


def test_an_entry_is_rejected_for_good_with_a_reason(
    session: Session, bank: Bank, rejected: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        decide_held(session, bank.actor("reviewer"), DecideHeld(rejected["id"], "reject"))
    command = DecideHeld(rejected["id"], "reject", "重复")
    assert decide_held(session, bank.actor("reviewer"), command) is Outcome.REJECTED
    session.commit()
    assert not session.get_one(LoggedMutation, rejected["id"]).is_waiting
    assert session.scalars(select(Notice)).one().kind == "held_rejected"
    with pytest.raises(Conflict):
        decide_held(session, bank.actor("reviewer"), DecideHeld(rejected["id"], "apply"))


def test_a_held_new_customer_with_its_number_put_right_brings_what_waited_for_it(
    session: Session, bank: Bank, device: FieldDevice
) -> None:
    add_customer(bank, 7)
    session.commit()
    values = {"kind": "person", "name": "李小明", "id_no": resident_id(7), "mobile": "13612345678"}
    made = device.write(NOW_MS, "customer", new_id(), "create", values)
    device.write(
        NOW_MS,
        "contact",
        new_id(),
        "create",
        {"customer_id": made["entity_id"], "kind": "landline", "value": "0571-87654321"},
    )
    device.push(NOW_MS)
    command = DecideHeld(made["id"], "apply", values={"id_no": resident_id(9)})
    assert decide_held(session, bank.actor("reviewer"), command) is Outcome.APPLIED
    session.commit()
    contacts = session.scalars(
        select(CustomerContact).where(CustomerContact.customer_id == made["entity_id"])
    ).all()
    assert {each.kind for each in contacts} == {"mobile", "landline"}
    waiting = session.scalars(select(LoggedMutation).where(LoggedMutation.is_waiting)).all()
    assert waiting == []


def test_nobody_decides_about_an_own_entry(session: Session, bank: Bank, sign_in: SignIn) -> None:
    device = enrol(bank, sign_in, "reviewer")
    customer_id = add_customer(bank)
    session.commit()
    draft = _held_feedback(device, customer_id)
    device.push(NOW_MS)
    with pytest.raises(Invalid) as refused:
        decide_held(session, bank.actor("reviewer"), DecideHeld(draft["id"], "apply"))
    assert refused.value.reason == "own_entry"
