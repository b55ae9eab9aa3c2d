"""The change feed: who holds what, what moves with a customer, who wrote which field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.database.engine import begin_writing
from server.database.feed import Author
from server.database.models import Change, Exit, FieldChange
from sync.mutation import DESK
from tests.server.bank import Bank

CUSTOMER = ("customer", new_id())
LOAN = ("loan", new_id())
VISIT = ("visit", new_id())
DEVICE = "0190a000-0000-7000-8000-00000000000d"


def _customer(session: Session, bank: Bank, officer: str | None, **more: Any) -> None:
    portfolio = bank.people[officer] if officer else None
    record.changed(session, CUSTOMER, bank.branch_a, portfolio=portfolio, **more)


def _of_customer(session: Session, bank: Bank, entity: tuple[str, str], **more: Any) -> None:
    record.changed(session, entity, bank.branch_a, customer_id=CUSTOMER[1], **more)


def _portfolio(session: Session, entity: tuple[str, str]) -> str | None:
    return session.get_one(Change, entity).portfolio


def _exits(session: Session) -> list[tuple[str, str]]:
    return [(row.entity, row.portfolio) for row in session.scalars(select(Exit)).all()]


def _author(entity: tuple[str, str] | None = None) -> Author:
    told = frozenset([entity]) if entity else frozenset()
    return Author(DEVICE, new_id(), f"0190a0000000-0001-{DEVICE}", told)


@pytest.fixture(autouse=True)
def _writing(session: Session, bank: Bank) -> None:
    begin_writing(session)


def test_what_belongs_to_a_customer_is_held_by_its_officer(session: Session, bank: Bank) -> None:
    _of_customer(session, bank, LOAN)
    _customer(session, bank, "officer")
    session.commit()
    begin_writing(session)
    _of_customer(session, bank, VISIT)
    session.commit()
    officer = bank.people["officer"]
    assert [_portfolio(session, each) for each in (CUSTOMER, LOAN, VISIT)] == [officer] * 3
    assert _exits(session) == []


def test_all_that_belongs_to_a_customer_moves_with_it(session: Session, bank: Bank) -> None:
    for entity in (LOAN, VISIT):
        _of_customer(session, bank, entity)
    _customer(session, bank, "officer")
    session.commit()
    begin_writing(session)
    _customer(session, bank, "officer2")
    numbers = record.settle(session)
    session.commit()
    assert set(numbers) == {CUSTOMER, LOAN, VISIT}
    old, new = bank.people["officer"], bank.people["officer2"]
    assert [_portfolio(session, each) for each in (CUSTOMER, LOAN, VISIT)] == [new] * 3
    assert sorted(_exits(session)) == [("customer", old), ("loan", old), ("visit", old)]
    assert sorted(numbers.values()) == [4, 5, 6]


def test_a_customer_nobody_held_moves_without_an_exit(session: Session, bank: Bank) -> None:
    _of_customer(session, bank, LOAN)
    _customer(session, bank, None)
    session.commit()
    begin_writing(session)
    _customer(session, bank, "officer")
    session.commit()
    assert _portfolio(session, LOAN) == bank.people["officer"]
    assert _exits(session) == []


def test_what_is_gone_does_not_follow(session: Session, bank: Bank) -> None:
    _of_customer(session, bank, VISIT, gone=True)
    _customer(session, bank, "officer")
    session.commit()
    begin_writing(session)
    _customer(session, bank, "officer2")
    session.commit()
    assert _exits(session) == [("customer", bank.people["officer"])]


def test_what_changes_beside_the_move_leaves_too(session: Session, bank: Bank) -> None:
    _customer(session, bank, "officer")
    _of_customer(session, bank, LOAN)
    session.commit()
    begin_writing(session)
    with record.author(session, _author(LOAN)):
        _of_customer(session, bank, LOAN, fields=["remark"])
    _customer(session, bank, "officer2")
    session.commit()
    assert sorted(kind for kind, _ in _exits(session)) == ["customer", "loan"]
    assert session.get_one(Change, LOAN).device is None


def test_a_named_portfolio_is_left_by_name(session: Session, bank: Bank) -> None:
    staff = ("staff", new_id())
    for branch, left in ((bank.branch_a, None), (bank.branch_b, bank.branch_a)):
        begin_writing(session)
        record.changed(session, staff, branch, portfolio=branch, left=left)
        session.commit()
    assert _portfolio(session, staff) == bank.branch_b
    assert _exits(session) == [("staff", bank.branch_a)]


def test_leaving_for_where_it_is_leaves_no_exit(session: Session, bank: Bank) -> None:
    staff = ("staff", new_id())
    record.changed(session, staff, None, portfolio=bank.branch_a, left=bank.branch_a)
    session.commit()
    assert _exits(session) == []


def test_a_field_remembers_its_last_change_and_its_author(session: Session, bank: Bank) -> None:
    _customer(session, bank, "officer")
    session.commit()
    assert session.scalars(select(FieldChange)).all() == []
    begin_writing(session)
    author = _author()
    with record.author(session, author):
        _customer(session, bank, "officer", fields=["remark"])
    _customer(session, bank, "officer", fields=["name"])
    numbers = record.settle(session)
    session.commit()
    rows = {row.field: row for row in session.scalars(select(FieldChange))}
    assert (rows["remark"].stamp, rows["remark"].mutation) == (author.stamp, author.mutation)
    assert rows["name"].stamp.endswith("-0000-" + DESK)
    assert {row.number for row in rows.values()} == {numbers[CUSTOMER]}


def test_a_later_change_of_a_field_stands(session: Session, bank: Bank) -> None:
    authors = [_author(), _author()]
    for author in authors:
        begin_writing(session)
        with record.author(session, author):
            _customer(session, bank, "officer", fields=["remark"])
        session.commit()
    row = session.scalars(select(FieldChange)).one()
    assert (row.number, row.mutation) == (2, authors[1].mutation)


def test_a_number_is_a_devices_when_it_alone_made_it(session: Session, bank: Bank) -> None:
    with record.author(session, _author(CUSTOMER)):
        _customer(session, bank, "officer", fields=["remark"])
        _of_customer(session, bank, LOAN)
    session.commit()
    assert session.get_one(Change, CUSTOMER).device == DEVICE
    assert session.get_one(Change, LOAN).device is None


@pytest.mark.parametrize("desk_first", [True, False])
def test_a_number_shared_with_the_desk_is_nobodys(
    session: Session, bank: Bank, *, desk_first: bool
) -> None:
    if desk_first:
        _customer(session, bank, "officer", fields=["name"])
    with record.author(session, _author(CUSTOMER)):
        _customer(session, bank, "officer", fields=["remark"])
    if not desk_first:
        _customer(session, bank, "officer", fields=["name"])
    session.commit()
    assert session.get_one(Change, CUSTOMER).device is None


def test_what_a_device_writes_for_another_portfolio_is_told_and_leaves_its_own(
    session: Session, bank: Bank
) -> None:
    _customer(session, bank, "officer")
    session.commit()
    for person in ("officer", "officer2"):
        begin_writing(session)
        author = replace(_author(LOAN), portfolio=bank.people[person])
        with record.author(session, author):
            _of_customer(session, bank, LOAN)
        session.commit()
        own = person == "officer"
        assert session.get_one(Change, LOAN).device == (DEVICE if own else None)
        assert _exits(session) == ([] if own else [("loan", bank.people["officer2"])])


def test_a_savepoint_that_fails_takes_fields_with_it(session: Session, bank: Bank) -> None:
    def fail() -> None:
        with record.author(session, _author()), record.savepoint(session):
            _customer(session, bank, "officer", fields=["remark"])
            raise ZeroDivisionError

    _customer(session, bank, "officer", fields=["name"])
    with pytest.raises(ZeroDivisionError):
        fail()
    _of_customer(session, bank, LOAN, fields=["purpose"])
    session.commit()
    rows = session.scalars(select(FieldChange)).all()
    assert sorted(row.field for row in rows) == ["name", "purpose"]
    assert all(row.stamp.endswith(DESK) for row in rows)


def test_settling_gives_the_numbers_and_the_commit_adds_none(session: Session, bank: Bank) -> None:
    _customer(session, bank, "officer")
    assert record.settle(session) == {CUSTOMER: 1}
    assert record.settle(session) == {}
    session.commit()
    assert record.last_number(session) == 1


def test_what_comes_after_settling_is_settled_by_the_commit(session: Session, bank: Bank) -> None:
    _customer(session, bank, "officer")
    record.settle(session)
    _of_customer(session, bank, LOAN)
    session.commit()
    assert session.get_one(Change, LOAN).number == 2
    assert _portfolio(session, LOAN) == bank.people["officer"]


def test_many_creations_ask_few_statements(
    session: Session, bank: Bank, statements: list[str]
) -> None:
    def made(count: int) -> int:
        begin_writing(session)
        for _ in range(count):
            customer_id = new_id()
            record.changed(session, ("customer", customer_id), None, portfolio=bank.branch_a)
            record.changed(session, ("loan", new_id()), None, customer_id=customer_id)
        statements.clear()
        session.commit()
        return len(statements)

    made(1)
    assert made(400) == made(2)
