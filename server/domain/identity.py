"""The resident ID number 公民身份号码 (GB 11643-1999): check it and read what it says.

Eighteen characters: area (6), birth (8), sequence (3, odd for a man), check (1). The old
number has fifteen digits, no century and no check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import Final

from server.domain.errors import Invalid
from server.domain.typed import code_text

_SHAPE: Final = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OF_ZEROS: Final = ord("0") * sum(_WEIGHTS)
_CHECKS: Final = "10X98765432"
_PROVINCES: Final = re.compile(
    r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]",
)
_WITHOUT_COUNTIES: Final = frozenset({"71", "81", "82", "83"})
_OLDEST_BIRTH: Final = date(1900, 1, 1)


class Sex(StrEnum):
    """As the number tells it: an odd sequence is a man's."""

    MALE = "M"
    FEMALE = "F"


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A number that passed every check.

    `number` is the 18-character form that is stored and compared; `original` is what was typed,
    evened out. `warnings` are codes: `unknown_county` and `old_number` (fifteen digits, no valid
    document since 2013).
    """

    number: str
    original: str
    born_on: date
    sex: Sex
    warnings: tuple[str, ...] = ()

    @property
    def province(self) -> str:
        """The two-digit province code."""
        return self.number[:2]

    @property
    def area(self) -> str:
        """The six-digit area code 行政区划 of first registration."""
        return self.number[:6]

    @property
    def is_old(self) -> bool:
        """It was typed as a fifteen-digit number."""
        return len(self.original) == 15


def read_resident_id(text: str, today: date, field: str = "id_no") -> ResidentId:
    """Check and read a number as people type it.

    Raises `Invalid(field, reason)`; the reasons, in this order: `format`, `area`,
    `birth_date` (not a day, before 1900 or after `today`), `checksum`.
    """
    original = normalise_id(text, field)
    found = _read(original)
    if isinstance(found, str):
        raise Invalid(field, found)
    if found.born_on > today:
        raise Invalid(field, "birth_date")
    if found.number[-1] != check_character(found.number[:17]):
        raise Invalid(field, "checksum")
    return found


@lru_cache(maxsize=1024)
def _read(original: str) -> ResidentId | str:
    """What a number says, or why it says nothing; its check is the last thing to be looked at."""
    if not _SHAPE.fullmatch(original):
        return "format"
    if not _PROVINCES.match(original):
        return "area"
    number = original if len(original) == 18 else eighteen(original)
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "birth_date"
    if born_on < _OLDEST_BIRTH:
        return "birth_date"
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return ResidentId(number, original, born_on, sex, _warnings(original))


def normalise_id(text: str, field: str = "id_no") -> str:
    """The number as it is compared: half width, no blanks, no `'` or `.0`, `x` as `X`."""
    return code_text(text, field).upper()


def check_character(seventeen: str) -> str:
    """The last character that belongs to the first seventeen digits."""
    # Over the codes of the digits: the zero's is the same for each, and taken off the sum.
    total = sum(map(mul, seventeen.encode("ascii"), _WEIGHTS)) - _OF_ZEROS
    return _CHECKS[total % 11]


def eighteen(fifteen: str) -> str:
    """The 18-character form of a fifteen-digit number (always of the 20th century)."""
    body = f"{fifteen[:6]}19{fifteen[6:]}"
    return body + check_character(body)


def disagreements(
    resident: ResidentId, born_on: date | None = None, sex: Sex | None = None
) -> tuple[str, ...]:
    """The columns that contradict the number: of `birth_on`, `gender`. None means not given."""
    found = []
    if born_on is not None and born_on != resident.born_on:
        found.append("birth_on")
    if sex is not None and sex is not resident.sex:
        found.append("gender")
    return tuple(found)


def _warnings(original: str) -> tuple[str, ...]:
    found = []
    if not _county_is_plausible(original):
        found.append("unknown_county")
    if len(original) == 15:
        found.append("old_number")
    return tuple(found)


def _county_is_plausible(number: str) -> bool:
    """Whether digits 3-6 lie in the ranges GB/T 2260 ever gave out.

    No register of counties is kept: codes are abolished over time and numbers are not, so a
    closer check would only warn about old people.
    """
    if number[:2] in _WITHOUT_COUNTIES:
        return True
    prefecture, county = int(number[2:4]), int(number[4:6])
    return (prefecture <= 70 or prefecture == 90) and (1 <= county <= 64 or 81 <= county <= 90)
