"""What the feed hears of a customer: who changed, in which fields, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import (
    Address,
    Contact,
    EditCustomer,
    ReassignCustomers,
    reassign_customers,
    standing_customers,
    update_customer,
)
from server.customers.models import CustomerAddress, CustomerContact
from server.database import record
from server.database.engine import begin_writing
from server.database.models import Change, Exit, FieldChange
from tests.server.bank import TODAY, Bank, add_customer, add_loan, add_repayment


@pytest.fixture
def customer_id(session: Session, bank: Bank) -> str:
    begin_writing(session)
    made = add_customer(bank)
    session.commit()
    return made


def _edit(bank: Bank, customer_id: str, **changes: Any) -> dict[str, set[str]]:
    """Edit as a form does; gives the fields that the feed names, by kind (gone: `-kind`)."""
    session = bank.session
    begin_writing(session)
    actor = bank.actor("officer")
    values = replace(standing_customers(session, actor, [customer_id])[customer_id], **changes)
    update_customer(session, actor, EditCustomer(customer_id, 1, values))
    numbers = record.settle(session)
    session.commit()
    rows = session.execute(
        select(FieldChange.entity, FieldChange.entity_id, FieldChange.field).where(
            FieldChange.number.in_(numbers.values())
        )
    ).all()
    told: dict[str, set[str]] = {}
    for kind, key in numbers:
        gone = session.get_one(Change, (kind, key)).gone
        told.setdefault("-" + kind if gone else kind, set()).update(
            row.field for row in rows if (row.entity, row.entity_id) == (kind, key)
        )
    return told


def _contacts(bank: Bank, customer_id: str) -> list[Contact]:
    actor = bank.actor("officer")
    return list(standing_customers(bank.session, actor, [customer_id])[customer_id].contacts)


def test_making_names_no_fields(session: Session, bank: Bank, customer_id: str) -> None:
    assert session.scalars(select(FieldChange)).all() == []
    kinds = session.scalars(select(Change.entity).order_by(Change.number)).all()
    assert kinds == ["customer", "contact", "contact", "address"]
    assert bank.branch_a
    assert customer_id


def test_a_column_of_its_own_changes_the_customer_alone(bank: Bank, customer_id: str) -> None:
    assert _edit(bank, customer_id, remark="新店", spouse_name="") == {
        "customer": {"remark", "spouse_name"}
    }


def test_work_is_the_customers_own(bank: Bank, customer_id: str) -> None:
    assert _edit(bank, customer_id, employer="新东家") == {"customer": {"employer"}}


def test_another_phone_changes_that_contact_alone(bank: Bank, customer_id: str) -> None:
    first, second = _contacts(bank, customer_id)
    changed = (replace(first, value="13900001111"), second)
    assert _edit(bank, customer_id, contacts=changed) == {"contact": {"value"}}
    assert [each.id for each in _contacts(bank, customer_id)] == [first.id, second.id]


def test_a_new_contact_and_one_taken_away(bank: Bank, customer_id: str) -> None:
    first, second = _contacts(bank, customer_id)
    changed = (first, Contact("wechat", "wx_zhang"))
    assert _edit(bank, customer_id, contacts=changed) == {"contact": set(), "-contact": {"deleted"}}
    assert second.id not in {each.id for each in _contacts(bank, customer_id)}


def test_an_address_is_its_own_entity(bank: Bank, customer_id: str) -> None:
    changed = (Address("浙江省杭州市上城区中山中路1号", "work"),)
    assert _edit(bank, customer_id, addresses=changed) == {
        "address": set(),
        "-address": {"deleted"},
    }


def test_changing_nothing_says_nothing(bank: Bank, customer_id: str) -> None:
    assert _edit(bank, customer_id) == {}


def test_an_edit_that_changes_the_officer_moves_everything(bank: Bank, customer_id: str) -> None:
    told = _edit(bank, customer_id, officer_id=bank.people["officer2"])
    assert told.keys() == {"customer", "contact", "address", "notice"}
    assert told["customer"] == {"officer_id"}
    assert told["contact"] == set()
    portfolios = select(Change.portfolio).where(Change.entity != "notice").distinct()
    assert bank.session.scalars(portfolios).all() == [bank.people["officer2"]]


def test_reassigning_moves_all_that_belongs_to_the_customer(bank: Bank, customer_id: str) -> None:
    session = bank.session
    begin_writing(session)
    loan_id = add_loan(bank, customer_id=customer_id)
    add_repayment(bank, loan_id, 100_000, TODAY)
    session.commit()
    begin_writing(session)
    command = ReassignCustomers((customer_id,), bank.people["officer2"], "片区调整")
    reassign_customers(session, bank.actor("manager"), command)
    session.commit()
    moved = session.scalars(
        select(Change.entity)
        .where(Change.portfolio == bank.people["officer2"], Change.entity != "notice")
        .order_by(Change.entity)
    ).all()
    assert moved == ["address", "contact", "contact", "customer", "loan", "repayment"]
    left = session.scalars(select(Exit.entity).where(Exit.portfolio == bank.people["officer"]))
    assert sorted(left.all()) == moved


def test_every_row_of_a_customer_is_in_the_feed(bank: Bank, customer_id: str) -> None:
    for kind, model in (("contact", CustomerContact), ("address", CustomerAddress)):
        there = set(bank.session.scalars(select(model.id)))
        fed = select(Change.entity_id).where(Change.entity == kind)
        assert set(bank.session.scalars(fed)) == there
    assert customer_id
