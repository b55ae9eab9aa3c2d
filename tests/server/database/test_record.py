"""The record of each commit: numbers in commit order, and an audit chain that shows tampering."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from server.database import record
from server.database.engine import begin_writing
from server.database.models import AuditEntry, Change
from tests.server.bank import Bank

ID = "0190a000-0000-7000-8000-000000000001"


def _note(session: Session, bank: Bank, times: int = 1) -> None:
    for each in range(times):
        record.note(
            session,
            bank.actor("officer"),
            "customer.update",
            ("customer", ID),
            branch_id=bank.branch_a,
            changes={"name": ["张三", f"张三{each}"]},
        )


def _fail_in_a_savepoint(session: Session, bank: Bank) -> None:
    with record.savepoint(session):
        _note(session, bank)
        record.changed(session, ("loan", ID), bank.branch_a)
        raise ZeroDivisionError


def test_a_whole_chain_verifies(session: Session, bank: Bank) -> None:
    begin_writing(session)
    _note(session, bank, 3)
    session.commit()
    begin_writing(session)
    _note(session, bank)
    session.commit()
    assert record.first_broken_entry(session) == (4, None)


def test_a_changed_entry_breaks_the_chain_where_it_stands(session: Session, bank: Bank) -> None:
    _note(session, bank, 3)
    session.commit()
    session.execute(update(AuditEntry).where(AuditEntry.number == 2).values(actor_name="别人"))
    session.commit()
    assert record.first_broken_entry(session) == (1, 2)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_entry_breaks_the_chain_even_at_its_end(
    session: Session, bank: Bank, number: int
) -> None:
    _note(session, bank, 3)
    session.commit()
    session.execute(delete(AuditEntry).where(AuditEntry.number == number))
    session.commit()
    assert record.first_broken_entry(session)[1] == number


def test_a_rolled_back_savepoint_leaves_no_record(session: Session, bank: Bank) -> None:
    begin_writing(session)
    _note(session, bank)
    with pytest.raises(ZeroDivisionError):
        _fail_in_a_savepoint(session, bank)
    record.changed(session, ("customer", ID), bank.branch_a)
    session.commit()
    assert session.scalars(select(AuditEntry.number)).all() == [1]
    assert session.scalars(select(Change.entity)).all() == ["customer"]


def test_a_rollback_forgets_the_record(session: Session, bank: Bank) -> None:
    begin_writing(session)
    _note(session, bank)
    session.rollback()
    session.execute(text("SELECT 1"))
    session.commit()
    assert session.scalars(select(AuditEntry.number)).all() == []


def test_the_feed_keeps_the_newest_number_of_each_entity(session: Session, bank: Bank) -> None:
    for _ in range(2):
        begin_writing(session)
        record.changed(session, ("customer", ID), bank.branch_a)
        record.changed(session, ("loan", ID), bank.branch_a)
        session.commit()
    rows = session.execute(select(Change.entity, Change.number).order_by(Change.number)).all()
    assert [tuple(row) for row in rows] == [("customer", 3), ("loan", 4)]
