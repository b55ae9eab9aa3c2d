"""Small numbers in Arabic or Chinese figures, as they stand in rates and day counts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from server.domain.chinese import fen_from_capitals
from server.domain.errors import Invalid

_ARABIC: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12}")
_DIGITS: Final = str.maketrans(
    "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖", "001223456789123456789"
)


def chinese_decimal(text: str) -> Decimal | None:
    """`7.2`, `七点二`, `十五`, `六`, `半`; None for what is no number."""
    if _ARABIC.fullmatch(text):
        return Decimal(text)
    if text == "半":
        return Decimal("0.5")
    whole, point, places = text.partition("点")
    figures = places.translate(_DIGITS)
    if point and not re.fullmatch(r"[0-9]{1,9}", figures):
        return None
    try:
        fen = fen_from_capitals(whole)
    except Invalid:
        return None
    return Decimal(fen) / 100 + (Decimal(f"0.{figures}") if point else 0)
