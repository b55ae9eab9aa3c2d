"""Customers are made in batches, all or none, and leave a sealed row, terms, a note, a change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from server.customers import actions
from server.customers.models import Customer, CustomerTerm
from server.database.engine import begin_writing
from server.database.extension import current_session, db
from server.database.models import AuditEntry, Change
from server.domain.errors import Invalid, NotAllowed
from tests.server.bank import Bank, a_customer, add_customer, resident_id


def _refusal(bank: Bank, who: str, **changes: object) -> Invalid:
    with pytest.raises(Invalid) as refused:
        actions.create_customer(bank.session, bank.actor(who), a_customer(bank, 2, **changes))
    return refused.value


def test_a_customer_reads_back_as_entered(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank, 7)
    session.commit()
    row = session.get_one(Customer, customer_id)
    assert (row.name, row.id_no, row.gender) == ("张三丰", resident_id(7), "M")
    assert row.bank_card == "6222020000000000007"
    assert [each.value for each in row.contacts] == ["13800756007", "13900000000"]
    assert [each.address for each in row.addresses] == ["浙江省杭州市西湖区文三路18号"]
    assert row.employment is not None
    assert row.employment.monthly_income == "850000"
    assert row.complete


def test_nothing_sensitive_stands_in_clear(session: Session, bank: Bank) -> None:
    add_customer(bank, 7)
    session.commit()
    everything = ""
    for table in db.metadata.sorted_tables:
        everything += str(session.execute(text(f"SELECT * FROM {table.name}")).all())
    for secret in (
        resident_id(7),
        "13800756007",
        "6007'",
        "6222020000000000007",
        "文三路",
        "850000",
    ):
        assert secret not in everything


def test_making_leaves_a_note_and_a_change(session: Session, bank: Bank) -> None:
    customer_id = add_customer(bank)
    session.commit()
    note = session.scalars(select(AuditEntry)).one()
    assert (note.action, note.entity_id, note.branch_id) == (
        "customer.create",
        customer_id,
        bank.branch_a,
    )
    fed = session.execute(select(Change.entity, Change.portfolio).order_by(Change.number)).all()
    kinds = ["customer", "contact", "contact", "address"]
    assert [tuple(row) for row in fed] == [(kind, bank.people["officer"]) for kind in kinds]


def test_numbers_run_on_within_a_branch(session: Session, bank: Bank) -> None:
    ids = [
        add_customer(bank, 1),
        add_customer(bank, 2),
        add_customer(bank, 3, branch_id=bank.branch_b),
    ]
    numbers = [session.get_one(Customer, each).customer_no for each in ids]
    assert numbers == ["CA01000001", "CA01000002", "CB01000001"]


def test_the_series_jumps_over_numbers_given_by_hand(session: Session, bank: Bank) -> None:
    add_customer(bank, 1, customer_no="CA01000002")
    given = [
        a_customer(bank, 2),
        a_customer(bank, 3),
        a_customer(bank, 4, customer_no="CA01000003"),
    ]
    ids = actions.create_customers(session, bank.actor("officer"), given)
    numbers = [session.get_one(Customer, each).customer_no for each in ids]
    assert numbers == ["CA01000001", "CA01000004", "CA01000003"]


def test_two_writers_never_take_the_same_number(app: Flask, session: Session, bank: Bank) -> None:
    actors = [bank.actor("officer"), bank.actor("officer2")]
    batches = [[a_customer(bank, 10 * who + each) for each in range(1, 6)] for who in (0, 1)]
    session.commit()

    def write(who: int) -> list[str]:
        with app.app_context():
            own = current_session()
            begin_writing(own)
            ids = actions.create_customers(own, actors[who], batches[who])
            own.commit()
            return ids

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (0, 1)))
    numbers = session.scalars(select(Customer.customer_no).order_by(Customer.customer_no)).all()
    assert numbers == [f"CA01{each:06d}" for each in range(1, 11)]


def test_a_batch_with_one_fault_makes_nobody(session: Session, bank: Bank) -> None:
    batch = [a_customer(bank, 1), a_customer(bank, 2, name="")]
    with pytest.raises(Invalid) as refused:
        actions.create_customers(session, bank.actor("officer"), batch)
    assert (refused.value.field, refused.value.detail["row"]) == ("name", 1)
    session.commit()
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert session.scalar(select(func.count()).select_from(CustomerTerm)) == 0


def test_a_thousand_customers_take_a_fixed_number_of_statements(
    session: Session, bank: Bank, statements: list[str]
) -> None:
    actor = bank.actor("officer")
    session.rollback()
    statements.clear()
    actions.create_customers(session, actor, [a_customer(bank, 1)])
    few = len(statements)
    statements.clear()
    many = [a_customer(bank, each) for each in range(2, 402)]
    actions.create_customers(session, actor, many)
    assert len(statements) <= few


def test_an_id_number_in_use_is_refused_with_its_customer(bank: Bank) -> None:
    add_customer(bank, 1)
    refused = _refusal(bank, "officer", id_no=resident_id(1))
    assert (refused.reason, refused.detail) == ("taken", {"customer_no": "CA01000001", "row": 0})


def test_of_another_branchs_customer_nothing_is_told(bank: Bank) -> None:
    add_customer(bank, 1, branch_id=bank.branch_b)
    refused = _refusal(bank, "officer", id_no=resident_id(1))
    assert (refused.reason, refused.detail) == ("taken_elsewhere", {"row": 0})


def test_an_old_number_finds_the_long_one_in_use(bank: Bank) -> None:
    add_customer(bank, 1)
    assert _refusal(bank, "officer", id_no="330106900307001").reason == "taken"


def test_one_id_number_twice_in_a_batch_is_refused(session: Session, bank: Bank) -> None:
    with pytest.raises(Invalid, match="taken_in_batch"):
        actions.create_customers(
            session, bank.actor("officer"), [a_customer(bank, 1), a_customer(bank, 1)]
        )


def test_a_customer_number_in_use_is_refused(bank: Bank) -> None:
    add_customer(bank, 1, customer_no="K-1")
    assert _refusal(bank, "officer", customer_no="K-1").field == "customer_no"


def test_who_is_second_between_check_and_write_is_refused(session: Session, bank: Bank) -> None:
    officer = bank.actor("officer")
    (checked, _faults), *_rest = actions.examine_customers(session, officer, [a_customer(bank, 1)])
    add_customer(bank, 1)
    with pytest.raises(Invalid, match="id_no: taken_elsewhere"):
        actions.write_customers(session, officer, [checked])


def test_an_officer_of_another_branch_is_refused(bank: Bank) -> None:
    refused = _refusal(bank, "officer", officer_id=bank.people["officer_b"])
    assert (refused.field, refused.reason) == ("officer_id", "of_another_branch")


def test_a_branch_beyond_reach_is_not_allowed(bank: Bank) -> None:
    with pytest.raises(NotAllowed):
        actions.create_customer(
            bank.session, bank.actor("officer"), a_customer(bank, 1, branch_id=bank.branch_b)
        )


@pytest.mark.parametrize("who", ["risk", "auditor", "administrator"])
def test_who_may_not_write_makes_nobody(bank: Bank, who: str) -> None:
    with pytest.raises(NotAllowed):
        actions.create_customer(bank.session, bank.actor(who), a_customer(bank, 1))
