"""Amounts of money as people write them: digits, 万 and 亿, brackets, Chinese capitals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

from server.domain.chinese import fen_from_capitals
from server.domain.errors import Invalid
from server.domain.money import MAX_FEN
from server.domain.parsing.cells import cell_text
from server.domain.typed import Reading

INVALID_AMOUNT: Final = "INVALID_AMOUNT"
TOO_LARGE: Final = "TOO_LARGE"
RANGE: Final = "RANGE"
ROUNDED: Final = "ROUNDED"
APPROXIMATE: Final = "APPROXIMATE"
COLLOQUIAL: Final = "COLLOQUIAL"
SCIENTIFIC: Final = "SCIENTIFIC"
FOREIGN_CURRENCY: Final = "FOREIGN_CURRENCY"

Cell = str | int | float | Decimal | None

_ABOUT: Final = re.compile(
    r"^(?:大?约为?|大概|大致|近|将近|差不多|~|≈)|(?:左右|上下|多|余|许)(?=元?$)"
)
_BOUND: Final = re.compile(r"^(?:不超过|不低于|至少|最多|最高|最低|≤|≥|<|>)|(?:以上|以下|以内|起)$")
_FOREIGN: Final = re.compile(
    r"美元|港[币元]|欧元|日元|英镑|USD|HKD|EUR|JPY|GBP|US\$|HK\$|[$€£]", re.IGNORECASE
)
_CURRENCY: Final = re.compile(r"人民币|RMB|CNY|¥", re.IGNORECASE)
_TAIL: Final = re.compile(r"(?:元|圆|块钱?)?[整正]?$")
_GROUPED: Final = re.compile(r"(?<![0-9])([0-9]{1,3})((?:[ ,][0-9]{3})+)(?![0-9])")
_NUMBER: Final = r"[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18}"
_PLAIN: Final = re.compile(_NUMBER)
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+?([0-9]{1,2})", re.IGNORECASE)
_COINS: Final = re.compile(r"(?:([0-9]{1,15})[元块])?(?:([0-9])[角毛])?(?:([0-9])分)?")
_UNITS: Final = {
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "w": 10**4,
    "千": 10**3,
    "仟": 10**3,
    "k": 10**3,
    "百": 10**2,
    "佰": 10**2,
}
_UNIT: Final = r"亿|千万|百万|十万|万|[wW]|千|仟|[kK]|百|佰"
_COMPOUND: Final = re.compile(
    rf"(?:(?:{_NUMBER})(?:{_UNIT})){{1,4}}(?:[0-9]{{1,8}}(?:\.[0-9]{{1,4}})?)?"
)
_PIECE: Final = re.compile(rf"({_NUMBER})({_UNIT})?")
_SPLIT: Final = re.compile(r"(?<=[^-~至到(])(?:~|至|到|--?)(?=.)")
_COLLOQUIAL: Final = re.compile(r".*[亿万千百][一二三四五六七八九两]")


def parse_amount(value: Cell, *, scale: int = 1) -> Reading[int]:
    """Read a cell as an amount in fen.

    `scale` is the unit of the heading in yuan (10,000 for 万元); it counts for bare numbers
    alone, a cell that names its own unit is taken at its word. Flags with a value: `ROUNDED` (to
    the fen), `APPROXIMATE`, `COLLOQUIAL` (两万五 as 25,000), `SCIENTIFIC`. Flags without: `RANGE`,
    `FOREIGN_CURRENCY`, `TOO_LARGE`, `INVALID_AMOUNT`, `CELL_ERROR`, `TOO_LONG`.
    """
    if value is None:
        return Reading()
    if not isinstance(value, str):
        return _from_number(value, scale)
    text = cell_text(value)
    return _from_text(text, scale) if isinstance(text, str) else text


def looks_like_ten_thousands(amounts: Sequence[int]) -> bool:
    """Whether a column of amounts (fen) was probably meant in 万元: a median below 1,000 yuan."""
    return bool(amounts) and median(map(abs, amounts)) < 1000 * 100


def _from_number(value: float | Decimal, scale: int) -> Reading[int]:
    if isinstance(value, bool):
        return Reading(flag=INVALID_AMOUNT)
    # Fifteen digits are all a spreadsheet keeps; the rest of a float is noise.
    exact = value if isinstance(value, Decimal | int) else Decimal(f"{value:.15g}")
    yuan = Decimal(exact)
    return _fen(yuan * scale) if yuan.is_finite() else Reading(flag=INVALID_AMOUNT)


def _from_text(text: str, scale: int) -> Reading[int]:
    if _FOREIGN.search(text):
        return Reading(flag=FOREIGN_CURRENCY)
    if _BOUND.search(text):
        return Reading(
            flag=RANGE if _from_text(_BOUND.sub("", text), scale).value else INVALID_AMOUNT
        )
    if _ABOUT.search(text):
        about = _from_text(_ABOUT.sub("", text), scale)
        return about if about.value is None else Reading(about.value, APPROXIMATE)
    negative, bare = _sign(_CURRENCY.sub("", text).strip())
    read = _unsigned(bare, scale)
    if read.flag == INVALID_AMOUNT and _is_range(bare, scale):
        return Reading(flag=RANGE)
    return Reading(-read.value, read.flag) if negative and read.value is not None else read


def _sign(text: str) -> tuple[bool, str]:
    """The sign apart from the amount: `-5`, `(5)`, `负5`, `5-`."""
    if re.fullmatch(r"\([^()]+\)", text):
        return True, text[1:-1].strip()
    found = re.fullmatch(r"([-+负負])? ?(.*?)(-)?", text)
    if not found or (found[1] and found[3]):
        return False, text
    return found[1] not in {None, "+"} or found[3] is not None, found[2].strip()


def _unsigned(text: str, scale: int) -> Reading[int]:
    digits = _GROUPED.sub(lambda m: m[1] + re.sub(r"[ ,]", "", m[2]), text)
    if re.search(r"[0-9.] [0-9.]", digits):
        return Reading(flag=INVALID_AMOUNT)
    digits = digits.replace(" ", "")
    bare = _TAIL.sub("", digits)
    if _PLAIN.fullmatch(bare):
        return _fen(Decimal(bare) * (scale if bare == digits else 1))
    scientific = _SCIENTIFIC.fullmatch(bare)
    if scientific:
        read = _fen(Decimal(bare) * scale)
        return read if read.value is None else Reading(read.value, SCIENTIFIC)
    if _COMPOUND.fullmatch(bare):
        return _compound(bare)
    if re.search(r"[0-9]", bare):
        return _coins(digits)
    return _capitals(digits)


def _compound(text: str) -> Reading[int]:
    """`10万`, `3万5千`, `1亿2000万`, each unit below the one before; `3万5` is colloquial."""
    total, before, flag = Decimal(0), 0, None
    for number, name in _PIECE.findall(text):
        unit = _UNITS.get(name.lower(), 1)
        piece = Decimal(number) * unit
        if not name and len(number) == 1:
            if "." in text:
                return Reading(flag=INVALID_AMOUNT)
            piece, flag = piece * before / 10, COLLOQUIAL
        if before and (piece >= before or unit >= before):
            return Reading(flag=INVALID_AMOUNT)
        total, before = total + piece, unit
    read = _fen(total)
    return Reading(read.value, flag) if flag and read.value is not None else read


def _coins(text: str) -> Reading[int]:
    """`100元5角2分`."""
    found = _COINS.fullmatch(text.rstrip("整正"))
    if not found or not any(found.groups()):
        return Reading(flag=INVALID_AMOUNT)
    yuan, jiao, fen = (int(part or 0) for part in found.groups())
    return _fen(Decimal(100 * yuan + 10 * jiao + fen) / 100)


def _capitals(text: str) -> Reading[int]:
    try:
        fen = fen_from_capitals(text)
    except Invalid as refusal:
        return Reading(flag=TOO_LARGE if refusal.reason == "too_large" else INVALID_AMOUNT)
    return Reading(fen, COLLOQUIAL if _COLLOQUIAL.fullmatch(_TAIL.sub("", text)) else None)


def _is_range(text: str, scale: int) -> bool:
    """Two amounts with a stroke between: `5-8万`, `3万至5万`."""
    ends = _SPLIT.split(text)
    return len(ends) == 2 and all(
        _unsigned(_CURRENCY.sub("", end).strip(), scale).value is not None for end in ends
    )


def _fen(yuan: Decimal) -> Reading[int]:
    exact = yuan * 100
    if abs(exact) > MAX_FEN:
        return Reading(flag=TOO_LARGE)
    whole = exact.to_integral_value(ROUND_HALF_UP)
    return Reading(int(whole), None if whole == exact else ROUNDED)
