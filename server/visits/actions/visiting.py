"""Recording a visit."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.attachments.actions import attach_arrived
from server.attachments.queries import Owner
from server.customers.models import Customer
from server.database import new_id, record
from server.domain.access import Actor
from server.domain.contact_rules import visit_breaches
from server.domain.errors import Invalid
from server.domain.feedback import read_words
from server.domain.fieldwork import Met, NextStep, Purpose
from server.loans.actions import clean
from server.visits.actions.checks import (
    check_codes,
    check_loan,
    check_photos,
    customer_to_write,
    moment_of,
)
from server.visits.actions.commands import RecordVisit
from server.visits.models import Visit, VisitPhoto
from server.visits.queries import VISIT

MAX_PHOTOS: Final = 20
MAX_STAFF: Final = 200
_BETWEEN_NAMES: Final = re.compile("[、，,；;/]")


def record_visit(session: Session, actor: Actor, command: RecordVisit) -> str:
    """Record a visit and give its id; what breaks the rules of conduct is recorded with it.

    Raises `NotAllowed`, `NotFound` for the customer, and `Invalid` by field.
    """
    customer = customer_to_write(session, actor, command.customer_id)
    _check(session, command)
    at = moment_of(actor, command.visited_at, "visited_at", command.field)
    row = _row(actor, customer, command, at)
    row.outside_rules = _breaches(session, row, at)
    session.add(row)
    session.flush()
    photos = check_photos(command.photos)
    session.add_all(
        VisitPhoto(visit_id=row.id, sha256=each, place=i) for i, each in enumerate(photos)
    )
    session.flush()
    attach_arrived(session, actor, _owner(row), photos)
    _note(session, actor, row)
    return row.id


def photo_arrived(session: Session, actor: Actor, sha256: str) -> int:
    """Attach a picture that arrived to the visits that name it; gives how many were waiting."""
    query = select(Visit).join(VisitPhoto, VisitPhoto.visit_id == Visit.id)
    changed = 0
    for row in session.scalars(query.where(VisitPhoto.sha256 == sha256).order_by(Visit.id)):
        if attach_arrived(session, actor, _owner(row), [sha256]):
            changed += 1
            entity = ("visit", row.id)
            record.changed(session, entity, row.branch_id, customer_id=row.customer_id)
    return changed


def _owner(row: Visit) -> Owner:
    return Owner(VISIT, row.id, row.branch_id)


def _check(session: Session, command: RecordVisit) -> None:
    check_codes(
        ("purpose", command.purpose, tuple(Purpose)),
        ("met", command.met, ("", *Met)),
        ("next_step", command.next_step, ("", *NextStep)),
    )
    check_loan(session, command.customer_id, command.loan_id)
    if command.ability is not None and not 1 <= command.ability <= 5:
        raise Invalid("ability", "between", low=1, high=5)
    if len(command.photos) > MAX_PHOTOS:
        raise Invalid("photos", "too_many_files", most=MAX_PHOTOS)
    if command.addendum_to is not None:
        first = session.get(Visit, command.addendum_to)
        if first is None or first.customer_id != command.customer_id:
            raise Invalid("addendum_to", "unknown")


def _row(actor: Actor, customer: Customer, command: RecordVisit, at: dt.datetime) -> Visit:
    row = Visit(
        id=command.field.id if command.field else new_id(),
        customer_id=customer.id,
        loan_id=command.loan_id,
        branch_id=customer.branch_id,
        purpose=command.purpose,
        visited_at=at,
        staff=clean(command.staff, "staff", MAX_STAFF),
        met=command.met,
        ability=command.ability,
        next_step=command.next_step,
        next_on=command.next_on,
        addendum_to=command.addendum_to,
        device=command.field.device if command.field else None,
        recorded_by=actor.user_id,
        recorded_at=actor.now,
    )
    row.findings = read_words(command.findings, "findings", required=False)
    if (where := command.position) is not None:
        place = {"lat": where.lat, "lon": where.lon, "accuracy": where.accuracy}
        row.position = json.dumps(place)
    return row


def _breaches(session: Session, row: Visit, at: dt.datetime) -> list[str]:
    if row.addendum_to is not None:
        return []
    start = at.replace(hour=0, minute=0, second=0, microsecond=0)
    before = session.scalar(
        select(func.count()).where(
            Visit.customer_id == row.customer_id,
            Visit.purpose == Purpose.COLLECTION.value,
            Visit.addendum_to.is_(None),
            Visit.visited_at >= start,
            Visit.visited_at < at,
        )
    )
    purpose = Purpose(row.purpose)
    found = visit_breaches(purpose, at.time(), before or 0, is_alone=len(_names(row.staff)) < 2)
    return [breach.value for breach in found]


def _names(staff: str) -> list[str]:
    """Who went: names stand between commas of any kind."""
    return [name for name in _BETWEEN_NAMES.split(staff) if name.strip()]


def _note(session: Session, actor: Actor, row: Visit) -> None:
    """What was found stays out of the audit; it stands sealed with the visit."""
    entity = ("visit", row.id)
    told: dict[str, list[Any]] = {
        "visit_purpose": [None, row.purpose],
        "visited_at": [None, row.visited_at.isoformat()],
    }
    if row.outside_rules:
        told["outside_rules"] = [None, row.outside_rules]
    record.note(session, actor, "visit.record", entity, branch_id=row.branch_id, changes=told)
    record.changed(session, entity, row.branch_id, customer_id=row.customer_id)
