"""The desk's pages of what waits from devices: both values, the decision, what comes next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.actions import EditCustomer, update_customer
from server.customers.actions.standing import standing
from server.customers.models import Customer, CustomerContact
from server.database.models import AuditEntry
from server.repayments.models import HeldRepayment, Repayment
from server.replication.models.devices import Device
from server.replication.models.log import ConflictRow, LoggedMutation
from tests.server.bank import TODAY, Bank, add_customer, add_loan, add_repayment
from tests.server.pages import text_of
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


@pytest.fixture
def conflict(session: Session, bank: Bank, device: FieldDevice) -> ConflictRow:
    """The desk wrote 13700000001, the device 13912345678 over 13800156001."""
    customer_id, contact_id = customer_with_phone(bank)
    hold(device, session, "contact", contact_id, {"value": "13800156001"})
    row = session.get_one(Customer, customer_id)
    values = standing(row)
    contacts = (replace(values.contacts[0], value="13700000001"), *values.contacts[1:])
    command = EditCustomer(row.id, row.version, replace(values, contacts=contacts))
    update_customer(session, bank.actor("reviewer2"), command)
    session.commit()
    device.write(NOW_MS, "contact", contact_id, "edit", {"value": "13912345678"})
    device.push(NOW_MS)
    return session.scalars(select(ConflictRow)).one()


@pytest.fixture
def held(session: Session, bank: Bank, device: FieldDevice) -> HeldRepayment:
    """The office took 100 yuan in the morning, the device as well."""
    loan_id = add_loan(bank, customer_id=add_customer(bank, 2))
    add_repayment(bank, loan_id, 100_00, TODAY)
    session.commit()
    values = {"loan_id": loan_id, "amount": 100_00, "paid_on": "2026-03-10", "method": "cash"}
    sent = device.write(NOW_MS, "repayment", new_id(), "create", values)
    device.push(NOW_MS)
    assert outcome_of(device, sent) == ("held", "double_entry")
    return session.scalars(select(HeldRepayment)).one()


def _phone(session: Session, row: ConflictRow) -> str | None:
    session.expire_all()
    return session.get_one(CustomerContact, row.entity_id).value


def _money(session: Session) -> int:
    session.expire_all()
    return sum(session.scalars(select(Repayment.amount)))


def test_the_list_hides_phones_and_the_page_shows_both_whole(
    session: Session, sign_in: SignIn, conflict: ConflictRow
) -> None:
    reviewer = sign_in("reviewer")
    listed = text_of(reviewer, "/conflicts")
    assert "两边改了同一项" in listed
    assert "13912345678" not in listed
    shown = text_of(reviewer, f"/conflicts/{conflict.id}")
    assert "13700000001" in shown
    assert "13912345678" in shown
    assert "13800156001" in shown
    acts = session.scalars(select(AuditEntry.action)).all()
    assert acts.count("conflict.open") == 1


def test_a_decision_through_the_page_stands_and_goes_on_to_the_next(
    session: Session, sign_in: SignIn, conflict: ConflictRow, held: HeldRepayment
) -> None:
    answer = sign_in("reviewer").post(
        f"/conflicts/{conflict.id}/decision", data={"choice": "other", "reason": "电话核实"}
    )
    assert answer.status_code == 303
    assert answer.location == f"/conflicts/payments/{held.id}"
    assert _phone(session, conflict) == "13912345678"


def test_what_changed_after_the_person_looked_is_not_overwritten(
    session: Session, bank: Bank, sign_in: SignIn, conflict: ConflictRow
) -> None:
    reviewer = sign_in("reviewer")
    shown = text_of(reviewer, f"/conflicts/{conflict.id}")
    seen = shown.partition('name="seen" value="')[2].partition('"')[0]
    row = session.get_one(
        Customer, session.get_one(CustomerContact, conflict.entity_id).customer_id
    )
    values = standing(row)
    contacts = (replace(values.contacts[0], value="13700000009"), *values.contacts[1:])
    update_customer(
        session,
        bank.actor("reviewer2"),
        EditCustomer(row.id, row.version, replace(values, contacts=contacts)),
    )
    session.commit()
    reviewer.post(f"/conflicts/{conflict.id}/decision", data={"choice": "other", "seen": seen})
    assert _phone(session, conflict) == "13700000009"
    assert sum(session.scalars(select(ConflictRow.is_open))) == 1


def test_a_second_decision_of_another_kind_is_refused_with_what_was_typed(
    sign_in: SignIn, conflict: ConflictRow
) -> None:
    reviewer = sign_in("reviewer")
    url = f"/conflicts/{conflict.id}/decision"
    reviewer.post(url, data={"choice": "other"})
    answer = reviewer.post(url, data={"choice": "kept", "reason": "以柜台为准"})
    assert answer.status_code == 409
    assert "同事刚刚作了另一个决定" in answer.text
    assert "以柜台为准" in answer.text


def test_an_impossible_third_value_is_refused_and_nothing_is_decided(
    session: Session, sign_in: SignIn, conflict: ConflictRow
) -> None:
    data = {"choice": "value", "value": "12", "reason": "客户口述"}
    answer = sign_in("reviewer").post(f"/conflicts/{conflict.id}/decision", data=data)
    assert answer.status_code == 422
    assert "客户口述" in answer.text
    session.expire_all()
    assert session.get_one(ConflictRow, conflict.id).is_open


@pytest.mark.parametrize(
    ("decision", "status", "money"),
    [("confirm", "confirmed", 200_00), ("join", "joined", 100_00), ("reject", "rejected", 100_00)],
)
def test_a_held_payment_counts_only_when_confirmed(
    session: Session, sign_in: SignIn, held: HeldRepayment, decision: str, status: str, money: int
) -> None:
    reviewer = sign_in("reviewer")
    assert "看起来相同的一笔" in text_of(reviewer, f"/conflicts/payments/{held.id}")
    data = {"decision": decision, "note": "核对过现金"}
    answer = reviewer.post(f"/conflicts/payments/{held.id}/decision", data=data)
    assert answer.status_code == 303
    assert _money(session) == money
    assert session.get_one(HeldRepayment, held.id).status == status


def test_rejecting_a_payment_needs_a_reason(
    session: Session, sign_in: SignIn, held: HeldRepayment
) -> None:
    answer = sign_in("reviewer").post(
        f"/conflicts/payments/{held.id}/decision", data={"decision": "reject", "note": " "}
    )
    assert answer.status_code == 422
    assert "请填写此项" in answer.text
    session.expire_all()
    assert session.get_one(HeldRepayment, held.id).status == "waiting"


def test_an_entry_that_was_not_applied_is_shown_and_rejected_with_a_reason(
    session: Session, sign_in: SignIn, device: FieldDevice
) -> None:
    sent = device.write(NOW_MS, "horoscope", new_id(), "create", {"sign": "<b>龙</b>"})
    device.push(NOW_MS)
    reviewer = sign_in("reviewer")
    shown = text_of(reviewer, f"/conflicts/entries/{sent['id']}")
    assert "&lt;b&gt;龙&lt;/b&gt;" in shown
    url = f"/conflicts/entries/{sent['id']}/decision"
    assert reviewer.post(url, data={"decision": "reject"}).status_code == 422
    assert reviewer.post(url, data={"decision": "reject", "reason": "不用"}).status_code == 303
    session.expire_all()
    assert not session.get_one(LoggedMutation, sent["id"]).is_waiting


def test_todays_page_counts_what_waits(
    sign_in: SignIn, conflict: ConflictRow, held: HeldRepayment
) -> None:
    shown = text_of(sign_in("reviewer"), "/today")
    queue = shown.partition('class="queues"')[2].partition("/conflicts")[2]
    assert ">2<" in queue.partition("</li>")[0]


@pytest.mark.parametrize("username", ["officer", "auditor", "administrator"])
def test_who_may_not_settle_sees_nothing_of_it(
    sign_in: SignIn, conflict: ConflictRow, held: HeldRepayment, username: str
) -> None:
    person = sign_in(username)
    for url in ("/conflicts", f"/conflicts/{conflict.id}"):
        assert person.get(url).status_code in {403, 404}
    data = {"choice": "other", "decision": "confirm"}
    for url in (
        f"/conflicts/{conflict.id}/decision",
        f"/conflicts/payments/{held.id}/decision",
    ):
        assert person.post(url, data=data).status_code in {403, 404}


def test_another_branch_finds_nothing(
    session: Session, bank: Bank, sign_in: SignIn, conflict: ConflictRow, held: HeldRepayment
) -> None:
    session.get_one(User, bank.people["reviewer2"]).branch_id = bank.branch_b
    session.commit()
    other = sign_in("reviewer2")
    assert "13912345678" not in text_of(other, "/conflicts")
    assert other.get(f"/conflicts/{conflict.id}").status_code == 404
    assert other.get(f"/conflicts/payments/{held.id}").status_code == 404


def test_a_device_is_revoked_from_its_list(
    session: Session, sign_in: SignIn, device: FieldDevice
) -> None:
    manager = sign_in("manager")
    assert "officer 的平板" in text_of(manager, "/devices")
    answer = manager.post(f"/devices/{device.device}/revocation", data={"kind": "lost"})
    assert answer.status_code == 303
    session.expire_all()
    assert session.get_one(Device, device.device).revoked_kind == "lost"
    assert sign_in("officer").get("/devices").status_code == 403


def test_an_entry_says_codes_in_words_and_shows_no_ids(
    session: Session, bank: Bank, sign_in: SignIn, device: FieldDevice
) -> None:
    customer_id = add_customer(bank, 3, officer_id=bank.people["officer2"])
    session.commit()
    values = {
        "customer_id": customer_id,
        "purpose": "collection",
        "visited_at": "2026-03-09T10:20:00+08:00",
        "met": "family",
        "findings": "家中只有老人",
    }
    sent = device.write(NOW_MS, "visit", new_id(), "create", values)
    device.push(NOW_MS)
    shown = text_of(sign_in("reviewer"), f"/conflicts/entries/{sent['id']}")
    sheet = shown.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "2026-03-09 10:20" in sheet
    assert "collection" not in sheet
    assert customer_id not in sheet


def test_a_conflict_names_who_wrote_the_standing_value_at_the_desk(
    sign_in: SignIn, conflict: ConflictRow
) -> None:
    shown = text_of(sign_in("reviewer"), f"/conflicts/{conflict.id}")
    kept = shown.partition("现值 · ")[2].partition("</small>")[0]
    assert "2026-03-10" in kept
    assert not kept.startswith("行内")
