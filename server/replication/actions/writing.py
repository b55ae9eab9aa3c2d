"""Writing down what was taken: the log of mutations, the rows of conflicts, the quarantine."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.database import new_id
from server.database.bulk import insert_rows
from server.database.types import place
from server.domain.access import Actor
from server.replication.actions.taking import Fate
from server.replication.models.log import ConflictRow, LoggedMutation, Quarantined
from sync.clock import Stamp
from sync.conflict import Conflict, conflict_id
from sync.mutation import Header, Mutation
from sync.outcome import Outcome, Result
from sync.values import Json

_ONCE: Final = "ON CONFLICT DO NOTHING"
_MAX_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """A mutation with its fate; `mutation` is None where the envelope could not be read."""

    header: Header
    envelope: Mapping[str, Json]
    mutation: Mutation | None
    stamp: Stamp | None
    fate: Fate


def result_of(taken: Taken, number: int | None) -> dict[str, Json]:
    """The answer to a mutation, as it is stored and sent."""
    fate = taken.fate
    conflicts = tuple(conflict_id(taken.header.id, each.field) for each in fate.conflicts)
    told = Result(taken.header.id, fate.outcome, number, fate.news, conflicts, fate.reason)
    return told.as_json()


def write_mutations(
    session: Session, actor: Actor, taken: Sequence[tuple[Taken, Mapping[str, Json]]]
) -> None:
    """Store mutations with their answers."""
    rows = [_row(actor, each, result) for each, result in taken]
    insert_rows(session, _table(LoggedMutation), rows)


def write_conflicts(session: Session, actor: Actor, device: str, taken: Iterable[Taken]) -> None:
    """Store the rows of the conflicts that mutations made."""
    rows = [
        _conflict(actor, device, each.mutation, each.fate, conflict)
        for each in taken
        if each.mutation is not None
        for conflict in each.fate.conflicts
    ]
    insert_rows(session, _table(ConflictRow), rows, _ONCE)


def quarantine(
    session: Session,
    actor: Actor,
    reason: str,
    sent: Iterable[tuple[Header, Mapping[str, Json]]],
) -> None:
    """Keep mutations that are never applied by themselves; the same one is kept once."""
    insert_rows(
        session,
        _table(Quarantined),
        [_quarantined(actor, reason, header, envelope) for header, envelope in sent],
        _ONCE,
    )


def _row(actor: Actor, taken: Taken, result: Mapping[str, Json]) -> dict[str, Any]:
    header, mutation, fate = taken.header, taken.mutation, taken.fate
    return {
        "id": header.id,
        "device_id": header.device,
        "n": header.n,
        "digest": header.digest,
        "entity": mutation.entity if mutation else "",
        "entity_id": mutation.entity_id if mutation else None,
        "op": mutation.op if mutation else "",
        "schema": mutation.schema if mutation else 0,
        "envelope_sealed": _sealed("mutations", "envelope", header.id, taken.envelope),
        "outcome": fate.outcome.value,
        "number": result.get("number"),
        "result_sealed": _sealed("mutations", "result", header.id, result),
        "reason": fate.reason[:_MAX_REASON],
        "stamp": str(taken.stamp or ""),
        "about_id": fate.about,
        "user_id": actor.user_id,
        "branch_id": fate.place.branch_id or actor.branch_id,
        "portfolio": fate.place.portfolio,
        "customer_id": fate.place.customer_id,
        "made_at": _moment(mutation),
        "received_at": actor.now,
        "is_waiting": fate.is_waiting or fate.outcome is Outcome.REJECTED,
        "decision_reason": "",
    }


def _conflict(
    actor: Actor, device: str, mutation: Mutation, fate: Fate, conflict: Conflict
) -> dict[str, Any]:
    row_id = conflict_id(mutation.id, conflict.field)
    values = {"base": conflict.base, "kept": conflict.kept, "other": conflict.other}
    return {
        "id": row_id,
        "entity": mutation.entity,
        "entity_id": mutation.entity_id,
        "field": conflict.field,
        "values_sealed": _sealed("conflicts", "values", row_id, values),
        "kept_mutation": conflict.kept_mutation or None,
        "other_mutation": conflict.other_mutation or None,
        "policy": conflict.policy.value,
        "is_open": conflict.is_open,
        "branch_id": fate.place.branch_id,
        "portfolio": fate.place.portfolio,
        "customer_id": fate.place.customer_id,
        "user_id": actor.user_id,
        "device_id": device,
        "made_at": actor.now,
        "decision_reason": "",
    }


def _quarantined(
    actor: Actor, reason: str, header: Header, envelope: Mapping[str, Json]
) -> dict[str, Any]:
    row_id = new_id()
    return {
        "id": row_id,
        "mutation_id": header.id,
        "device_id": header.device,
        "n": header.n,
        "digest": header.digest,
        "reason": reason,
        "envelope_sealed": _sealed("quarantined_mutations", "envelope", row_id, envelope),
        "user_id": actor.user_id,
        "branch_id": actor.branch_id,
        "received_at": actor.now,
    }


def _moment(mutation: Mutation | None) -> dt.datetime | None:
    """When its device says it was made; None where no calendar of ours reaches that far."""
    if mutation is None:
        return None
    try:
        return dt.datetime.fromisoformat(mutation.made_at).astimezone(dt.UTC)
    except OverflowError:
        return None


def _sealed(table: str, name: str, row_id: str, value: Mapping[str, Json]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return keyring.active().seal(text, place(table, name, row_id))


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
