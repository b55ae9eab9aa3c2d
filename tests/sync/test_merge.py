from __future__ import annotations

import copy
from typing import Any

import pytest

from sync.clock import Stamp
from sync.conflict import Conflict, conflict_id
from sync.entity import Entity
from sync.merge import Merged, Stamped, merge, settled
from sync.mutation import Mutation
from sync.outcome import Outcome
from sync.policy import Policy, read_rules
from sync.values import same
from tests.sync.builders import entity_of_case, mutation_of_case
from tests.sync.cases import read_cases

_FILE = read_cases("merge")
RULES = read_rules(_FILE["rules"])
CASES: list[dict[str, Any]] = _FILE["cases"]


def _merge_case(case: dict[str, Any]) -> tuple[Entity | None, Mutation, Merged]:
    mutation = mutation_of_case(case["mutation"])
    entity = entity_of_case(mutation.entity, case["entity"])
    return entity, mutation, merge(entity, mutation, RULES, mutation.stamp)


def _row(conflict: Conflict) -> list[Any]:
    return [
        *(conflict.field, conflict.base, conflict.kept, conflict.other),
        *(conflict.kept_mutation, conflict.other_mutation, conflict.policy, conflict.is_open),
    ]


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']} {c['title']}" for c in CASES])
def test_a_nasty_case_is_merged_as_written(case: dict[str, Any]) -> None:
    _, _, merged = _merge_case(case)

    expected = {"fields": {}, "conflicts": [], "news": {}, "reason": ""} | case["expected"]
    assert merged.outcome == expected["outcome"]
    assert same(dict(merged.fields), expected["fields"])
    assert [_row(conflict) for conflict in merged.conflicts] == expected["conflicts"]
    assert same(dict(merged.news), expected["news"])
    assert merged.settles == expected.get("settles")
    assert merged.reason == expected["reason"]


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_merging_leaves_what_it_was_given_alone(case: dict[str, Any]) -> None:
    before = copy.deepcopy(case)

    _merge_case(case)

    assert case == before


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_no_value_is_lost(case: dict[str, Any]) -> None:
    """Each value that was sent stands or is in a row."""
    entity, mutation, merged = _merge_case(case)
    if merged.outcome in (Outcome.HELD, Outcome.REJECTED):
        return
    after = settled(entity, mutation, merged, Stamped(10, mutation.stamp))

    for name, value in mutation.writes.items():
        if RULES[mutation.entity].policy_of(name) is Policy.UNION:
            continue
        kept = [after.fields[name].value] if name in after.fields else []
        kept += [row.other for row in merged.conflicts if row.field == name]
        assert any(same(value, candidate) for candidate in kept)


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_the_same_mutation_again_would_change_no_value(case: dict[str, Any]) -> None:
    entity, mutation, merged = _merge_case(case)
    if merged.outcome in (Outcome.HELD, Outcome.REJECTED):
        return
    after = settled(entity, mutation, merged, Stamped(10, mutation.stamp))
    again = merge(after, mutation, RULES, mutation.stamp)

    assert all(same(value, after.fields[name].value) for name, value in again.fields.items())


def test_what_is_written_carries_number_stamp_and_mutation() -> None:
    mutation = mutation_of_case({"op": "create", "set": {"name": "Li"}})
    merged = merge(None, mutation, RULES, mutation.stamp)

    entity = settled(None, mutation, merged, Stamped(7, Stamp(42, 1, "b")))

    state = entity.fields["name"]
    assert (state.value, state.number, state.stamp) == ("Li", 7, Stamp(42, 1, "b"))
    assert (state.mutation, entity.number, entity.is_deleted) == ("m9", 7, False)


def test_the_corrected_stamp_decides_and_not_the_one_that_was_sent() -> None:
    entity = entity_of_case("customer", {"phone": ["2", 9, [90, 0, "c"], "m8"]})
    mutation = mutation_of_case({"set": {"phone": "3"}, "stamp": [10**12, 0]})

    merged = merge(entity, mutation, RULES, Stamp(50, 0, "b"))

    assert merged.outcome is Outcome.CONFLICT


def test_a_conflict_row_has_the_same_id_on_every_repeat() -> None:
    assert conflict_id("m9", "phone") == conflict_id("m9", "phone")
    assert len({conflict_id(m, f) for m in ("m8", "m9") for f in ("phone", "name")}) == 4


def test_there_are_at_least_forty_cases_and_each_has_its_own_name() -> None:
    assert len(CASES) >= 40
    assert len({case["id"] for case in CASES}) == len({case["title"] for case in CASES})
    assert len({case["id"] for case in CASES}) == len(CASES)
