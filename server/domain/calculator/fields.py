"""Reading fields of a JSON input object; whatever is amiss is `Invalid(field, reason)`."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.domain.errors import Invalid
from server.domain.typed import MAX_TYPED

Fields = dict[str, Any]


def given(fields: Fields, name: str) -> Any:
    """A required field of any type. Raises `Invalid(name, "missing")`."""
    if not isinstance(fields, dict):
        raise Invalid("input", "object")
    if fields.get(name) is None:
        raise Invalid(name, "missing")
    return fields[name]


def text(fields: Fields, name: str) -> str:
    """A required text. Raises `Invalid` with `missing`, `text` or `too_long`."""
    value = given(fields, name)
    if not isinstance(value, str):
        raise Invalid(name, "text")
    if len(value) > MAX_TYPED:
        raise Invalid(name, "too_long", limit=MAX_TYPED)
    try:
        value.encode()
    except UnicodeEncodeError:  # half a character, which no output could carry
        raise Invalid(name, "text") from None
    return value


def cell(fields: Fields, name: str) -> str | int | float | None:
    """A required text or number, as a spreadsheet cell holds it; null is an empty cell."""
    if isinstance(fields, dict) and name in fields and fields[name] is None:
        return None
    value = given(fields, name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return text(fields, name)


def optional_text(fields: Fields, name: str) -> str | None:
    """A text that may be missing or null."""
    return None if fields.get(name) is None else text(fields, name)


def day(fields: Fields, name: str) -> date:
    """A required ISO date. Raises `Invalid` with `missing`, `text` or `date`."""
    value = text(fields, name)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Invalid(name, "date") from None


def flag(fields: Fields, name: str) -> bool:
    """A true or false that may be missing: then it is false."""
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise Invalid(name, "boolean")
    return value
