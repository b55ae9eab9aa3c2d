"""Money is whole fen. This module turns yuan text into fen and back, and rounds once."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from server.domain.errors import Invalid

MAX_FEN: Final = 10**14
"""One trillion yuan: more than any amount of this trade, and far inside BIGINT."""

_YUAN: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")


def round_half_up(numerator: int, denominator: int) -> int:
    """Round a fraction to a whole number, halves away from zero. `denominator` is positive."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def fen_from_yuan(text: str, field: str = "amount") -> int:
    """Read canonical yuan text (`"1234.50"`) as fen; what people type goes through `parsing`.

    Raises `Invalid(field, "amount")` for any other shape and `Invalid(field, "too_large")`
    beyond `MAX_FEN`.
    """
    if not isinstance(text, str) or not _YUAN.fullmatch(text):
        raise Invalid(field, "amount")
    fen = int(Decimal(text) * 100)
    if abs(fen) > MAX_FEN:
        raise Invalid(field, "too_large")
    return fen


def yuan(fen: int) -> str:
    """Write fen as canonical yuan text with two places and no separators: `"1234.50"`."""
    sign = "-" if fen < 0 else ""
    whole, cents = divmod(abs(fen), 100)
    return f"{sign}{whole}.{cents:02d}"


def grouped_yuan(fen: int) -> str:
    """Write fen for people, with separators: `"1,234.50"`."""
    sign = "-" if fen < 0 else ""
    whole, cents = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{cents:02d}"
