"""Cursors of the change feed: signed tokens, and where a pull with one goes on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sync.errors import CursorRefused
from sync.values import MAX_WHOLE, Json, canonical

MIN_KEY_BYTES: Final = 16
MAX_TOKEN_CHARS: Final = 3072  # as a query of a URL it must fit what web servers read
AFTER_RESTORE: Final = 1 << 32
NUMBERS_A_SECOND: Final = 1 << 20  # far above any load; exact in a browser until 2242

_PURPOSE: Final = b"sync cursor 1\n"
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Lent:
    """A scope of somebody else that a device reads for a time, beside its own.

    What was there when it came (numbers up to `upto`) is caught up from 0; `after` is how far that
    is. What comes later flows with all else. Once it `left`, its rows are dropped from 0 the same
    way, and `upto` is how far the device had read when it left.
    """

    scope: str
    after: int
    upto: int
    left: bool = False

    @property
    def is_caught_up(self) -> bool:
        """Whether all that was there before is sent."""
        return not self.left and self.after >= self.upto


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a device has read.

    `epoch` names the life of the database (a restore from backup begins another), `space` whose
    feed it is, `after` the last number it has, `start_hi` the highest number when its first pull
    began (older deletions concern nobody), `scope_version` the scopes of its own, `lent` those of
    others that it knows.
    """

    epoch: str
    space: str
    after: int
    start_hi: int
    scope_version: int
    lent: tuple[Lent, ...] = ()

    @property
    def read_with(self) -> tuple[str, ...]:
        """The lent scopes whose news flow with the device's own."""
        return tuple(each.scope for each in self.lent if not each.left)

    def with_lent(self, changed: Lent) -> Cursor:
        """The same with another standing of one lent scope."""
        rest = tuple(changed if each.scope == changed.scope else each for each in self.lent)
        return replace(self, lent=rest)

    def without(self, scope: str) -> Cursor:
        """The same when a scope that left is dropped to its end."""
        return replace(self, lent=tuple(each for each in self.lent if each.scope != scope))


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


def lend(cursor: Cursor, scopes: Collection[str]) -> Cursor:
    """The cursor with the scopes that are lent now: new ones begin, others begin to leave.

    One that comes back while it is still on its way out leaves first, and begins with the next
    cursor. A device that has read nothing has nothing to catch up.
    """
    known = {each.scope: each for each in cursor.lent}
    standing = []
    for scope in sorted({*known, *scopes}):
        lent = known.get(scope)
        if lent is None:
            lent = Lent(scope, 0, cursor.after)
        elif scope not in scopes and not lent.left:
            lent = Lent(scope, 0, cursor.after, left=True)
        standing.append(lent)
    return replace(cursor, lent=tuple(standing))


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
    told: list[Json] = [cursor.epoch, cursor.space, cursor.after]
    told += [cursor.start_hi, cursor.scope_version]
    if cursor.lent:
        told.append([list(astuple(each)) for each in cursor.lent])
    body = canonical(told).encode("ascii")
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
        epoch, space, after, start_hi, scope_version, *more = json.loads(body)
        lent = tuple(_lent(each) for each in (more[0] if more else ()))
    except (ValueError, TypeError):
        raise CursorRefused("form") from None
    numbers = (after, start_hi, scope_version)
    if not _are_whole(*numbers) or len(more) > 1:
        raise CursorRefused("form")
    if not isinstance(epoch, str) or not isinstance(space, str):
        raise CursorRefused("form")
    return Cursor(epoch, space, after, start_hi, scope_version, lent)


def _lent(told: Any) -> Lent:
    """Raises ValueError or TypeError."""
    scope, after, upto, left = told
    if not isinstance(scope, str) or type(left) is not bool or not _are_whole(after, upto):
        raise ValueError
    return Lent(scope, after, upto, left)


def _are_whole(*numbers: object) -> bool:
    return all(type(each) is int and 0 <= each <= MAX_WHOLE for each in numbers)
