"""Customers are changed field by field; nobody's change is overwritten unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers import actions, queries
from server.customers.actions import Contact, EditCustomer, ReassignCustomers
from server.customers.models import Customer
from server.database.models import AuditEntry
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.server.bank import Bank, a_customer, add_customer, resident_id


def _edit(bank: Bank, customer_id: str, version: int = 1, **changes: Any) -> EditCustomer:
    standing = actions.standing_customers(bank.session, bank.actor("officer"), [customer_id])
    return EditCustomer(customer_id, version, replace(standing[customer_id], **changes))


def _last_note(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()  # type: ignore[return-value]


def test_a_change_is_written_and_told_with_its_old_value(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    session.commit()
    command = _edit(bank, customer_id, name="张无忌", bank_card="6222020000000099999")
    changes = actions.update_customer(session, bank.actor("officer2"), command)
    session.commit()
    assert changes["name"] == ["张三丰", "张无忌"]
    row = session.get_one(Customer, customer_id)
    assert (row.name, row.version, row.bank_card) == ("张无忌", 2, "6222020000000099999")
    note = _last_note(session)
    assert note.action == "customer.update"
    assert note.changes["bank_card"] == ["622202*********0001", "622202*********9999"]
    assert note.changes["version"] == [1, 2]


def test_an_edit_that_changes_nothing_writes_nothing(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    session.commit()
    assert actions.update_customer(session, bank.actor("officer"), _edit(bank, customer_id)) == {}
    session.commit()
    assert session.get_one(Customer, customer_id).version == 1
    assert _last_note(session).action == "customer.create"


def test_what_is_kept_needs_not_be_sent_again(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    session.commit()
    row = session.get_one(Customer, customer_id)
    first, second = row.contacts
    address = row.addresses[0]
    sent = a_customer(
        bank,
        id_no="",
        bank_card="",
        monthly_income=None,
        contacts=(
            Contact("mobile", "", "self", "", first.id),
            Contact("mobile", "13911111111", "emergency", "赵六", second.id),
        ),
        addresses=(actions.Address("", "household", address.id),),
    )
    command = EditCustomer(customer_id, 1, sent, keep=frozenset(actions.SEALED))
    changes = actions.update_customer(session, bank.actor("officer"), command)
    session.commit()
    assert set(changes) == {"contacts", "addresses"}
    row = session.get_one(Customer, customer_id)
    assert (row.id_no, row.bank_card) == (resident_id(1), "6222020000000000001")
    assert row.employment is not None
    assert row.employment.monthly_income == "850000"
    assert [(each.id, each.value) for each in row.contacts] == [
        (first.id, "13800156001"),
        (second.id, "13911111111"),
    ]
    assert row.addresses[0].address == "浙江省杭州市西湖区文三路18号"
    assert row.addresses[0].kind == "household"


def test_the_id_of_anothers_contact_is_no_way_to_its_number(session: Session, bank: Bank) -> None:
    mine, other = add_customer(bank, 1), add_customer(bank, 2)
    session.commit()
    stolen = session.get_one(Customer, other).contacts[0].id
    command = _edit(bank, mine, contacts=(Contact("mobile", "", "self", "", stolen),))
    with pytest.raises(Invalid, match=r"contacts.0.value: missing"):
        actions.update_customer(session, bank.actor("officer"), command)


def test_the_second_of_two_editors_is_shown_both_versions(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    session.commit()
    mine = _edit(bank, customer_id, remark="我的备注")
    theirs = _edit(bank, customer_id, employer="东湖茶行", id_no=resident_id(9))
    actions.update_customer(session, bank.actor("officer2"), theirs)
    session.commit()
    with pytest.raises(Conflict) as refused:
        actions.update_customer(session, bank.actor("officer"), mine)
    both = refused.value
    assert (both.current["employer"], both.entered["employer"]) == ("东湖茶行", "西湖茶行")
    assert (both.current["remark"], both.entered["remark"]) == ("老客户", "我的备注")
    assert resident_id(9) not in str(both.current)
    since = queries.changed_since(session, customer_id, 1)
    assert (set(since.before), since.who) == ({"employer", "id_no"}, "officer2 员工")
    session.rollback()
    assert session.get_one(Customer, customer_id).remark == "老客户"


def test_search_follows_a_change_and_keeps_terms_of_others(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    actions.add_search_terms(session, customer_id, bank.branch_a, ["HT-2026-001"])
    session.commit()
    command = _edit(bank, customer_id, name="李逍遥", contacts=(Contact("mobile", "13700008888"),))
    actions.update_customer(session, bank.actor("officer"), command)
    session.commit()

    def found(text: str) -> int:
        return len(queries.search(session, bank.actor("officer"), text))

    assert [found(each) for each in ("lxy", "逍遥", "8888", "ht-2026", "CA01")] == [1] * 5
    assert [found(each) for each in ("zsf", "张", "6001")] == [0] * 3


def test_an_id_number_of_somebody_else_is_refused(session: Session, bank: Bank) -> None:
    add_customer(bank, 3)
    customer_id = add_customer(bank, 1)
    with pytest.raises(Invalid, match="id_no: taken"):
        actions.update_customer(
            session, bank.actor("officer"), _edit(bank, customer_id, id_no=resident_id(3))
        )


def test_an_incomplete_customer_may_be_edited_and_completed(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank, id_no="", contacts=(), incomplete=("id_no", "mobile"))
    session.commit()
    actions.update_customer(
        session, bank.actor("officer"), _edit(bank, customer_id, remark="待补", incomplete=())
    )
    session.commit()
    assert session.get_one(Customer, customer_id).incomplete == ["id_no", "mobile"]
    full = _edit(
        bank, customer_id, 2, id_no=resident_id(5), contacts=(Contact("mobile", "13800138000"),)
    )
    actions.update_customer(session, bank.actor("officer"), full)
    session.commit()
    row = session.get_one(Customer, customer_id)
    assert (row.incomplete, row.complete, row.gender) == ([], True, "M")


def test_a_number_once_given_cannot_be_taken_away(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    with pytest.raises(Invalid, match="id_no: missing"):
        actions.update_customer(session, bank.actor("officer"), _edit(bank, customer_id, id_no=""))


def test_a_customer_of_another_branch_does_not_exist(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    command = _edit(bank, customer_id, remark="x")
    with pytest.raises(NotFound):
        actions.update_customer(session, bank.actor("officer_b"), command)


def test_who_may_only_read_changes_nothing(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    with pytest.raises(NotAllowed):
        actions.update_customer(
            session, bank.actor("auditor"), _edit(bank, customer_id, remark="x")
        )


def test_customers_are_handed_to_an_officer_of_their_branch(session: Session, bank: Bank) -> None:
    ids = (add_customer(bank, 1), add_customer(bank, 2))
    session.commit()
    command = ReassignCustomers(ids, bank.people["officer2"], "调岗")
    assert actions.reassign_customers(session, bank.actor("manager"), command) == 2
    session.commit()
    assert session.get_one(Customer, ids[0]).officer_id == bank.people["officer2"]
    note = _last_note(session)
    assert note.reason == "调岗"
    assert note.changes["officer_id"] == ["officer 员工", "officer2 员工"]
    assert actions.reassign_customers(session, bank.actor("manager"), command) == 0


@pytest.mark.parametrize(
    ("who", "to", "refusal"),
    [
        ("officer", "officer2", NotAllowed),
        ("manager", "officer_b", Invalid),
        ("manager", "auditor", Invalid),
    ],
)
def test_customers_are_not_handed_over(
    session: Session, bank: Bank, who: str, to: str, refusal: type[Exception]
) -> None:
    command = ReassignCustomers((add_customer(bank),), bank.people[to])
    with pytest.raises(refusal):
        actions.reassign_customers(session, bank.actor(who), command)


@pytest.mark.parametrize("field", ["id_no", "bank_card", "monthly_income"])
def test_a_field_is_shown_in_clear_and_the_showing_is_noted(
    session: Session, bank: Bank, field: str
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    shown = actions.reveal_field(session, bank.actor("risk"), customer_id, field)
    session.commit()
    clear = {
        "id_no": resident_id(1),
        "bank_card": "6222020000000000001",
        "monthly_income": "8,500.00",
    }
    assert shown.value == clear[field]
    assert "*" in shown.masked
    note = _last_note(session)
    assert (note.action, note.changes) == ("customer.reveal", {"revealed": [None, field]})


def test_contacts_and_addresses_are_shown_in_clear(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    session.commit()
    detail = queries.customer_detail(session, bank.actor("officer"), customer_id)
    phone = actions.reveal_contact(
        session, bank.actor("officer"), customer_id, detail.contacts[0].id
    )
    home = actions.reveal_address(
        session, bank.actor("officer"), customer_id, detail.addresses[0].id
    )
    assert (phone.value, phone.masked) == ("13800156001", "138****6001")
    assert (home.value, home.masked) == ("浙江省杭州市西湖区文三路18号", "浙江省杭州市西湖区****")


def test_nothing_is_shown_in_clear_without_leave(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    with pytest.raises(NotAllowed):
        actions.reveal_field(session, bank.actor("auditor"), customer_id, "id_no")
    with pytest.raises(NotFound):
        actions.reveal_field(session, bank.actor("officer_b"), customer_id, "id_no")
