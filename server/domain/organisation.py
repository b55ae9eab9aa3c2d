"""The unified social credit code 统一社会信用代码 (GB 32100-2015) of companies and bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.domain.errors import Invalid
from server.domain.typed import code_text

_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_INNER_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_INNER_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A code that may be used.

    `warnings` are codes: `checksum` (accepted with evidence, a few early pilot codes fail it
    though legal) and `organisation` (the inner check of the nine-character body).
    """

    code: str
    warnings: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The six-character area code of registration."""
        return self.code[2:8]

    @property
    def organisation(self) -> str:
        """The nine-character organisation code 主体标识码 (GB 11714)."""
        return self.code[8:17]


def read_credit_code(text: str, field: str = "uscc", *, with_evidence: bool = False) -> CreditCode:
    """Check and read a code as people type it (hyphens and lower case are evened out).

    Raises `Invalid(field, reason)` with `length`, `charset` or `checksum`, in this order. Only
    `checksum` gives way, when someone keeps evidence of the licence (`with_evidence`).
    """
    code = code_text(text, field).replace("-", "").upper()
    if len(code) != 18:
        raise Invalid(field, "length")
    if any(character not in _CHARACTERS for character in code):
        raise Invalid(field, "charset")
    found = []
    if code[-1] != check_character(code[:17]):
        if not with_evidence:
            raise Invalid(field, "checksum")
        found.append("checksum")
    if code[16] != organisation_check(code[8:16]):
        found.append("organisation")
    return CreditCode(code, tuple(found))


def check_character(seventeen: str) -> str:
    """The last character that belongs to the first seventeen."""
    weighted = zip(seventeen, _WEIGHTS, strict=True)
    return _CHARACTERS[-sum(_CHARACTERS.index(c) * w for c, w in weighted) % 31]


def organisation_check(eight: str) -> str:
    """The ninth character that belongs to the first eight of an organisation code."""
    weighted = zip(eight, _INNER_WEIGHTS, strict=True)
    rest = -sum(_INNER_CHARACTERS.index(c) * w for c, w in weighted) % 11
    return "X" if rest == 10 else str(rest)
