"""What the server knows of one entity: for every field its value and who last changed it, when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.clock import Stamp
from sync.mutation import DELETED, DESK, Mutation
from sync.values import Json


@dataclass(frozen=True, slots=True)
class FieldState:
    """A field's value, the number of its last change, that change's corrected stamp and id."""

    value: Json
    number: int
    stamp: Stamp
    mutation: str

    def is_known_to(self, mutation: Mutation) -> bool:
        """Whether the device had seen this value, or had written it itself, when it wrote."""
        return self.was_seen_by(mutation) or self.stamp.device == mutation.device != DESK

    def was_seen_by(self, mutation: Mutation) -> bool:
        """Whether the device had pulled this value.

        A joined list stands under the name of a device that wrote only part of it; so of lists
        that are joined a device knows what it pulled, not what it wrote.
        """
        return self.number <= mutation.base_number


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity by its fields. Lists that people edit are entities of their own."""

    kind: str
    id: str
    fields: Mapping[str, FieldState]

    @property
    def number(self) -> int:
        """The number of its newest change: where it stands in the change feed."""
        return max((state.number for state in self.fields.values()), default=0)

    @property
    def is_deleted(self) -> bool:
        """Whether it is shown no more."""
        state = self.fields.get(DELETED)
        return state is not None and state.value is True

    def unknown_to(self, mutation: Mutation) -> dict[str, FieldState]:
        """The fields that changed behind the back of the device that wrote a mutation."""
        return {
            name: state for name, state in self.fields.items() if not state.is_known_to(mutation)
        }
