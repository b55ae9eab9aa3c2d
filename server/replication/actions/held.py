"""Deciding about what was held or rejected: it counts after all, put right if need be, or never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.orm import Session

from server.database import record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict as Collision
from server.domain.errors import Invalid, NotFound
from server.replication.actions.chunk import Chunk
from server.replication.actions.refusing import refuse_unless_done
from server.replication.actions.retrying import author_of, close, retry_lacking, take_again
from server.replication.actions.taking import Fate
from server.replication.models.log import DECISIONS, LoggedMutation
from sync.errors import Malformed
from sync.outcome import Outcome
from sync.values import Json

MAX_REASON: Final = 500
APPLY: Final = "apply"


@dataclass(frozen=True, slots=True)
class DecideHeld:
    """A decision about a stored mutation: `apply`, with `values` put right, or `reject`."""

    mutation_id: str
    decision: str
    reason: str = ""
    values: Mapping[str, Json] = field(default_factory=dict)


def decide_held(session: Session, actor: Actor, command: DecideHeld) -> Outcome:
    """Apply a held or rejected mutation in its author's name, or reject it for good.

    Gives what it became; made twice it answers the same. One that still cannot be applied stays
    in the list. Raises `NotAllowed`, `NotFound`, `Conflict` where somebody decided otherwise, and
    `Invalid`: `("mutation", "own_entry" | "decided" | code)`, `("decision", "unknown")`,
    `("reason", "missing" | "too_long")`, or at a field of the entry.
    """
    row = row_to_decide(session, actor, command.mutation_id)
    if command.decision not in DECISIONS:
        raise Invalid("decision", "unknown")
    reason = _reason(command)
    if row.decision is not None:
        return _decided_before(row, command)
    if not row.is_waiting:
        raise Invalid("mutation", "decided")
    if row.user_id == actor.user_id:
        raise Invalid("mutation", "own_entry")
    if command.decision == APPLY:
        fate = _apply(session, actor, row, command)
    else:
        fate = Fate(Outcome.REJECTED)
        close(session, actor, row, fate)
    row.is_waiting = False
    row.decision = command.decision
    row.decision_reason = reason
    row.decided_by = actor.user_id
    row.decided_at = actor.now
    session.flush()
    _note(session, actor, row)
    return fate.outcome


def row_to_decide(session: Session, actor: Actor, mutation_id: str) -> LoggedMutation:
    """A stored mutation within reach of somebody who settles, locked."""
    actor.require(Permission.CONFLICTS_SETTLE)
    row = session.get(LoggedMutation, mutation_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("mutation", mutation_id)
    if row.branch_id is not None:
        actor.require_reach("mutation", mutation_id, row.branch_id)
    return row


def _reason(command: DecideHeld) -> str:
    reason = command.reason.strip()
    if len(reason) > MAX_REASON:
        raise Invalid("reason", "too_long", limit=MAX_REASON)
    if not reason and command.decision != APPLY:
        raise Invalid("reason", "missing")
    return reason


def _decided_before(row: LoggedMutation, command: DecideHeld) -> Outcome:
    if row.decision == command.decision:
        return Outcome(row.became or row.outcome)
    raise Collision("mutation", {"decision": row.decision}, {"decision": command.decision})


def _apply(session: Session, actor: Actor, row: LoggedMutation, command: DecideHeld) -> Fate:
    author = author_of(session, row, actor)
    author = replace(author, branch_id=row.branch_id or author.branch_id)
    chunk = Chunk(session, author, row.device_id)
    try:
        fate = take_again(chunk, row, by_a_person=True, writes=command.values)
    except Malformed:
        raise Invalid("mutation", "malformed") from None
    refuse_unless_done(fate)
    close(session, actor, row, fate)
    retry_lacking(session, actor, chunk.created)
    return fate


def _note(session: Session, actor: Actor, row: LoggedMutation) -> None:
    record.note(
        session,
        actor,
        f"mutation.{row.decision}",
        ("mutation", row.id),
        branch_id=row.branch_id,
        changes={"kind": [row.entity, row.entity], "status": [row.outcome, row.became]},
        reason=row.decision_reason,
    )
