"""Settling a conflict: a decision is itself a mutation, logged, told, and able to conflict."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from server.database import new_id, notices, record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict as Collision
from server.domain.errors import Invalid, NotFound
from server.replication.actions.chunk import Chunk
from server.replication.actions.refusing import refuse_unless_done
from server.replication.actions.taking import take
from server.replication.actions.writing import (
    Taken,
    result_of,
    write_conflicts,
    write_mutations,
)
from server.replication.kinds import KINDS, SCHEMA
from server.replication.models.log import CHOICES, ConflictRow
from server.replication.queries.standing import newest_numbers
from sync.clock import Stamp
from sync.mutation import DESK, RESOLVE, Header, Mutation, as_json, hash_of
from sync.outcome import Outcome
from sync.values import Json, canonical

MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class SettleConflict:
    """A decision. `choice` is `kept` (what stands stays), `other`, or `value` with a third one.

    `seen` is the number of the entity when the person looked: what changed after it is not
    overwritten by the decision but becomes a conflict of its own.
    """

    conflict_id: str
    choice: str
    reason: str = ""
    value: Json = None
    seen: int | None = None


def decide_conflict(session: Session, actor: Actor, command: SettleConflict) -> Outcome:
    """Settle an open conflict; made twice it answers the same. Gives what became of the decision:
    `conflict` where the field changed since `seen`, and a person must look again.

    Raises `NotAllowed`, `NotFound`, `Invalid` at `choice` or at a field of the entity, and
    `Conflict` where somebody else decided otherwise.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    row = _row(session, actor, command)
    if command.choice not in CHOICES:
        raise Invalid("choice", "unknown")
    reason = command.reason.strip()
    if len(reason) > MAX_REASON:
        raise Invalid("reason", "too_long", limit=MAX_REASON)
    if not row.is_open:
        return _decided_before(row, command)
    chunk = Chunk(session, actor, DESK)
    mutation = _mutation(session, actor, chunk, row, command)
    chunk.load([mutation])
    stamp = mutation.stamp
    fate = take(chunk, mutation, stamp, by_a_person=True)
    refuse_unless_done(fate)
    _close(row, actor, command, mutation, reason)
    envelope = as_json(mutation)
    header = Header(mutation.id, DESK, 0, hash_of(envelope))
    taken = Taken(header, envelope, mutation, stamp, fate)
    write_conflicts(session, actor, DESK, [taken])
    write_mutations(session, actor, [(taken, result_of(taken, None))])
    _tell(session, actor, row, mutation.writes[row.field], fate.outcome)
    return fate.outcome


def _row(session: Session, actor: Actor, command: SettleConflict) -> ConflictRow:
    row = session.get(
        ConflictRow, command.conflict_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise NotFound("conflict", command.conflict_id)
    if row.branch_id is not None:
        actor.require_reach("conflict", row.id, row.branch_id)
    return row


def _decided_before(row: ConflictRow, command: SettleConflict) -> Outcome:
    same_value = command.choice != "value" or _values(row).get("chosen") == command.value
    if row.choice == command.choice and same_value:
        return Outcome.APPLIED
    current = {"choice": row.choice or "policy"}
    raise Collision("conflict", {**current}, {"choice": command.choice})


def _values(row: ConflictRow) -> dict[str, Json]:
    found: dict[str, Json] = json.loads(row.values or "{}")
    return found


def _mutation(
    session: Session, actor: Actor, chunk: Chunk, row: ConflictRow, command: SettleConflict
) -> Mutation:
    key = (row.entity, row.entity_id)
    told = newest_numbers(session, [key]).get(key)
    number = told.number if told is not None else 0
    return Mutation(
        id=new_id(),
        device=DESK,
        n=1,
        entity=row.entity,
        entity_id=row.entity_id,
        op=RESOLVE,
        base_number=number if command.seen is None else min(command.seen, number),
        writes={row.field: _chosen(chunk, row, command)},
        was={},
        stamp=Stamp(int(actor.now.timestamp() * 1000), 0, DESK),
        app="desk",
        schema=SCHEMA,
        actor=actor.user_id or "",
        made_at=actor.now.astimezone(dt.UTC).isoformat(),
        conflict=row.id,
    )


def _chosen(chunk: Chunk, row: ConflictRow, command: SettleConflict) -> Json:
    """The value that is to stand. What is kept is what stands now, whoever wrote it since."""
    if command.choice == "value":
        return command.value
    if command.choice == "other":
        return _values(row)["other"]
    kind = KINDS.get(row.entity)
    found = chunk.found(kind, (row.entity, row.entity_id)) if kind else None
    if found is None:
        raise NotFound(row.entity, row.entity_id)
    return found.values.get(row.field)


def _close(
    row: ConflictRow, actor: Actor, command: SettleConflict, mutation: Mutation, reason: str
) -> None:
    if command.choice == "value":
        row.values = canonical(_values(row) | {"chosen": command.value})
    row.is_open = False
    row.choice = command.choice
    row.decision_reason = reason
    row.decided_by = actor.user_id
    row.decided_at = actor.now
    row.settled_by_mutation = mutation.id


def _tell(session: Session, actor: Actor, row: ConflictRow, value: Json, outcome: Outcome) -> None:
    """Note it, and tell the officer whose device wrote it; the values stay out of the audit."""
    record.note(
        session,
        actor,
        "conflict.settle",
        (row.entity, row.entity_id),
        branch_id=row.branch_id,
        changes={"field": [row.field, row.field], "choice": [None, row.choice]},
        reason=row.decision_reason,
    )
    session.flush()
    if outcome is Outcome.CONFLICT or row.user_id == actor.user_id:
        return
    notices.tell(
        session,
        row.user_id,
        "conflict_settled",
        (row.entity, row.entity_id),
        at=actor.now,
        branch_id=row.branch_id,
        customer_id=row.customer_id,
        params={
            "field": row.field,
            "choice": row.choice,
            "value": value if isinstance(value, str | int | None) else canonical(value),
            "by": actor.name,
            "reason": row.decision_reason,
            "mutation": row.other_mutation,
        },
    )
