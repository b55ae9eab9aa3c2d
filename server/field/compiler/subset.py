"""What a field template may use, and the refusal of everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class Refused(Exception):
    """A construct outside the subset, where it stands."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ListedFilter:
    """How many arguments a filter takes beside its value, and what it is told of the page."""

    arguments: tuple[int, int] = (0, 0)
    speech: str = ""
    may_miss: bool = False


FILTERS: Final[Mapping[str, ListedFilter]] = MappingProxyType(
    {
        "yuan": ListedFilter(),
        "capitals": ListedFilter(),
        "count": ListedFilter(),
        "percent": ListedFilter(),
        "day": ListedFilter(),
        "short_day": ListedFilter(speech="language"),
        "moment": ListedFilter(speech="zone"),
        "clock": ListedFilter(speech="zone"),
        "file_size": ListedFilter(),
        "mask_phone": ListedFilter(),
        "length": ListedFilter(),
        "first": ListedFilter(may_miss=True),
        "last": ListedFilter(may_miss=True),
        "join": ListedFilter((0, 1)),
        "items": ListedFilter(),
        "upper": ListedFilter(),
        "trim": ListedFilter(),
        "string": ListedFilter(),
        "xmlattr": ListedFilter(),
        "urlencode": ListedFilter(),
    }
)
"""`default` beside these is compiled in place, because its value may be missing."""

TESTS: Final = ("defined", "undefined", "none", "odd", "even")
COMPARISONS: Final = ("eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin")
LOOP_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "index": "({i} + 1)",
        "index0": "{i}",
        "revindex": "({all}.length - {i})",
        "revindex0": "({all}.length - {i} - 1)",
        "first": "({i} === 0)",
        "last": "({i} === {all}.length - 1)",
        "length": "{all}.length",
    }
)
GLOBALS: Final = ("_", "ngettext", "asset", "namespace")
NO_VALUES: Final = (*GLOBALS, "self", "super", "loop", "caller", "varargs", "kwargs")
"""Names with a meaning of their own: they are called or asked, never passed on or set."""
