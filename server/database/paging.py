"""Keyset pages: a cursor names the last row seen, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from server.domain.errors import Invalid

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and the cursors around them; None where there is nothing more."""

    rows: list[Row]
    following: str | None = None
    preceding: str | None = None


def write_cursor(*keys: str | int | None) -> str:
    """Write sort keys as an opaque token for a URL."""
    text = json.dumps(keys, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(token: str, length: int) -> list[str | int | None]:
    """Read a token that `write_cursor` made of `length` keys. Raises `Invalid("cursor", …)`."""
    try:
        padded = token + "=" * (-len(token) % 4)
        keys = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error):
        raise Invalid("cursor", "unreadable") from None
    if not isinstance(keys, list) or len(keys) != length:
        raise Invalid("cursor", "unreadable")
    if not all(map(_is_key, keys)):
        raise Invalid("cursor", "unreadable")
    return keys


def _is_key(key: object) -> bool:
    """Whether a database takes it: no NUL in text, no number beyond BIGINT, whoever made it."""
    if isinstance(key, str):
        return "\0" not in key
    return key is None or (isinstance(key, int) and -(2**63) <= key < 2**63)
