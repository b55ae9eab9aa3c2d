"""How each policy settles one field on which two mutations did not know of each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.clock import Stamp
from sync.conflict import Conflict
from sync.entity import FieldState
from sync.mutation import Mutation
from sync.policy import Policy
from sync.values import Json, canonical, same


class Word(StrEnum):
    """What becomes of a value that was sent."""

    AGREES = "agrees"  # it is there already
    STANDS = "stands"  # written, nothing was in its way
    WINS = "wins"  # written over, or together with, a value its device did not know
    LOSES = "loses"  # not written, kept in the conflict row


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word on a field, the value it then has, and the row to keep where there is one."""

    word: Word
    value: Json
    conflict: Conflict | None = None


def dispute(
    state: FieldState, name: str, mutation: Mutation, stamp: Stamp, policy: Policy
) -> Verdict:
    """Settle the field `name`; where its policy does not fit the values, a person is asked."""
    if policy is Policy.UNION and _joinable(state.value, mutation.writes[name]):
        return _joined(state, name, mutation)
    wins = _incoming_wins(state, mutation.writes[name], stamp, policy)
    if wins is None:
        return _lost(state, name, mutation, Policy.HOLD)
    return (_won if wins else _lost)(state, name, mutation, policy)


def _incoming_wins(state: FieldState, value: Json, stamp: Stamp, policy: Policy) -> bool | None:
    """Whether the incoming value stands; None where only a person can say."""
    match policy:
        case Policy.LWW:
            return stamp > state.stamp
        case Policy.SERVER:
            return False
        case Policy.MAX if _comparable(state.value, value):
            return state.value is None or (value is not None and value > state.value)
        case Policy.MIN if _comparable(state.value, value):
            return state.value is None or (value is not None and value < state.value)
    return None


def _won(state: FieldState, name: str, mutation: Mutation, policy: Policy) -> Verdict:
    value = mutation.writes[name]
    row = Conflict(
        name,
        base=mutation.was.get(name),
        kept=value,
        other=state.value,
        kept_mutation=mutation.id,
        other_mutation=state.mutation,
        policy=policy,
        is_open=False,
    )
    return Verdict(Word.WINS, value, row)


def _lost(state: FieldState, name: str, mutation: Mutation, policy: Policy) -> Verdict:
    value = mutation.writes[name]
    row = Conflict(
        name,
        base=mutation.was.get(name),
        kept=state.value,
        other=value,
        kept_mutation=state.mutation,
        other_mutation=mutation.id,
        policy=policy,
        is_open=policy is Policy.HOLD,
    )
    return Verdict(Word.LOSES, state.value, row)


def _comparable(left: Json, right: Json) -> bool:
    """Whole numbers with whole numbers, text with text (ISO dates); nothing yields to anything."""
    kinds = {type(value) for value in (left, right) if value is not None}
    return kinds in ({int}, {str})


def _joinable(left: Json, right: Json) -> bool:
    return isinstance(left, list) and isinstance(right, list)


def _joined(state: FieldState, name: str, mutation: Mutation) -> Verdict:
    """What the server has, without what the device took away, with what the device added.

    Both wishes are fulfilled, so there is no loser and no row. A device that did not say what it
    saw can only add.
    """
    sent, was = mutation.writes[name], mutation.was.get(name)
    seen = _texts(was if isinstance(was, list) else [])
    taken_away = seen - _texts(sent)
    kept = [item for item in state.value if canonical(item) not in taken_away]
    there = _texts(kept) | seen
    joined = kept + [item for item in _distinct(sent) if canonical(item) not in there]
    return Verdict(Word.AGREES if same(joined, state.value) else Word.WINS, joined)


def _texts(items: list[Json]) -> set[str]:
    return {canonical(item) for item in items}


def _distinct(items: list[Json]) -> list[Json]:
    return list({canonical(item): item for item in items}.values())
