"""Edits from devices: they stand, join, or wait for a person; nothing is overwritten unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import EditCustomer, update_customer
from server.customers.actions.standing import standing
from server.customers.models import Customer, CustomerContact
from server.database.models import Change
from server.replication.models.log import ConflictRow, LoggedMutation
from tests.server.bank import Bank, add_customer
from tests.server.replication.device import new_id
from tests.server.replication.pushing import (
    NOW_MS,
    SignIn,
    customer_with_phone,
    enrol,
    hold,
    outcome_of,
)

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


def _phone(session: Session, contact_id: str) -> str | None:
    session.expire_all()
    return session.get_one(CustomerContact, contact_id).value


def _desk_edits_phone(bank: Bank, customer_id: str, value: str) -> None:
    row = bank.session.get_one(Customer, customer_id)
    values = standing(row)
    first, *rest = values.contacts
    contacts = (replace(first, value=value), *rest)
    command = EditCustomer(row.id, row.version, replace(values, contacts=contacts))
    update_customer(bank.session, bank.actor("reviewer"), command)
    bank.session.commit()


def test_a_changed_phone_stands(session: Session, bank: Bank, sign_in: SignIn) -> None:
    _, contact_id = customer_with_phone(bank)
    device = enrol(bank, sign_in)
    hold(device, session, "contact", contact_id, {"value": "13800156001"})
    draft = device.write(NOW_MS, "contact", contact_id, "edit", {"value": "139 1234 5678"})
    answer = device.push(NOW_MS)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert outcome_of(device, draft) == ("applied", "")
    assert _phone(session, contact_id) == "13912345678"
    assert device.rows["contact", contact_id].document["value"] == "13912345678"
    assert device.outbox == []


def test_a_phone_that_the_desk_changed_too_is_a_conflict_and_both_are_kept(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id, contact_id = customer_with_phone(bank)
    device = enrol(bank, sign_in)
    hold(device, session, "contact", contact_id, {"value": "13800156001", "person_name": ""})
    _desk_edits_phone(bank, customer_id, "13700000001")
    draft = device.write(
        NOW_MS, "contact", contact_id, "edit", {"value": "13912345678", "person_name": "老张"}
    )
    device.push(NOW_MS)
    assert outcome_of(device, draft) == ("conflict", "")
    assert _phone(session, contact_id) == "13700000001"
    assert session.get_one(CustomerContact, contact_id).person_name == "老张"
    row = session.scalars(select(ConflictRow)).one()
    assert (row.field, row.is_open, row.customer_id) == ("value", True, customer_id)
    assert row.values == '{"base":"13800156001","kept":"13700000001","other":"13912345678"}'
    assert device.results[draft["id"]]["conflicts"] == [row.id]
    assert device.results[draft["id"]]["news"]["value"] == "13700000001"


def test_a_remark_written_later_stands_over_the_desks_and_the_loser_is_kept(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    bank.session.commit()
    device = enrol(bank, sign_in)
    hold(device, session, "customer", customer_id, {"remark": "老客户"})
    row = session.get_one(Customer, customer_id)
    values = replace(standing(row), remark="桌面写的")
    update_customer(session, bank.actor("reviewer"), EditCustomer(row.id, row.version, values))
    session.commit()
    device.skew_ms = 0
    later = NOW_MS + 86_400_000 * 400  # the desk's stamp is of the real clock
    draft = device.write(later, "customer", customer_id, "edit", {"remark": "现场写的"})
    device.push(later)
    outcome, _ = outcome_of(device, draft)
    assert outcome in {"merged", "conflict"}
    kept = session.scalars(select(ConflictRow)).one()
    assert not kept.is_open
    assert kept.values is not None
    assert "现场写的" in kept.values
    assert "桌面写的" in kept.values


def test_two_edits_of_one_push_follow_each_other(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    _, contact_id = customer_with_phone(bank)
    device = enrol(bank, sign_in)
    hold(device, session, "contact", contact_id, {"value": "13800156001"})
    first = device.write(NOW_MS, "contact", contact_id, "edit", {"value": "13912345678"})
    second = device.write(NOW_MS, "contact", contact_id, "edit", {"value": "13912345679"})
    device.push(NOW_MS)
    assert [outcome_of(device, each)[0] for each in (first, second)] == ["applied", "applied"]
    assert _phone(session, contact_id) == "13912345679"


def test_a_repeat_gets_the_stored_answer_and_changes_nothing(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    _, contact_id = customer_with_phone(bank)
    device = enrol(bank, sign_in)
    hold(device, session, "contact", contact_id, {"value": "13800156001"})
    device.write(NOW_MS, "contact", contact_id, "edit", {"value": "13912345678"})
    body = device.body(NOW_MS)
    first, again = device.send(body), device.send(body)
    assert first.get_json()["results"] == again.get_json()["results"]
    assert len(session.scalars(select(LoggedMutation)).all()) == 1


def test_an_edit_of_fields_is_not_echoed(session: Session, bank: Bank, sign_in: SignIn) -> None:
    customer_id, contact_id = customer_with_phone(bank)
    device = enrol(bank, sign_in)
    hold(device, session, "contact", contact_id, {"value": "13800156001"})
    hold(device, session, "customer", customer_id, {"remark": "老客户"})
    device.write(NOW_MS, "contact", contact_id, "edit", {"value": "13912345678"})
    device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "新"})
    device.push(NOW_MS)
    rows = session.execute(
        select(Change.entity, Change.device).where(Change.entity.in_(("contact", "customer")))
    ).all()
    marked = {row.entity for row in rows if row.device == device.device}
    assert marked == {"contact", "customer"}


def test_a_contact_made_and_taken_away_on_the_device(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id, _ = customer_with_phone(bank)
    device, contact_id = enrol(bank, sign_in), new_id()
    made = device.write(
        NOW_MS,
        "contact",
        contact_id,
        "create",
        {"customer_id": customer_id, "kind": "mobile", "relation": "work", "value": "13512345678"},
    )
    device.push(NOW_MS)
    assert outcome_of(device, made) == ("applied", "")
    assert _phone(session, contact_id) == "13512345678"
    gone = device.write(NOW_MS, "contact", contact_id, "edit", {"deleted": True})
    device.push(NOW_MS)
    assert outcome_of(device, gone) == ("applied", "")
    session.expire_all()
    assert session.get(CustomerContact, contact_id) is None
    assert ("contact", contact_id) not in device.rows


def test_an_edit_brings_back_what_the_desk_took_away(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    row = session.get_one(Customer, customer_id)
    values = standing(row)
    spouse = values.contacts[1]
    device = enrol(bank, sign_in)
    hold(device, session, "contact", spouse.id or "", {"value": spouse.value})
    command = EditCustomer(row.id, row.version, replace(values, contacts=values.contacts[:1]))
    update_customer(session, bank.actor("reviewer"), command)
    session.commit()
    draft = device.write(NOW_MS, "contact", spouse.id or "", "edit", {"person_name": "王六"})
    device.push(NOW_MS)
    assert outcome_of(device, draft)[0] == "merged"
    session.expire_all()
    back = session.get_one(CustomerContact, spouse.id)
    assert (back.person_name, back.value, back.customer_id) == ("王六", spouse.value, customer_id)
    conflict = session.scalars(select(ConflictRow)).one()
    assert (conflict.field, conflict.is_open) == ("deleted", True)


def test_a_contact_made_and_taken_away_in_one_push_is_gone(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id, _ = customer_with_phone(bank)
    device, contact_id = enrol(bank, sign_in), new_id()
    device.pull()
    values = {"customer_id": customer_id, "kind": "mobile", "value": "13512345678"}
    device.write(NOW_MS, "contact", contact_id, "create", values)
    gone = device.write(NOW_MS, "contact", contact_id, "edit", {"deleted": True})
    device.sync(NOW_MS)
    assert outcome_of(device, gone) == ("applied", "")
    assert session.get(CustomerContact, contact_id) is None
    assert ("contact", contact_id) not in device.rows
    assert device.repairs == 0


def test_an_edit_waits_for_the_creation_that_another_device_still_has(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    """As after a restore from backup: what one had pulled of the other is not here yet."""
    customer_id, _ = customer_with_phone(bank)
    maker, editor, contact_id = enrol(bank, sign_in), enrol(bank, sign_in), new_id()
    edit = editor.write(NOW_MS, "contact", contact_id, "edit", {"person_name": "王六"})
    editor.push(NOW_MS)
    assert outcome_of(editor, edit) == ("held", "unknown_entity")
    values = {"customer_id": customer_id, "kind": "mobile", "value": "13512345678"}
    maker.write(NOW_MS, "contact", contact_id, "create", values)
    maker.push(NOW_MS)
    session.expire_all()
    assert session.get_one(CustomerContact, contact_id).person_name == "王六"
    row = session.get_one(LoggedMutation, edit["id"])
    assert (row.is_waiting, row.became) == (False, "applied")
