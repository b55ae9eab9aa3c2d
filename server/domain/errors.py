"""What the rules refuse, as facts with codes; the words for people are made at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Checked = TypeVar("Checked")


class Invalid(ValueError):
    """A value that a rule refuses.

    `field` is the name of the input at fault (a key of the command or JSON object), `reason` a
    stable snake_case code such as `not_positive`; `detail` holds figures for the message.
    """

    def __init__(self, field: str, reason: str, **detail: object) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.detail = detail


def all_or_none(examined: Iterable[tuple[Checked, tuple[Invalid, ...]]]) -> list[Checked]:
    """What was checked, when nothing is wrong with any of it.

    Raises the first `Invalid` otherwise, with its `row` (from 0) in the detail.
    """
    ready = []
    for row, (checked, faults) in enumerate(examined):
        if faults:
            faults[0].detail.setdefault("row", row)
            raise faults[0]
        ready.append(checked)
    return ready


class NotAllowed(Exception):
    """The actor's role or branch does not permit the act. `permission` names what was asked."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class NotFound(LookupError):
    """Nothing of that id in the actor's reach; it never tells whether another branch has it."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind} {key}")
        self.kind = kind
        self.key = key


class Conflict(Exception):
    """Somebody else changed the same thing first.

    `current` holds the values that stand now and `entered` what this actor wanted, so that both
    can be shown side by side and nothing is overwritten.
    """

    def __init__(self, kind: str, current: dict[str, object], entered: dict[str, object]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.current = current
        self.entered = entered
