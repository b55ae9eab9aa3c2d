"""Passwords by argon2id. Hashing costs 64 MiB and a sixth of a second, so few run at once."""

from __future__ import annotations

import secrets
import threading
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE: Final = threading.BoundedSemaphore(2)
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


_hasher = PasswordHasher()


def use(hasher: PasswordHasher) -> None:
    """Hash with another cost from now on: tests take the cheapest."""
    global _hasher  # noqa: PLW0603 (one setting of the process)
    _hasher = hasher


def hash_password(password: str) -> str:
    """Hash a password for storage."""
    with _AT_ONCE:
        return _hasher.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Check a password; with no stored hash it takes as long and answers False."""
    with _AT_ONCE:
        nobody = _nobody(_hasher)  # asked for in both cases: the first check of all takes longer
        try:
            matches = _hasher.verify(stored or nobody, password)
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


@lru_cache(maxsize=1)
def _nobody(hasher: PasswordHasher) -> str:
    """The hash of a password that nobody has. It is not made at the start: every command waits."""
    return hasher.hash(secrets.token_urlsafe(16))


def make_temporary_password() -> str:
    """Make a password that is easily read out and typed once: 12 letters and digits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
