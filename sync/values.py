"""JSON values as devices send them: which are allowed, when two are the same, one text for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from sync.errors import Malformed

Json: TypeAlias = Any
"""None, bool, int, str, and lists and string-keyed mappings of these."""

MAX_WHOLE: Final = (1 << 53) - 1
MAX_DEPTH: Final = 8
MAX_VALUE_CHARS: Final = 65_536


def canonical(value: Json) -> str:
    """One ASCII text for each value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def same(left: Json, right: Json) -> bool:
    """Tell whether two values are one value; true is not 1, and 1 is not "1"."""
    return type(left) is type(right) and canonical(left) == canonical(right)


def check_value(field: str, value: Json) -> None:
    """Raise Malformed unless every device and both databases can hold this value unchanged.

    Fractions are refused (money is whole fen, rates are text), as are whole numbers that a
    browser would round, half characters and the zero character.
    """
    _check(field, value, MAX_DEPTH)
    if len(canonical(value)) > MAX_VALUE_CHARS:
        raise Malformed(field, "too_long")


def _check(field: str, value: Json, depth: int) -> None:
    if depth == 0:
        raise Malformed(field, "too_deep")
    if isinstance(value, list):
        for item in value:
            _check(field, item, depth - 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check_single(field, key)
            _check(field, item, depth - 1)
    else:
        _check_single(field, value)


def _check_single(field: str, value: Json) -> None:
    match value:
        case None | bool():
            return
        case str():
            if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
                raise Malformed(field, "text")
        case int():
            if abs(value) > MAX_WHOLE:
                raise Malformed(field, "too_large")
        case float():
            raise Malformed(field, "fraction")
        case _:
            raise Malformed(field, "type")
