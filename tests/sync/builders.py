"""Stamps, mutations and entities for the tests of the engine, made from little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.clock import Stamp
from sync.entity import Entity, FieldState
from sync.mutation import Mutation

DEVICE = "0190a000-0000-7000-8000-00000000000d"


def uuid7(number: int) -> str:
    """A UUIDv7 of a small number."""
    return f"0190a000-0000-7000-8000-{number:012x}"


def envelope(**changed: Any) -> dict[str, Any]:
    """An envelope as a device sends it; a key set to ... is left out."""
    full = {
        "id": uuid7(1),
        "device": DEVICE,
        "n": 1,
        "entity": "customer",
        "entity_id": uuid7(2),
        "op": "edit",
        "base_number": 5,
        "set": {"phone": "13800000002"},
        "was": {"phone": "13800000001"},
        "stamp": f"0190a0000000-0000-{DEVICE}",
        "app": "1.0.0",
        "schema": 1,
        "actor": uuid7(3),
        "made_at": "2026-05-01T09:30:00+08:00",
    } | changed
    return {key: value for key, value in full.items() if value is not ...}


def mutation_of_case(given: Mapping[str, Any]) -> Mutation:
    """The mutation of a case: `m9` of device `b`, written at 100 over number 5, unless it says."""
    device = given.get("device", "b")
    ms, counter = given.get("stamp", [100, 0])
    return Mutation(
        id=given.get("id", "m9"),
        device=device,
        n=1,
        entity=given.get("entity", "customer"),
        entity_id="e1",
        op=given.get("op", "edit"),
        base_number=given.get("base_number", 5),
        writes=given["set"],
        was=given.get("was", {}),
        stamp=Stamp(ms, counter, device),
        app="1",
        schema=1,
        actor="officer",
        made_at="2026-05-01T09:30:00+08:00",
        conflict=given.get("conflict"),
    )


def entity_of_case(kind: str, fields: Mapping[str, Any] | None) -> Entity | None:
    """The entity of a case: `{field: [value, number, [ms, counter, device], mutation]}`."""
    if fields is None:
        return None
    return Entity(
        kind,
        "e1",
        {
            name: FieldState(value, number, Stamp(*stamp), mutation)
            for name, (value, number, stamp, mutation) in fields.items()
        },
    )
