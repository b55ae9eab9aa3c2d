"""Small strict readers of single values; each raises Malformed with the field and a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sync.clock import is_device
from sync.errors import Malformed
from sync.values import MAX_WHOLE, Json, check_value

MAX_FIELDS: Final = 200

_UUID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)


def read_object(field: str, raw: object) -> Mapping[str, Json]:
    """An object."""
    if not isinstance(raw, Mapping):
        raise Malformed(field, "type")
    return raw


def read_whole(field: str, raw: object, least: int = 0, most: int = MAX_WHOLE) -> int:
    """A whole number within bounds; true and 1.0 are none."""
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise Malformed(field, "type")
    if not least <= raw <= most:
        raise Malformed(field, "range")
    return raw


def read_text(field: str, raw: object, most: int) -> str:
    """A text of 1 to `most` characters that every database can hold."""
    if not isinstance(raw, str):
        raise Malformed(field, "type")
    if not raw:
        raise Malformed(field, "empty")
    if len(raw) > most:
        raise Malformed(field, "too_long")
    check_value(field, raw)
    return raw


def read_uuid(field: str, raw: object, version: int | None = None) -> str:
    """A UUID in small letters with hyphens, of one version where one is asked for."""
    match = _UUID.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or (version is not None and match[1] != f"{version:x}"):
        raise Malformed(field, "uuid")
    return match[0]


def read_device(field: str, raw: object) -> str:
    """The id of a device."""
    if not isinstance(raw, str) or not is_device(raw):
        raise Malformed(field, "device")
    return raw


def read_name(field: str, raw: object) -> str:
    """The name of a kind, an operation or a field: small letters, digits and `_ . -`."""
    if not isinstance(raw, str) or _NAME.fullmatch(raw) is None:
        raise Malformed(field, "name")
    return raw


def read_moment(field: str, raw: object) -> str:
    """A moment in ISO 8601 with its distance from UTC; it is kept as it was written."""
    text = read_text(field, raw, most=40)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(field, "moment") from None
    if moment.tzinfo is None:
        raise Malformed(field, "moment")
    return text


def read_values(field: str, raw: object) -> Mapping[str, Json]:
    """Values by field name."""
    given = read_object(field, raw)
    if len(given) > MAX_FIELDS:
        raise Malformed(field, "too_many")
    for name, value in given.items():
        check_value(f"{field}.{read_name(field, name)}", value)
    return given
