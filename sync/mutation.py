"""One change written on a device: its frozen envelope, read strictly, and the hash of its contents.

An envelope holds id (UUIDv7), device, n, entity, entity_id, op, base_number, set, was, stamp, app,
schema, actor, made_at, and conflict where it settles one. Other keys are kept in `extra`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sync.clock import Stamp, read_stamp
from sync.errors import Malformed
from sync.reading import (
    read_device,
    read_moment,
    read_name,
    read_object,
    read_text,
    read_uuid,
    read_values,
    read_whole,
)
from sync.values import Json, canonical

CREATE: Final = "create"
RESOLVE: Final = "resolve"
DELETED: Final = "deleted"
DESK: Final = "desk"
"""The device id of all who write at the server: many people, so never the author it was before."""

MAX_MUTATION_CHARS: Final = 131_072
MAX_SCHEMA: Final = 1_000_000

_KEYS: Final = frozenset(
    {
        *("id", "device", "n", "entity", "entity_id", "op", "base_number", "set", "was", "stamp"),
        *("app", "schema", "actor", "made_at", "conflict"),
    }
)


@dataclass(frozen=True, slots=True)
class Header:
    """What must be readable for a mutation to be stored at all; `digest` is its hash."""

    id: str
    device: str
    n: int
    digest: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change. `writes` are the new values by field, `was` the values the person saw there.

    `base_number` is the number of the change feed up to which the device knew the entity. While
    edits of an entity wait on a device, its next edit has the least of their bases and its own:
    what was pulled in between is hidden under them and was not seen. 0 where it holds no row.
    `conflict` is the id of the conflict row a resolution settles.
    """

    id: str
    device: str
    n: int
    entity: str
    entity_id: str
    op: str
    base_number: int
    writes: Mapping[str, Json]
    was: Mapping[str, Json]
    stamp: Stamp
    app: str
    schema: int
    actor: str
    made_at: str
    conflict: str | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_resolution(self) -> bool:
        """Whether a person settled a conflict with it."""
        return self.op == RESOLVE


def read_header(raw: object) -> Header:
    """Read id, device and number. Raises Malformed: then the whole push is malformed."""
    given = read_object("", raw)
    return Header(
        read_uuid("id", given.get("id"), version=7),
        read_device("device", given.get("device")),
        read_whole("n", given.get("n"), least=1),
        hash_of(given),
    )


def read_mutation(raw: object) -> Mutation:
    """Read the whole envelope. Raises Malformed(field, reason).

    Once the header reads, what this refuses is stored whole as rejected with the reason and never
    stops the queue behind it.
    """
    given = read_object("", raw)
    if len(canonical(given)) > MAX_MUTATION_CHARS:
        raise Malformed("", "too_long")
    return _checked(
        Mutation(
            id=read_uuid("id", given.get("id"), version=7),
            device=read_device("device", given.get("device")),
            n=read_whole("n", given.get("n"), least=1),
            entity=read_name("entity", given.get("entity")),
            entity_id=read_uuid("entity_id", given.get("entity_id")),
            op=read_name("op", given.get("op")),
            base_number=read_whole("base_number", given.get("base_number")),
            writes=read_values("set", given.get("set")),
            was=read_values("was", given.get("was", {})),
            stamp=read_stamp(given.get("stamp")),
            app=read_text("app", given.get("app"), most=64),
            schema=read_whole("schema", given.get("schema"), least=1, most=MAX_SCHEMA),
            actor=read_text("actor", given.get("actor"), most=64),
            made_at=read_moment("made_at", given.get("made_at")),
            conflict=_read_conflict(given.get("conflict")),
            extra={key: value for key, value in given.items() if key not in _KEYS},
        )
    )


def as_json(mutation: Mutation) -> dict[str, Json]:
    """The envelope as it travels; reading it gives the mutation back."""
    envelope = {
        "id": mutation.id,
        "device": mutation.device,
        "n": mutation.n,
        "entity": mutation.entity,
        "entity_id": mutation.entity_id,
        "op": mutation.op,
        "base_number": mutation.base_number,
        "set": dict(mutation.writes),
        "was": dict(mutation.was),
        "stamp": str(mutation.stamp),
        "app": mutation.app,
        "schema": mutation.schema,
        "actor": mutation.actor,
        "made_at": mutation.made_at,
        **mutation.extra,
    }
    return envelope if mutation.conflict is None else envelope | {"conflict": mutation.conflict}


def hash_of(raw: Mapping[str, Json]) -> str:
    """SHA-256 (hex) over the canonical JSON of an envelope as it was sent, readable or not.

    Device and number are left out, also in the stamp: a copied phone that takes a new device id
    sends its mutations again under new numbers, and they are the same mutations.
    """
    content = {key: value for key, value in raw.items() if key not in ("device", "n")}
    if isinstance(content.get("stamp"), str):
        content["stamp"] = content["stamp"][:17]
    return hashlib.sha256(canonical(content).encode("ascii")).hexdigest()


def renumbered(mutation: Mutation, device: str, n: int) -> Mutation:
    """The same mutation (id and hash stay) as the n-th of another device id."""
    return replace(mutation, device=device, n=n, stamp=replace(mutation.stamp, device=device))


def _read_conflict(raw: object) -> str | None:
    return None if raw is None else read_uuid("conflict", raw)


def _checked(mutation: Mutation) -> Mutation:
    if mutation.stamp.device != mutation.device:
        raise Malformed("stamp", "other_device")
    if not mutation.was.keys() <= mutation.writes.keys():
        raise Malformed("was", "not_set")
    if not isinstance(mutation.writes.get(DELETED, False), bool):
        raise Malformed(f"set.{DELETED}", "type")
    if mutation.is_resolution != (mutation.conflict is not None):
        raise Malformed("conflict", "op")
    if mutation.is_resolution and len(mutation.writes) != 1:
        raise Malformed("set", "one_field")
    return mutation
