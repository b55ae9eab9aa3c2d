from __future__ import annotations

from dataclasses import replace

import pytest

from sync.convert import Converters, convert, field_removed, field_renamed, unknown_to_extra
from sync.errors import CannotConvert
from sync.mutation import Mutation, read_mutation
from tests.sync.builders import envelope


def _whole_fen(mutation: Mutation) -> Mutation:
    """Income was yuan as text once."""
    income = mutation.writes.get("income")
    if income is None:
        return mutation
    if not isinstance(income, str) or not income.isdecimal():
        raise CannotConvert("income")
    return replace(mutation, writes={**mutation.writes, "income": int(income) * 100})


STEPS: Converters = {
    ("customer", 1): field_renamed("mobile", "phone"),
    ("customer", 3): _whole_fen,
    ("customer", 4): field_removed("fax"),
}


def _old(schema: int, **values: object) -> Mutation:
    return read_mutation(envelope(schema=schema, set=values, was={}))


def test_a_present_mutation_is_left_alone() -> None:
    original = _old(5, fax="1")

    assert convert(original, STEPS, 5).mutation == original


def test_an_old_one_climbs_every_step_and_the_original_is_kept() -> None:
    original = _old(1, mobile="138", income="200", fax="0571")

    converted = convert(original, STEPS, 5)

    assert converted.mutation.writes == {"phone": "138", "income": 20_000}
    assert converted.mutation.extra == {"set.fax": "0571"}
    assert converted.mutation.schema == 5
    assert converted.original == original
    assert converted.reason == ""


def test_what_was_seen_is_renamed_with_it() -> None:
    raw = envelope(set={"mobile": "2"}, was={"mobile": "1"})

    assert convert(read_mutation(raw), STEPS, 5).mutation.was == {"phone": "1"}


def test_other_kinds_climb_without_a_step() -> None:
    raw = envelope(entity="visit", set={"fax": "1"}, was={})

    assert convert(read_mutation(raw), STEPS, 5).mutation.writes == {"fax": "1"}


@pytest.mark.parametrize(
    ("mutation", "reason"),
    [
        (_old(1, income="much"), "income"),
        (_old(1, mobile="1", phone="2"), "both_names"),
        (_old(6, phone="2"), "newer_schema"),
    ],
)
def test_what_cannot_be_converted_is_held_as_it_was(mutation: Mutation, reason: str) -> None:
    converted = convert(mutation, STEPS, 5)

    assert converted.reason == reason
    assert converted.mutation == converted.original == mutation


def test_fields_the_server_does_not_know_are_kept_aside() -> None:
    raw = envelope(set={"phone": "2", "aura": 9}, was={"phone": "1", "aura": 8})

    kept = unknown_to_extra(read_mutation(raw), frozenset({"phone"}))

    assert (kept.writes, kept.was, kept.extra) == ({"phone": "2"}, {"phone": "1"}, {"set.aura": 9})
