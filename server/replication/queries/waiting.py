"""What waits for a person at the desk: conflicts, and entries of devices that were not applied."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, aliased

from server.accounts.models import User
from server.customers.models import Customer
from server.database.models import AuditEntry, Change
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.replication.models.devices import Device
from server.replication.models.log import ConflictRow, LoggedMutation
from sync.values import Json

MOST_ROWS: Final = 200
_TOLD_AS: Final = {"contact": "contacts", "address": "addresses"}
"""What the audit of a customer calls the parts of one."""
_ENTRIES_LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One field on which two people disagreed. `mine_by` wrote the value that does not stand."""

    id: str
    entity: str
    entity_id: str
    field: str
    base: Json
    kept: Json
    other: Json
    kept_by: str | None
    kept_at: dt.datetime | None
    other_by: str | None
    device_name: str | None
    policy: str
    is_open: bool
    customer_id: str | None
    customer_name: str | None
    made_at: dt.datetime
    choice: str | None
    decided_by: str | None
    decided_at: dt.datetime | None
    decision_reason: str


@dataclass(frozen=True, slots=True)
class HeldLine:
    """An entry of a device that was stored whole and not applied; `values` is what it would set."""

    id: str
    entity: str
    entity_id: str | None
    op: str
    values: Mapping[str, Json]
    outcome: str
    reason: str
    about_id: str | None
    user_id: str | None
    user_name: str | None
    device_name: str | None
    customer_id: str | None
    customer_name: str | None
    made_at: dt.datetime | None
    received_at: dt.datetime
    is_waiting: bool
    decision: str | None
    decided_by: str | None
    decided_at: dt.datetime | None
    decision_reason: str


def open_conflicts(session: Session, actor: Actor, limit: int = MOST_ROWS) -> list[ConflictLine]:
    """The conflicts that wait within reach, the oldest first. Raises `NotAllowed`."""
    query = _with_people(ConflictRow, actor).where(ConflictRow.is_open)
    return _lines(session, query.order_by(ConflictRow.made_at, ConflictRow.id).limit(limit))


def settled_conflicts(session: Session, actor: Actor) -> list[ConflictLine]:
    """The conflicts that a person or a policy settled, the newest first. Raises `NotAllowed`."""
    query = _with_people(ConflictRow, actor).where(~ConflictRow.is_open)
    newest = func.coalesce(ConflictRow.decided_at, ConflictRow.made_at).desc()
    return _lines(session, query.order_by(newest, ConflictRow.id).limit(MOST_ROWS // 4))


def conflict(session: Session, actor: Actor, conflict_id: str) -> ConflictLine:
    """One conflict. Raises `NotAllowed`, and `NotFound` for none and for out of reach."""
    found = _lines(session, _with_people(ConflictRow, actor).where(ConflictRow.id == conflict_id))
    if not found:
        raise NotFound("conflict", conflict_id)
    return _with_office_author(session, found[0])


def _with_office_author(session: Session, line: ConflictLine) -> ConflictLine:
    """Name who wrote the standing value at a desk: the log of devices does not, the audit does."""
    if line.kept_by is not None or line.customer_id is None:
        return line
    told = _TOLD_AS.get(line.entity, line.field)
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.entity == "customer",
            AuditEntry.entity_id == line.customer_id,
            AuditEntry.at <= line.made_at,
            ~AuditEntry.origin.startswith("device:"),
        )
        .order_by(AuditEntry.number.desc())
        .limit(_ENTRIES_LOOKED_AT)
    )
    writer = next((each for each in entries if told in each.changes), None)
    return line if writer is None else replace(line, kept_by=writer.actor_name, kept_at=writer.at)


def conflicts_of_field(
    session: Session, actor: Actor, entity_id: str, name: str
) -> list[ConflictLine]:
    """Every conflict that there was on one field, the newest first: its history."""
    query = _with_people(ConflictRow, actor).where(
        ConflictRow.entity_id == entity_id, ConflictRow.field == name
    )
    return _lines(session, query.order_by(ConflictRow.made_at.desc(), ConflictRow.id))


def number_of(session: Session, entity: str, entity_id: str) -> int:
    """The number of an entity in the feed: what a person who looks at it now has seen."""
    query = select(Change.number).where(Change.entity == entity, Change.entity_id == entity_id)
    return session.scalar(query) or 0


def held_entries(session: Session, actor: Actor, limit: int = MOST_ROWS) -> list[HeldLine]:
    """Entries that wait for a person, the oldest first. Raises `NotAllowed`."""
    query = _with_people(LoggedMutation, actor).where(LoggedMutation.is_waiting)
    order = (LoggedMutation.received_at, LoggedMutation.id)
    return [_held_line(row) for row in session.execute(query.order_by(*order).limit(limit))]


def held_entry(session: Session, actor: Actor, mutation_id: str) -> HeldLine:
    """One entry. Raises `NotAllowed`, and `NotFound` for none and for out of reach."""
    row = session.execute(
        _with_people(LoggedMutation, actor).where(LoggedMutation.id == mutation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("mutation", mutation_id)
    return _held_line(row)


def open_conflict_count(session: Session, actor: Actor) -> int:
    """How many conflicts wait within reach."""
    query = select(func.count()).select_from(ConflictRow).where(ConflictRow.is_open)
    return session.scalar(_reached(query, ConflictRow.branch_id, actor)) or 0


def held_entry_count(session: Session, actor: Actor) -> int:
    """How many entries of devices wait within reach."""
    query = select(func.count()).select_from(LoggedMutation).where(LoggedMutation.is_waiting)
    return session.scalar(_reached(query, LoggedMutation.branch_id, actor)) or 0


def _reached(query: Any, branch: Any, actor: Actor) -> Any:
    return query if actor.branch_id is None else query.where(branch == actor.branch_id)


def _told(device_id: Any) -> Any:
    """A device's id as text: the office writes under a name that is no id."""
    return cast(device_id, String(64))


def _with_people(model: type[ConflictRow | LoggedMutation], actor: Actor) -> Any:
    """Rows within reach with the names of customer, writer, decider and device."""
    actor.require(Permission.CONFLICTS_SETTLE)
    writer, decider = aliased(User), aliased(User)
    query = (
        select(
            model,
            Customer.name.label("customer_name"),
            writer.display_name.label("writer"),
            decider.display_name.label("decider"),
            Device.name.label("device_name"),
        )
        .outerjoin(Customer, Customer.id == model.customer_id)
        .outerjoin(writer, writer.id == model.user_id)
        .outerjoin(decider, decider.id == model.decided_by)
        .outerjoin(Device, _told(Device.id) == model.device_id)
    )
    return _reached(query, model.branch_id, actor)


def _lines(session: Session, query: Any) -> list[ConflictLine]:
    rows = session.execute(query).all()
    authors = _authors(session, {row.ConflictRow.kept_mutation for row in rows} - {None})
    return [_conflict_line(row, authors) for row in rows]


def _authors(session: Session, mutations: Collection[str]) -> dict[str, tuple[str | None, Any]]:
    """Who wrote some mutations, and when; the office's own are not in the log."""
    if not mutations:
        return {}
    query = (
        select(LoggedMutation.id, User.display_name, LoggedMutation.made_at)
        .outerjoin(User, User.id == LoggedMutation.user_id)
        .where(LoggedMutation.id.in_(mutations))
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def _conflict_line(found: Any, authors: Mapping[str, tuple[str | None, Any]]) -> ConflictLine:
    row: ConflictRow = found.ConflictRow
    values = json.loads(row.values or "{}")
    kept_by, kept_at = authors.get(row.kept_mutation or "", (None, None))
    return ConflictLine(
        id=row.id,
        entity=row.entity,
        entity_id=row.entity_id,
        field=row.field,
        base=values.get("base"),
        kept=values.get("kept"),
        other=values.get("other"),
        kept_by=kept_by,
        kept_at=kept_at,
        other_by=found.writer,
        device_name=found.device_name,
        policy=row.policy,
        is_open=row.is_open,
        customer_id=row.customer_id if found.customer_name is not None else None,
        customer_name=found.customer_name,
        made_at=row.made_at,
        choice=row.choice,
        decided_by=found.decider,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )


def _held_line(found: Any) -> HeldLine:
    row: LoggedMutation = found.LoggedMutation
    return HeldLine(
        id=row.id,
        entity=row.entity,
        entity_id=row.entity_id,
        op=row.op,
        values=_values(row),
        outcome=row.outcome,
        reason=row.reason,
        about_id=row.about_id,
        user_id=row.user_id,
        user_name=found.writer,
        device_name=found.device_name,
        customer_id=row.customer_id if found.customer_name is not None else None,
        customer_name=found.customer_name,
        made_at=row.made_at,
        received_at=row.received_at,
        is_waiting=row.is_waiting,
        decision=row.decision,
        decided_by=found.decider,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )


def _values(row: LoggedMutation) -> Mapping[str, Json]:
    """What it sets. A malformed one may hold anything: then the whole envelope is shown."""
    envelope = json.loads(row.envelope or "{}")
    values = envelope.get("set")
    return values if isinstance(values, dict) else envelope
