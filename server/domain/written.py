"""Reading the fields of an entry that a device wrote: JSON of any shape is read or `Invalid`.

An absent field and null are one: not given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from server.domain.errors import Invalid

Fields = Mapping[str, Any]


def text_of(fields: Fields, name: str) -> str:
    """A text; empty when not given. Raises `Invalid(name, "type")`."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(name, "type")
    return value


def needed_text(fields: Fields, name: str) -> str:
    """A text that must be there. Raises `Invalid(name, "missing" | "type")`."""
    value = text_of(fields, name)
    if not value:
        raise Invalid(name, "missing")
    return value


def whole_of(fields: Fields, name: str) -> int | None:
    """A whole number; None when not given. Raises `Invalid(name, "type")`."""
    value = fields.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Invalid(name, "type")


def needed_whole(fields: Fields, name: str) -> int:
    """A whole number that must be there. Raises `Invalid(name, "missing" | "type")`."""
    value = whole_of(fields, name)
    if value is None:
        raise Invalid(name, "missing")
    return value


def day_of(fields: Fields, name: str) -> dt.date | None:
    """A civil date in ISO form; None when not given. Raises `Invalid(name, "date")`."""
    text = text_of(fields, name)
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid(name, "date") from None


def needed_day(fields: Fields, name: str) -> dt.date:
    """A civil date that must be there. Raises `Invalid(name, "missing" | "date" | "type")`."""
    day = day_of(fields, name)
    if day is None:
        raise Invalid(name, "missing")
    return day


def flag_of(fields: Fields, name: str) -> bool:
    """Yes or no; no when not given. Raises `Invalid(name, "type")`."""
    value = fields.get(name)
    if not isinstance(value, bool | None):
        raise Invalid(name, "type")
    return bool(value)


def only(fields: Fields, allowed: frozenset[str]) -> None:
    """Raise `Invalid(name, "not_editable")` for a field that an edit may not change."""
    for name in sorted(fields):
        if name not in allowed:
            raise Invalid(name, "not_editable")
