"""Long numbers that a spreadsheet may have spoilt: a lost digit is asked for, never guessed.

A spreadsheet keeps fifteen digits of a number: an 18-digit ID becomes `1.10199E+17` on the
screen, or ends in three zeros.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from server.domain.contacts import luhn_holds
from server.domain.errors import Invalid
from server.domain.identity import normalise_id, read_resident_id
from server.domain.parsing.cells import cell_text
from server.domain.typed import code_text

Cell = str | int | float | None

_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)
_KEPT_DIGITS: Final = 15
_ANY_BIRTH: Final = date.max


class Damage(StrEnum):
    """What became of a long number."""

    OK = "OK"
    EMPTY = "EMPTY"
    DAMAGED = "DAMAGED"
    PRECISION_LOSS = "PRECISION_LOSS"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class LongNumber:
    """`value` is the number evened out, only when it is `OK`. `reason` explains `INVALID`."""

    status: Damage
    value: str | None = None
    reason: str | None = None

    @property
    def must_be_reentered(self) -> bool:
        """A person has to look at the document and type it again."""
        return self.status not in {Damage.OK, Damage.EMPTY}


def inspect_id(value: Cell) -> LongNumber:
    """Tell whether an ID cell came through whole, and whether it is an ID number at all."""
    text, lost = _digits(value)
    if text is None:
        return lost
    number = normalise_id(text)
    try:
        read_resident_id(number, _ANY_BIRTH)
    except Invalid as refusal:
        if refusal.reason == "checksum" and number.endswith("000"):
            return LongNumber(Damage.PRECISION_LOSS)
        return LongNumber(Damage.INVALID, reason=refusal.reason)
    return LongNumber(Damage.OK, number)


def inspect_account(value: Cell) -> LongNumber:
    """The same for a bank account or card number; its check digit failing is no damage."""
    text, lost = _digits(value)
    if text is None:
        return lost
    number = code_text(text).replace("-", "")
    tail = number[_KEPT_DIGITS:]
    if not number.isascii() or not number.isalnum():
        return LongNumber(Damage.INVALID, reason="digits")
    if tail and number.isdecimal() and not int(tail) and not luhn_holds(number):
        return LongNumber(Damage.PRECISION_LOSS)
    return LongNumber(Damage.OK, number)


def _digits(value: Cell) -> tuple[str | None, LongNumber]:
    """The text of a cell that can hold a whole number, or None and what to say instead."""
    if value is None:
        return None, LongNumber(Damage.EMPTY)
    if isinstance(value, bool):
        return None, LongNumber(Damage.INVALID, reason="format")
    if not isinstance(value, str):
        return _from_number(value)
    text = cell_text(value)
    if not isinstance(text, str):
        status = Damage.EMPTY if text.flag is None else Damage.INVALID
        return None, LongNumber(status, reason=None if text.flag is None else "format")
    if _SCIENTIFIC.fullmatch(code_text(text)):
        return None, LongNumber(Damage.DAMAGED)
    return text, LongNumber(Damage.OK)


def _from_number(value: float) -> tuple[str | None, LongNumber]:
    """A number cell: whole up to fifteen digits, beyond that the tail is gone."""
    is_whole = isinstance(value, int) or value.is_integer()
    if not is_whole:
        return None, LongNumber(Damage.INVALID, reason="format")
    if abs(value) >= 10**_KEPT_DIGITS:
        return None, LongNumber(Damage.DAMAGED)
    return str(Decimal(int(value))), LongNumber(Damage.OK)
