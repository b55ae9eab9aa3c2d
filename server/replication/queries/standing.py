"""What the merge asks of the tables: who wrote which field last, and what the feed last said."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.kinds import Found
from server.database.models import Change, FieldChange
from server.database.parts import in_parts
from sync.clock import Stamp, read_stamp
from sync.entity import Entity, FieldState
from sync.mutation import DESK

_NEVER: Final = Stamp(0, 0, DESK)

Key = tuple[str, str]
"""Kind and id."""

Fields = Mapping[str, FieldState]


@dataclass(frozen=True, slots=True)
class Told:
    """The newest number of an entity, and the one device that knows it without a pull."""

    number: int
    device: str | None
    gone: bool


def field_changes(session: Session, keys: Collection[Key]) -> dict[Key, dict[str, FieldState]]:
    """The fields of entities that changed since they were made; their values are left out."""
    found: dict[Key, dict[str, FieldState]] = {}
    for kind, ids in _by_kind(keys):
        rows = session.execute(
            select(
                FieldChange.entity_id,
                FieldChange.field,
                FieldChange.number,
                FieldChange.stamp,
                FieldChange.mutation,
            ).where(FieldChange.entity == kind, FieldChange.entity_id.in_(ids))
        )
        for row in rows:
            state = FieldState(None, row.number, read_stamp(row.stamp), row.mutation)
            found.setdefault((kind, row.entity_id), {})[row.field] = state
    return found


def newest_numbers(session: Session, keys: Collection[Key]) -> dict[Key, Told]:
    """What the feed says of entities."""
    found: dict[Key, Told] = {}
    for kind, ids in _by_kind(keys):
        rows = session.execute(
            select(Change.entity_id, Change.number, Change.device, Change.gone).where(
                Change.entity == kind, Change.entity_id.in_(ids)
            )
        )
        found.update({(kind, row[0]): Told(row[1], row[2], row[3]) for row in rows})
    return found


def entity_of(key: Key, found: Found, changes: Fields) -> Entity:
    """The entity as the engine knows it. A field that never changed has number 0."""
    fields = {}
    for name, value in found.values.items():
        state = changes.get(name)
        fields[name] = (
            FieldState(value, 0, _NEVER, "")
            if state is None
            else FieldState(value, state.number, state.stamp, state.mutation)
        )
    return Entity(key[0], key[1], fields)


def _by_kind(keys: Collection[Key]) -> Iterator[tuple[str, list[str]]]:
    ids: dict[str, list[str]] = {}
    for kind, key in sorted(set(keys)):
        ids.setdefault(kind, []).append(key)
    for kind, wanted in ids.items():
        for some in in_parts(wanted):
            yield kind, some
