from __future__ import annotations

import json
from typing import Any

import pytest

from sync.errors import Malformed
from sync.mutation import as_json, hash_of, read_header, read_mutation, renumbered
from tests.sync.builders import DEVICE, envelope, uuid7

LOG: list[tuple[str, Any, str, str]] = [
    ("id", ..., "id", "uuid"),
    ("id", 7, "id", "uuid"),
    ("id", uuid7(1).upper(), "id", "uuid"),
    ("id", uuid7(1).replace("-7000-", "-4000-"), "id", "uuid"),
    ("id", uuid7(1) + "\n", "id", "uuid"),
    ("device", ..., "device", "device"),
    ("device", "Phone 1", "device", "device"),
    ("n", ..., "n", "type"),
    ("n", 0, "n", "range"),
    ("n", -1, "n", "range"),
    ("n", True, "n", "type"),
    ("n", 1.0, "n", "type"),
    ("n", "1", "n", "type"),
    ("n", 2**53, "n", "range"),
    ("entity", "Customer", "entity", "name"),
    ("entity", "__proto__", "entity", "name"),
    ("entity", None, "entity", "name"),
    ("entity_id", "1", "entity_id", "uuid"),
    ("op", "", "op", "name"),
    ("op", "a" * 65, "op", "name"),
    ("base_number", -1, "base_number", "range"),
    ("base_number", None, "base_number", "type"),
    ("set", ..., "set", "type"),
    ("set", [], "set", "type"),
    ("set", {"Phone": "1"}, "set", "name"),
    ("set", {"phone": 1.5}, "set.phone", "fraction"),
    ("set", {"phone": 2**53}, "set.phone", "too_large"),
    ("set", {"phone": "\ud800"}, "set.phone", "text"),
    ("set", {"phone": "a\0"}, "set.phone", "text"),
    ("set", {"phone": {"\udfff": 1}}, "set.phone", "text"),
    ("set", {"phone": [[[[[[[[[1]]]]]]]]]}, "set.phone", "too_deep"),
    ("set", {"phone": "x" * 65_536}, "set.phone", "too_long"),
    ("set", {f"f{n}": n for n in range(201)}, "set", "too_many"),
    ("set", {"phone": "2", "deleted": 1}, "set.deleted", "type"),
    ("was", {"name": "Li"}, "was", "not_set"),
    ("was", None, "was", "type"),
    ("was", {"phone": 0.5}, "was.phone", "fraction"),
    ("stamp", "now", "stamp", "stamp"),
    ("stamp", "0190a0000000-0000-other", "stamp", "other_device"),
    ("app", "", "app", "empty"),
    ("app", "x" * 65, "app", "too_long"),
    ("app", 1, "app", "type"),
    ("schema", 0, "schema", "range"),
    ("schema", 10**9, "schema", "range"),
    ("actor", ..., "actor", "type"),
    ("made_at", "yesterday", "made_at", "moment"),
    ("made_at", "2026-05-01T09:30:00", "made_at", "moment"),
    ("made_at", "2026-02-30T09:30:00+08:00", "made_at", "moment"),
    ("conflict", uuid7(9), "conflict", "op"),
    ("conflict", "c1", "conflict", "uuid"),
    ("op", "resolve", "conflict", "op"),
    ("note", "x" * 131_072, "", "too_long"),
]


@pytest.mark.parametrize(("key", "value", "field", "reason"), LOG, ids=range(len(LOG)))
def test_a_wrong_value_is_refused_by_field_and_reason(
    key: str, value: Any, field: str, reason: str
) -> None:
    with pytest.raises(Malformed) as refused:
        read_mutation(envelope(**{key: value}))

    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize("raw", [None, [], "mutation", 1])
def test_anything_but_an_object_is_no_mutation(raw: object) -> None:
    with pytest.raises(Malformed) as refused:
        read_mutation(raw)

    assert (refused.value.field, refused.value.reason) == ("", "type")


def test_a_mutation_reads_back_from_what_it_travels_as() -> None:
    raw = envelope(op="resolve", conflict=uuid7(9), colour="red")

    mutation = read_mutation(raw)

    assert as_json(mutation) == raw
    assert read_mutation(json.loads(json.dumps(as_json(mutation)))) == mutation


def test_keys_nobody_knows_are_kept() -> None:
    mutation = read_mutation(envelope(colour={"red": 1.5}))

    assert mutation.extra == {"colour": {"red": 1.5}}


def test_was_may_be_left_out() -> None:
    assert read_mutation(envelope(was=...)).was == {}


def test_a_resolution_settles_one_field() -> None:
    two = {"phone": "1", "name": "Li"}
    with pytest.raises(Malformed) as refused:
        read_mutation(envelope(op="resolve", conflict=uuid7(9), set=two, was={}))

    assert (refused.value.field, refused.value.reason) == ("set", "one_field")


def test_a_header_reads_where_the_rest_does_not() -> None:
    poisoned = envelope(set={"phone": 1.5}, stamp=None, schema="new")

    header = read_header(poisoned)

    assert (header.id, header.device, header.n) == (uuid7(1), DEVICE, 1)
    assert header.digest == hash_of(poisoned)


@pytest.mark.parametrize("key", ["id", "device", "n"])
def test_without_a_header_nothing_can_be_stored(key: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_header(envelope(**{key: ...}))

    assert refused.value.field == key


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    raw = envelope(set={"a": 1, "b": {"c": 2, "d": 3}}, was={})
    turned = dict(reversed(raw.items())) | {"set": {"b": {"d": 3, "c": 2}, "a": 1}}

    assert hash_of(turned) == hash_of(raw)


@pytest.mark.parametrize(
    "changed",
    [
        {"set": {"phone": "13800000003"}},
        {"was": {}},
        {"base_number": 6},
        {"op": "other"},
        {"stamp": f"0190a0000000-0001-{DEVICE}"},
        {"colour": "red"},
        {"actor": uuid7(4)},
    ],
)
def test_other_contents_have_another_hash(changed: dict[str, Any]) -> None:
    assert hash_of(envelope(**changed)) != hash_of(envelope())


def test_a_renumbered_mutation_keeps_id_and_hash() -> None:
    mutation = read_mutation(envelope())

    moved = renumbered(mutation, "other-phone", 12)

    assert (moved.id, moved.device, moved.n) == (mutation.id, "other-phone", 12)
    assert hash_of(as_json(moved)) == hash_of(envelope())
    assert read_mutation(as_json(moved)) == moved


def test_the_hash_of_a_known_envelope_never_changes() -> None:
    assert hash_of({"id": "m", "stamp": "0190a0000000-0000-d", "n": 1}) == hash_of(
        {"stamp": "0190a0000000-0000-e", "id": "m"}
    )
    assert hash_of({"id": "m"}) == (
        "510d9374d13d569167428b81cfd4cf0e6f1dcbcf5780665a583f12a15779e4b5"
    )
