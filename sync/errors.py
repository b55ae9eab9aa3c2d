"""What the engine refuses. Every error names the fact and carries codes, no text for people."""

from __future__ import annotations


class Malformed(ValueError):
    """A value that came from a device cannot be read: which field, and why, both as codes."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Gap(ValueError):
    """Mutations are missing before this one; `expected` is the number the server waits for."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"expected {expected}")
        self.expected = expected


class Clone(ValueError):
    """Another mutation already holds number `n` of this device: a copied or restored phone."""

    def __init__(self, n: int) -> None:
        super().__init__(f"taken {n}")
        self.n = n


class CannotConvert(ValueError):
    """A mutation of an old schema has no faithful form in the present one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CursorRefused(ValueError):
    """A cursor token is no token (`form`) or was not signed by this server (`forged`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
