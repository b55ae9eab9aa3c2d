"""Cursors of the change feed: signed tokens, and where a pull with one goes on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Final

from sync.errors import CursorRefused
from sync.values import MAX_WHOLE, canonical

MIN_KEY_BYTES: Final = 16
MAX_TOKEN_CHARS: Final = 512
AFTER_RESTORE: Final = 1 << 32
NUMBERS_A_SECOND: Final = 1 << 20  # far above any load; exact in a browser until 2242

_PURPOSE: Final = b"sync cursor 1\n"
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a device has read.

    `epoch` names the life of the database (a restore from backup begins another), `space` whose
    feed it is, `after` the last number it has, `start_hi` the highest number when its first pull
    began (older deletions concern nobody), `scope_version` the grants it knows.
    """

    epoch: str
    space: str
    after: int
    start_hi: int
    scope_version: int


@dataclass(frozen=True, slots=True)
class Feed:
    """How the feed stands: `hi` is its last number, deletions up to `purged` are forgotten."""

    epoch: str
    space: str
    hi: int
    purged: int
    scope_version: int


class Start(StrEnum):
    """How a pull goes on."""

    RESUME = "resume"  # send what came after the cursor
    RESTART = "restart"  # another life: send all, and let the device send again what it keeps
    COMPARE = "compare"  # too old: compare by digests, then go on


def start_of(cursor: Cursor | None, feed: Feed) -> Start:
    """Where a pull starts. The device keeps its queue in every case."""
    if cursor is None or (cursor.epoch, cursor.space) != (feed.epoch, feed.space):
        return Start.RESTART
    if cursor.after > feed.hi:
        return Start.RESTART
    return Start.COMPARE if 0 < cursor.after < feed.purged else Start.RESUME


def is_rescoped(cursor: Cursor, feed: Feed) -> bool:
    """Whether the device must first hear which scopes it lost and gained."""
    return cursor.scope_version != feed.scope_version


def first_number_after_restore(hi: int, now_s: int) -> int:
    """Where to set the counter when a backup with last number `hi` is restored at `now_s`.

    Past every number that lost days can have given, also those of a life that began with the same
    backup (hence the time, in seconds since 1970): a device that saw them must not appear to have
    seen the changes of the new life, or its edits would overwrite them unasked. Only a clock that
    is behind the backup leaves a step from `hi`, which a second restore of it would repeat.
    """
    by_time = now_s * NUMBERS_A_SECOND
    return by_time if by_time > hi else hi + AFTER_RESTORE


def write_cursor(cursor: Cursor, key: bytes) -> str:
    """The opaque token of a cursor, signed under `key` (at least 16 bytes)."""
    body = canonical(list(astuple(cursor))).encode("ascii")
    return _text(_tag(body, key) + body)


def read_cursor(token: object, key: bytes) -> Cursor:
    """Read a token. Raises CursorRefused('form' or 'forged')."""
    signed = _bytes(token)
    tag, body = signed[:_TAG_BYTES], signed[_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(body, key)):
        raise CursorRefused("forged")
    return _cursor(body)


def _tag(body: bytes, key: bytes) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        raise ValueError("the key of cursors is too short")
    return hmac.digest(key, _PURPOSE + body, hashlib.sha256)[:_TAG_BYTES]


def _text(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")


def _bytes(token: object) -> bytes:
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARS:
        raise CursorRefused("form")
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CursorRefused("form") from None
    if _text(signed) != token:
        raise CursorRefused("form")
    return signed


def _cursor(body: bytes) -> Cursor:
    """What this server signed it also wrote, but perhaps as an older release."""
    try:
        epoch, space, after, start_hi, scope_version = json.loads(body)
    except (ValueError, TypeError):
        raise CursorRefused("form") from None
    numbers = (after, start_hi, scope_version)
    if not all(type(number) is int and 0 <= number <= MAX_WHOLE for number in numbers):
        raise CursorRefused("form")
    if not isinstance(epoch, str) or not isinstance(space, str):
        raise CursorRefused("form")
    return Cursor(epoch, space, after, start_hi, scope_version)
