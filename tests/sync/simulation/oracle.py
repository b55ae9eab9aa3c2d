"""Who saw what: a second opinion on whether a merge lost a value, from what people had before them.

It looks neither at numbers nor at stamps, only at the values and authors a person was shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sync.conflict import Conflict
from sync.entity import Entity, FieldState
from sync.merge import Merged
from sync.mutation import DELETED, Mutation
from sync.values import canonical, same


@dataclass(frozen=True)
class Shown:
    """The value a person saw in a field, and the mutation that had put it there."""

    value: Any
    author: str | None


@dataclass
class Oracle:
    """What each author was shown, by mutation and field."""

    shown: dict[str, dict[str, Shown]] = field(default_factory=dict)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    hands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lives: int = 1

    def wrote(self, raw: dict[str, Any], shown: dict[str, Shown], hands: tuple[str, ...]) -> None:
        """Remember a mutation, what its author saw, and whose hands wrote all before it.

        The last of the hands wrote this one; a copied phone has those of its original and its own.
        """
        self.hands[raw["id"]] = hands
        self.shown[raw["id"]] = shown
        self.written[raw["id"]] = raw

    def check(
        self, before: Entity | None, mutation: Mutation, merged: Merged, rows: list[Conflict]
    ) -> None:
        """Fail where a value that was replaced or not taken is neither known nor in a row.

        `rows` are those the entity already has: a value that won there once is kept there too. (A
        phone that sends again after a restore may lose a conflict that it had won and known of.)
        """
        states = {} if before is None else before.fields
        for name, value in merged.fields.items():
            if name in states and not same(states[name].value, value):
                won_once = any(
                    row.field == name and same(row.kept, states[name].value) for row in rows
                )
                assert won_once or self._may_replace(states[name], name, value, mutation, merged), (
                    name,
                    states[name],
                    mutation,
                    merged,
                )
        for name, value in mutation.writes.items():
            stands = merged.fields.get(name, states[name].value if name in states else None)
            assert same(stands, value) or _in_row(name, value, merged) or _is_joined(stands, value)
        if before is not None:
            self._check_deletion(before, mutation, merged)

    def _check_deletion(self, before: Entity, mutation: Mutation, merged: Merged) -> None:
        """Nobody deletes what they had not seen, and what they had not seen deleted comes back."""
        if merged.fields.get(DELETED) is True:
            if before.is_deleted:
                return  # a second decision for what stands
            for name, state in before.fields.items():
                assert name == DELETED or self._knew(mutation, name, state), (name, mutation)
        elif self.lives > 1:
            return  # who saw the entity brought back in a lost life may write to it deleted again
        elif before.is_deleted and (merged.fields or merged.conflicts):
            revived = merged.fields.get(DELETED) is False
            assert revived or self._knew(mutation, DELETED, before.fields[DELETED]), mutation

    def _knew(self, mutation: Mutation, name: str, state: FieldState) -> bool:
        return self._is_own(mutation, state) or self._descends(mutation.id, name, state)

    def _is_own(self, mutation: Mutation, state: FieldState) -> bool:
        """Whether the same phone wrote both; ids are in the order of writing."""
        same_hand = self.hands[state.mutation][-1] in self.hands[mutation.id]
        return same_hand and state.mutation < mutation.id

    def _may_replace(
        self, state: FieldState, name: str, value: Any, mutation: Mutation, merged: Merged
    ) -> bool:
        if _in_row(name, state.value, merged) or self._descends(mutation.id, name, state):
            return True
        if not isinstance(value, list) and self._is_own(mutation, state):
            return True
        if name not in self.written[state.mutation]["set"]:
            return state.value is False  # nobody wrote it: an edit brought the entity back
        return (
            isinstance(value, list)
            and isinstance(state.value, list)
            and _all_accounted(state.value, value, mutation.was.get(name))
        )

    def _descends(self, author: str | None, name: str, state: FieldState) -> bool:
        while author is not None and name in self.shown.get(author, {}):
            seen = self.shown[author][name]
            if seen.author == state.mutation or same(seen.value, state.value):
                return True
            author = seen.author
        return False


def _in_row(name: str, value: Any, merged: Merged) -> bool:
    return any(row.field == name and same(row.other, value) for row in merged.conflicts)


def _is_joined(stands: Any, sent: Any) -> bool:
    return isinstance(stands, list) and isinstance(sent, list)


def _all_accounted(old: list[Any], new: list[Any], was: Any) -> bool:
    """Each item of the old list is in the new one or was taken away by somebody who saw it."""
    seen = {canonical(item) for item in was or []}
    return {canonical(item) for item in old} - {canonical(item) for item in new} <= seen
