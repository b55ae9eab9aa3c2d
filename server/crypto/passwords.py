"""Passwords by argon2id. Hashing costs 64 MiB and a sixth of a second, so few run at once."""

from __future__ import annotations

import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE: Final = threading.BoundedSemaphore(2)
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_urlsafe(16))


def use(hasher: PasswordHasher) -> None:
    """Hash with another cost from now on: tests take the cheapest."""
    global _hasher, _nobody  # noqa: PLW0603 (one setting of the process)
    _hasher = hasher
    _nobody = hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Hash a password for storage."""
    with _AT_ONCE:
        return _hasher.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Check a password; with no stored hash it takes as long and answers False."""
    with _AT_ONCE:
        try:
            matches = _hasher.verify(stored or _nobody, password)
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


def make_temporary_password() -> str:
    """Make a password that is easily read out and typed once: 12 letters and digits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
