"""Visits: recorded once, with what they broke; only within reach."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.models import AuditEntry, Change
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.visits.actions import FromField, Position, RecordVisit, record_visit
from server.visits.documents import visit_documents
from server.visits.models import Visit
from server.visits.queries import visit, visits_of_customer
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan

_PHOTO, _OTHER = "a" * 64, "b" * 64
_DEVICE = "0192d000-0000-7000-8000-000000000001"


@pytest.fixture
def customer_id(bank: Bank) -> str:
    """A customer of the officer."""
    return add_customer(bank)


def _command(customer_id: str, **changes: Any) -> RecordVisit:
    command = RecordVisit(
        customer_id,
        "collection",
        NOW - dt.timedelta(hours=1),
        staff="officer 员工、李四",
        met="self",
        findings="生意照旧，\n下周回款。",
        ability=4,
        next_step="call",
        next_on=TODAY + dt.timedelta(days=3),
        position=Position(30.2741, 120.1551, 12),
        photos=(_PHOTO, _OTHER, _PHOTO),
    )
    return replace(command, **changes)


def _record(bank: Bank, command: RecordVisit, person: str = "officer") -> str:
    return record_visit(bank.session, bank.actor(person), command)


def test_a_visit_keeps_all_that_was_told(session: Session, bank: Bank, customer_id: str) -> None:
    loan_id = add_loan(bank, customer_id=customer_id)
    visit_id = _record(bank, _command(customer_id, loan_id=loan_id))
    session.commit()
    shown = visit(session, bank.actor("risk"), visit_id)
    assert (shown.customer_id, shown.loan_id, shown.purpose) == (
        customer_id,
        loan_id,
        "collection",
    )
    assert (shown.findings, shown.ability, shown.next_step) == ("生意照旧，\n下周回款。", 4, "call")
    assert shown.position == {"lat": 30.2741, "lon": 120.1551, "accuracy": 12}
    assert [(each.sha256, each.attachment_id) for each in shown.photos] == [
        (_PHOTO, None),
        (_OTHER, None),
    ]
    assert shown.outside_rules == ()


def test_what_was_found_is_sealed_and_stays_out_of_the_audit(
    session: Session, bank: Bank, customer_id: str
) -> None:
    visit_id = _record(bank, _command(customer_id))
    session.commit()
    row = session.get_one(Visit, visit_id)
    assert row.findings_sealed is not None
    assert "回款".encode() not in row.findings_sealed
    entry = session.scalars(select(AuditEntry).where(AuditEntry.entity_id == visit_id)).one()
    assert (entry.action, set(entry.changes)) == ("visit.record", {"visit_purpose", "visited_at"})
    change = session.get_one(Change, ("visit", visit_id))
    assert (change.portfolio, change.customer_id) == (bank.people["officer"], customer_id)


def test_the_document_of_a_device_is_that_of_the_contract(
    session: Session, bank: Bank, customer_id: str
) -> None:
    visit_id = _record(bank, _command(customer_id))
    document = visit_documents(session, [visit_id], TODAY)[visit_id]
    assert document["photos"] == [
        {"sha256": _PHOTO, "arrived": False},
        {"sha256": _OTHER, "arrived": False},
    ]
    assert (document["by"], document["by_name"]) == (bank.people["officer"], "officer 员工")
    assert document["position"] == {"lat": 30.2741, "lon": 120.1551, "accuracy": 12}


def test_a_device_gives_the_id_and_its_clock_may_be_ahead(
    session: Session, bank: Bank, customer_id: str
) -> None:
    source = FromField(new_id(), _DEVICE, NOW)
    ahead = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    visit_id = _record(bank, _command(customer_id, visited_at=ahead, field=source))
    row = session.get_one(Visit, visit_id)
    assert (row.id, row.device, row.visited_at) == (source.id, _DEVICE, NOW)


def test_a_person_at_the_desk_says_when_it_was(bank: Bank, customer_id: str) -> None:
    with pytest.raises(Invalid, match="visited_at: in_future"):
        _record(bank, _command(customer_id, visited_at=NOW + dt.timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"purpose": "tea"}, "purpose: unknown"),
        ({"purpose": ""}, "purpose: missing"),
        ({"met": "ghost"}, "met: unknown"),
        ({"next_step": "party"}, "next_step: unknown"),
        ({"ability": 6}, "ability: between"),
        ({"photos": ("x",)}, "photos: format"),
        ({"photos": tuple(f"{i:064x}" for i in range(21))}, "photos: too_many_files"),
        ({"staff": "长" * 201}, "staff: too_long"),
        ({"findings": "长" * 2001}, "findings: too_long"),
        ({"visited_at": NOW - dt.timedelta(days=400)}, "visited_at: out_of_range"),
    ],
)
def test_what_cannot_be_is_refused(
    bank: Bank, customer_id: str, change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(Invalid, match=fault):
        _record(bank, _command(customer_id, **change))


def test_a_loan_of_somebody_else_is_refused(bank: Bank, customer_id: str) -> None:
    with pytest.raises(Invalid, match="loan_id: unknown"):
        _record(bank, _command(customer_id, loan_id=add_loan(bank)))


def test_collecting_alone_twice_a_day_is_recorded_with_what_it_broke(
    session: Session, bank: Bank, customer_id: str
) -> None:
    _record(bank, _command(customer_id, visited_at=NOW - dt.timedelta(hours=2)))
    again = _record(bank, _command(customer_id, staff="officer 员工"))
    assert session.get_one(Visit, again).outside_rules == ["second_visit", "alone"]


def test_at_night_nobody_collects(session: Session, bank: Bank, customer_id: str) -> None:
    night = NOW.replace(hour=7, minute=59)
    assert (
        session.get_one(Visit, _record(bank, _command(customer_id, visited_at=night))) is not None
    )
    row = session.scalars(select(Visit)).one()
    assert row.outside_rules == ["quiet_hours"]


def test_a_correction_is_an_addendum(session: Session, bank: Bank, customer_id: str) -> None:
    first = _record(bank, _command(customer_id))
    second = _record(bank, _command(customer_id, addendum_to=first, findings="更正：下月回款。"))
    assert session.get_one(Visit, second).outside_rules == []
    with pytest.raises(Invalid, match="addendum_to: unknown"):
        _record(bank, _command(add_customer(bank, 2), addendum_to=first))


def test_another_branch_sees_no_such_customer(bank: Bank, customer_id: str) -> None:
    with pytest.raises(NotFound):
        _record(bank, _command(customer_id), "officer_b")


@pytest.mark.parametrize("person", ["auditor", "administrator"])
def test_who_may_not_visit_records_nothing(bank: Bank, customer_id: str, person: str) -> None:
    with pytest.raises(NotAllowed):
        _record(bank, _command(customer_id), person)


def test_visits_of_a_customer_come_latest_first(bank: Bank, customer_id: str) -> None:
    old = _record(bank, _command(customer_id, visited_at=NOW - dt.timedelta(days=3)))
    new = _record(bank, _command(customer_id))
    shown = visits_of_customer(bank.session, bank.actor("officer"), customer_id)
    assert [each.id for each in shown] == [new, old]
