"""What became of a mutation, as the server stores it and tells its device after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sync.values import Json


class Outcome(StrEnum):
    """One word for each mutation.

    applied: it stands as it was written and nothing else had happened.
    merged: all of it stands, beside or over changes its device did not know.
    conflict: at least one of its fields does not stand; the value is kept in a conflict row.
    held: stored whole, not applied; a person decides.
    rejected: stored whole, not applied, and cannot be.
    """

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    HELD = "held"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one mutation; the same for every repeat of it.

    `number` is what the change feed gave the entity, None where nothing changed. `news` holds
    every field of the entity that differs from what the device can know: with it the device may
    skip the row of this number in its next pull. `conflicts` are ids of conflict rows.
    """

    mutation: str
    outcome: Outcome
    number: int | None = None
    news: Mapping[str, Json] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Json]:
        """The result as it travels; what is empty is left out."""
        full = {
            "mutation": self.mutation,
            "outcome": self.outcome.value,
            "number": self.number,
            "news": dict(self.news),
            "conflicts": list(self.conflicts),
            "reason": self.reason,
        }
        return {key: value for key, value in full.items() if value not in (None, {}, [], "")}
