"""Which of two concurrent values of a field stands, told by kind and field. The server fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sync.values import Json


class Policy(StrEnum):
    """How a field settles two values that did not know of each other; the loser is always kept."""

    LWW = "lww"  # the later stamp stands: names, phones, notes
    SERVER = "server"  # what the server has stands
    HOLD = "hold"  # what the server has stands until a person decides: terms, status, identity
    MAX = "max"  # the greater stands: last visit, highest number seen
    MIN = "min"
    UNION = "union"  # a list without order: what either side added or took away


@dataclass(frozen=True, slots=True)
class KindRules:
    """The policies of one kind of entity; a field that is not listed has the default.

    The default is to ask a person: a forgotten field costs a question, never a value.
    `insert_only` kinds (ledger entries) are written once; only other entries undo them.
    """

    fields: Mapping[str, Policy] = field(default_factory=dict)
    default: Policy = Policy.HOLD
    insert_only: bool = False

    def policy_of(self, name: str) -> Policy:
        """The policy of a field."""
        return self.fields.get(name, self.default)


Rules = Mapping[str, KindRules]
"""Rules by kind; a kind that is missing is unknown and its mutations are held."""


def read_rules(raw: Mapping[str, Json]) -> dict[str, KindRules]:
    """Read `{kind: {fields: {name: policy}, default, insert_only}}`, the shape of the test cases.

    Raises ValueError for a policy that does not exist.
    """
    return {
        kind: KindRules(
            {name: Policy(word) for name, word in given.get("fields", {}).items()},
            Policy(given.get("default", Policy.HOLD)),
            bool(given.get("insert_only", False)),
        )
        for kind, given in raw.items()
    }
