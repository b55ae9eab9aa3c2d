"""A value that did not come to stand, or was put aside, kept so that a person can see it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from sync.policy import Policy
from sync.values import Json

_SPACE: Final = uuid.UUID("6d0a3f0e-54d5-5c39-9d0f-0c0a8f2f7b11")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field on which two mutations disagreed.

    `base` is the value the incoming mutation was written over (None where it did not say), `kept`
    what stands and `other` the loser, each with its mutation. `is_open`: a person must decide;
    otherwise the policy did and the row is there to be looked up.
    """

    field: str
    base: Json
    kept: Json
    other: Json
    kept_mutation: str
    other_mutation: str
    policy: Policy
    is_open: bool


def conflict_id(mutation: str, field: str) -> str:
    """The id of the row an incoming mutation makes for a field: the same on every repeat."""
    return str(uuid.uuid5(_SPACE, f"{mutation}/{field}"))
