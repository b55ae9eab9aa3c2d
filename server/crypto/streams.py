"""Long streams sealed in chunks: the STREAM construction over AES-256-GCM.

A stream is a head, readable by everybody (magic, length, JSON), and chunks of one size. Each
stream has a key of its own, derived from the named version of the keys and a salt in the head; the
nonce of a chunk is its number and a mark on the last, and the whole head is authenticated with
every chunk. So chunks cannot be altered, swapped, left out, repeated or cut off at the end, and
nothing is handed on before it is authenticated. Memory: a chunk, whatever the length.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC: Final = b"TAIZHANG BACKUP 1\n"
CHUNK_BYTES: Final = 256 * 1024

_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 32
_TAG_BYTES: Final = 16
_MOST_HEAD: Final = 16 * 1024
_MOST_CHUNK: Final = 16 * 1024 * 1024
_CHECK: Final = b"taizhang backup key check 1"
_PURPOSE: Final = b"taizhang backup 1"


class Source(Protocol):
    """What bytes are read from; fewer than asked for are no end, none are."""

    def read(self, size: int, /) -> bytes: ...


class Target(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


class StreamBroken(ValueError):
    """A stream is not to be believed.

    `reason`: `not_sealed` (no stream of ours), `no_such_key` (its key's version is missing),
    `wrong_key` (that version is another key), `cut_short` or `damaged`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StreamKeys:
    """Keys by version; streams are sealed under the newest and opened under the one they name."""

    keys: Mapping[int, bytes]

    @property
    def newest(self) -> int:
        """The version that seals."""
        return max(self.keys)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the chunks; `told` is what the writer said of the stream."""

    raw: bytes
    version: int
    check: str
    salt: bytes
    chunk: int
    told: Mapping[str, Any]


def read_stream_keys(text: str) -> StreamKeys:
    """Read `1:KEY,2:KEY` (32 bytes each, URL-safe base64). Raises `ValueError`."""
    try:
        pairs = [each.strip().partition(":") for each in text.split(",") if each.strip()]
        keys = {int(name): base64.b64decode(key, b"-_", validate=True) for name, _, key in pairs}
    except (ValueError, binascii.Error):
        raise ValueError("keys are written as VERSION:KEY, with commas between") from None
    if not keys or any(not 0 < version < 65536 for version in keys):
        raise ValueError("keys have versions, 1 to 65535")
    if len(keys) != len(pairs) or any(len(key) != _KEY_BYTES for key in keys.values()):
        raise ValueError("each version has one key of 32 bytes")
    return StreamKeys(keys)


def new_stream_keys_text() -> str:
    """Make the text of one fresh key; no shell minds it."""
    return f"1:{base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()}"


def read_head(source: Source) -> Head:
    """Read what anybody may know of a stream; it is believed only once a chunk opens.

    Raises `StreamBroken("not_sealed" | "cut_short")`.
    """
    magic = read_fully(source, len(MAGIC))
    if not MAGIC.startswith(magic[: len(MAGIC)]) or not magic:
        raise StreamBroken("not_sealed")
    size = read_fully(source, 4)
    if len(magic) < len(MAGIC) or len(size) < 4:
        raise StreamBroken("cut_short")
    length = int.from_bytes(size, "big")
    if length > _MOST_HEAD:
        raise StreamBroken("damaged")
    raw = read_fully(source, length)
    if len(raw) < length:
        raise StreamBroken("cut_short")
    return _head(MAGIC + size + raw, raw)


class SealingWriter:
    """Seals what is written; without `finish` the stream is cut short."""

    def __init__(self, target: Target, keys: StreamKeys, told: Mapping[str, Any]) -> None:
        salt, version = os.urandom(_SALT_BYTES), keys.newest
        said = {
            "key": version,
            "check": _check(keys.keys[version]),
            "salt": salt.hex(),
            "chunk": CHUNK_BYTES,
            "told": dict(told),
        }
        raw = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        before = MAGIC + len(raw).to_bytes(4, "big") + raw
        target.write(before)
        self._target = target
        self._cipher, self._bound = _cipher(keys.keys[version], salt, before)
        self._waiting = bytearray()
        self._number = 0
        self.written = len(before)

    def write(self, data: bytes, /) -> int:
        """Take bytes; whole chunks are sealed and passed on, but never what may be the last."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._pass_on(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Nothing is passed on before its chunk is full."""

    def finish(self) -> None:
        """Seal the last chunk, which says that it is the last."""
        self._pass_on(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _pass_on(self, plain: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), plain, self._bound)
        self._target.write(sealed)
        self._number += 1
        self.written += len(sealed)


class OpeningReader:
    """Reads what a `SealingWriter` wrote. Every method raises `StreamBroken`."""

    def __init__(self, source: Source, keys: StreamKeys) -> None:
        self.head = head = read_head(source)
        key = keys.keys.get(head.version)
        if key is None:
            raise StreamBroken("no_such_key")
        if not hmac.compare_digest(_check(key), head.check):
            raise StreamBroken("wrong_key")
        self._source = source
        self._cipher, self._bound = _cipher(key, head.salt, head.raw)
        self._number = 0
        self._ready = memoryview(b"")
        self._ahead = read_fully(source, head.chunk + _TAG_BYTES)
        self._is_over = False

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes (a chunk, where no size is given); none at the end."""
        while not self._ready and not self._is_over:
            self._ready = memoryview(self._next())
        wanted = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:wanted], self._ready[wanted:]
        return bytes(given)

    def _next(self) -> bytes:
        """Open the chunk at hand; it is the last where nothing follows."""
        sealed = self._ahead
        self._ahead = read_fully(self._source, self.head.chunk + _TAG_BYTES)
        last = not self._ahead
        try:
            plain = self._cipher.decrypt(_nonce(self._number, last=last), sealed, self._bound)
        except (InvalidTag, ValueError):
            raise StreamBroken(self._fault(sealed, last=last)) from None
        self._number += 1
        self._is_over = last
        return plain

    def _fault(self, sealed: bytes, *, last: bool) -> str:
        """A chunk that is no last one, or no whole one, and has nothing behind it: cut short."""
        if not last:
            return "damaged"
        if len(sealed) < self.head.chunk + _TAG_BYTES:
            return "damaged" if len(sealed) > _TAG_BYTES else "cut_short"
        try:
            self._cipher.decrypt(_nonce(self._number, last=False), sealed, self._bound)
        except InvalidTag:
            return "damaged"
        return "cut_short"


def read_fully(source: Source, size: int) -> bytes:
    """So many bytes, fewer only at the end."""
    parts, left = [], size
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _head(before: bytes, raw: bytes) -> Head:
    try:
        said = json.loads(raw)
        head = Head(
            before,
            int(said["key"]),
            str(said["check"]),
            bytes.fromhex(said["salt"]),
            int(said["chunk"]),
            dict(said["told"]),
        )
    except (ValueError, KeyError, TypeError):
        raise StreamBroken("damaged") from None
    if not 0 < head.chunk <= _MOST_CHUNK:
        raise StreamBroken("damaged")
    return head


def _cipher(key: bytes, salt: bytes, before: bytes) -> tuple[AESGCM, bytes]:
    own = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=_PURPOSE).derive(key)
    return AESGCM(own), hashlib.sha256(before).digest()


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _check(key: bytes) -> str:
    """Tells a wrong key from a damaged stream; tells nothing of the key."""
    return hmac.digest(key, _CHECK, "sha256")[:8].hex()
