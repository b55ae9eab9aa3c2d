"""Amounts in Chinese capitals, as contracts and receipts carry them, and the way back.

Written by the rules for filling in bills (支付结算办法, annex): 零 once for any run of zeros
inside the number; 零 before 角 when the unit place of the yuan is 0, and before 分 when there
is no 角; 整 after 元 and after 角, never after 分.
"""

from __future__ import annotations

import re
from typing import Final

from server.domain.errors import Invalid
from server.domain.money import MAX_FEN

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_SECTIONS: Final = ((10**8, "亿"), (10**4, "万"))

_VALUES: Final = {
    character: value
    for value, characters in enumerate(
        (
            "零",
            "壹一弌幺",
            "贰二貳两兩",
            "叁三參叄",
            "肆四",
            "伍五",
            "陆六陸",
            "柒七",
            "捌八",
            "玖九",
        )
    )
    for character in characters
}
_INFORMAL: Final = frozenset("一二三四五六七八九两兩")
_EVEN: Final = str.maketrans("萬億圓圆块塊毛正仟佰拾〇負", "万亿元元元元角整千百十零负")
_SHAPE: Final = re.compile(
    r"(?P<sign>负)?(?:人民币|RMB)?(?P<sign2>负)?"
    r"(?:(?P<yuan>[^元角分整]+)(?:元|$|(?=整)))?"
    r"(?:零?(?P<jiao>[^元角分整零])角)?(?:零?(?P<fen>[^元角分整零])分)?整?"
)
_SECTION: Final = re.compile(
    r"零?(?:(?P<k>[^十百千零])千)?(?P<z1>零)?(?:(?P<h>[^十百千零])百)?(?P<z2>零)?"
    r"(?:(?P<t>[^十百千零])?(?P<ten>十))?(?P<z3>零)?(?P<o>[^十百千零])?"
)


def capitals(fen: int) -> str:
    """Write an amount: `12345` is `壹佰贰拾叁元肆角伍分`; a negative one begins with 负.

    Raises `Invalid("amount", "too_large")` beyond `MAX_FEN`.
    """
    if abs(fen) > MAX_FEN:
        raise Invalid("amount", "too_large")
    yuan, cents = divmod(abs(fen), 100)
    jiao, rest = divmod(cents, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        text += f"{'零' if yuan and yuan % 10 == 0 else ''}{_DIGITS[jiao]}角"
    if rest:
        text += f"{'零' if yuan and not jiao else ''}{_DIGITS[rest]}分"
    else:
        text = f"{text or '零元'}整"
    return f"负{text}" if fen < 0 else text


def fen_from_capitals(text: str, field: str = "amount") -> int:
    """Read Chinese numerals, formal or not: `壹拾万元整`, `十万`, `两万`, `一万二` (12,000).

    Raises `Invalid(field, "capitals")` for what is no number, `Invalid(field, "too_large")`.
    """
    even = text.strip().translate(_EVEN)
    found = _SHAPE.fullmatch(even) if even and len(even) <= 64 else None
    if found is None or not any(found.group("yuan", "jiao", "fen")):
        raise Invalid(field, "capitals")
    fen = 100 * _read_whole(found["yuan"] or "零", field)
    fen += 10 * _digit(found["jiao"], field) + _digit(found["fen"], field)
    if fen > MAX_FEN:
        raise Invalid(field, "too_large")
    return -fen if found["sign"] or found["sign2"] else fen


def _whole(number: int) -> str:
    """A positive whole number, sections of four digits joined by 万 and 亿."""
    for size, name in _SECTIONS:
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and (low < size // 10) else ""
            return f"{_whole(high)}{name}{gap}{_whole(low) if low else ''}"
    return _four_digits(number)


def _four_digits(number: int) -> str:
    text = ""
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += _DIGITS[digit] + _PLACES[place]
        elif text and number % 10**place and not text.endswith("零"):
            text += "零"
    return text


def _read_whole(text: str, field: str) -> int:
    for size, name in _SECTIONS:
        high, mark, low = text.rpartition(name)
        if mark and name in high:
            raise Invalid(field, "capitals")
        if mark:
            return _join(_read_whole(high, field), size, low, field)
    return _read_section(text, field)


def _join(high: int, size: int, low: str, field: str) -> int:
    if high == 0:
        raise Invalid(field, "capitals")
    if not low:
        return high * size
    if low in _INFORMAL:
        # 一万二 leaves out the unit that follows: twelve thousand, never 10,002 (一万零二).
        return high * size + _VALUES[low] * size // 10
    rest = _read_whole(low, field)
    if rest >= size:
        raise Invalid(field, "capitals")
    return high * size + rest


def _read_section(text: str, field: str) -> int:
    """Below ten thousand: 叁仟零伍, 十五, 一百五 (150), 三千二 (3,200)."""
    found = _SECTION.fullmatch(text)
    if found is None or not text:
        raise Invalid(field, "capitals")
    thousands, hundreds, ones = (_digit(found[place], field) for place in ("k", "h", "o"))
    tens = 1 if found["ten"] and not found["t"] else _digit(found["t"], field)
    if found["o"] in _INFORMAL and not found["ten"] and not any(found.group("z1", "z2", "z3")):
        # The unit below the last one named is left out.
        ones *= 10 if found["h"] else 100 if found["k"] else 1
    return 1000 * thousands + 100 * hundreds + 10 * tens + ones


def _digit(character: str | None, field: str) -> int:
    if character is None:
        return 0
    if character not in _VALUES:
        raise Invalid(field, "capitals")
    return _VALUES[character]
