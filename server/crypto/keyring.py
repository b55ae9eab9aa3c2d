"""AES-256-GCM under versioned keys, with the place of the value as associated data.

A sealed value is `version (2 bytes, big endian) + nonce (12) + ciphertext and tag`. The place
(`table.column:row id`) is authenticated, so a value moved to another row or column does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION_BYTES: Final = 2
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = VERSION_BYTES + _NONCE_BYTES
_TAG_BYTES: Final = 16


class SealBroken(ValueError):
    """A sealed value does not open: wrong key, altered bytes, or moved from its place."""


def version_of(sealed: bytes) -> int:
    """The version of the key that a value is sealed under."""
    return int.from_bytes(sealed[:VERSION_BYTES], "big")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by version; values are sealed under the newest and opened under the one they name."""

    ciphers: Mapping[int, AESGCM]
    index_key: bytes
    newest: int

    def seal(self, text: str, place: str) -> bytes:
        """Seal text at a place such as `customers.id_no:018f…`."""
        return self.seal_bytes(text.encode(), place)

    def open(self, sealed: bytes, place: str) -> str:
        """Open what `seal` made at the same place. Raises `SealBroken`."""
        return self.open_bytes(sealed, place).decode()

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        """Seal bytes (files) at a place."""
        nonce = os.urandom(_NONCE_BYTES)
        head = self.newest.to_bytes(2, "big") + nonce
        return head + self.ciphers[self.newest].encrypt(nonce, plain, place.encode())

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """Open what `seal_bytes` made at the same place. Raises `SealBroken`."""
        cipher = self.ciphers.get(version_of(sealed))
        if cipher is None or len(sealed) < _HEAD_BYTES + _TAG_BYTES:
            raise SealBroken(place)
        try:
            return cipher.decrypt(sealed[2:_HEAD_BYTES], sealed[_HEAD_BYTES:], place.encode())
        except InvalidTag:
            raise SealBroken(place) from None

    def blind(self, kind: str, value: str) -> str:
        """Index a value for equality search: 32 hex digits that tell nothing without the key."""
        mac = _keyed(self.index_key).copy()
        mac.update(f"{kind}\0{value}".encode())
        return mac.finalize()[:16].hex()


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> HMAC:
    """An HMAC that has taken its key: a copy of it costs a third of a new one."""
    return HMAC(key, SHA256())


def read_keyring(text: str) -> Keyring:
    """Read the TAIZHANG_KEYRING setting: `1:KEY,2:KEY,index:KEY`, each 32 bytes in base64.

    Raises `ValueError` with a text that names the fault but never a key.
    """
    try:
        pairs = (pair.split(":") for pair in text.split(","))
        raw = {name.strip(): base64.b64decode(key, altchars=b"-_") for name, key in pairs}
    except ValueError:
        raise ValueError("TAIZHANG_KEYRING is not a list of version:key") from None
    index_key = raw.pop("index", b"")
    if not raw or not all(name.isdecimal() and 0 < int(name) < 65536 for name in raw):
        raise ValueError("TAIZHANG_KEYRING needs keys by version, 1 to 65535")
    if any(len(key) != _KEY_BYTES for key in (index_key, *raw.values())):
        raise ValueError("TAIZHANG_KEYRING needs 32-byte keys and a 32-byte index key")
    ciphers = {int(name): AESGCM(key) for name, key in raw.items()}
    return Keyring(ciphers=ciphers, index_key=index_key, newest=max(ciphers))


def new_keyring_text() -> str:
    """Make the text of a fresh keyring with one key and an index key; no shell minds it."""
    return ",".join(
        f"{name}:{base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()}"
        for name in ("1", "index")
    )


def fingerprint(value: bytes) -> str:
    """SHA-256 of bytes in hex: the name of a file's content."""
    return hashlib.sha256(value).hexdigest()


_installed: list[Keyring] = []


def install(keyring: Keyring) -> None:
    """Make this the keyring of the process."""
    _installed[:] = [keyring]


def active() -> Keyring:
    """The keyring of the process. Raises `RuntimeError` before `install`."""
    if not _installed:
        raise RuntimeError("no keyring is installed")
    return _installed[0]
