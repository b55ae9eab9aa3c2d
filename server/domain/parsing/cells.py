"""What every cell may be, whatever its column: empty in many words, or an Excel error."""

from __future__ import annotations

import re
from typing import Any, Final

from server.domain.typed import MAX_TYPED, Reading, plain

CELL_ERROR: Final = "CELL_ERROR"
TOO_LONG: Final = "TOO_LONG"

BROKEN: Final = "\x00#"
"""What stands for a cell that holds a formula's error; a reader of files puts it there."""

_EMPTY_WORDS: Final = """
无 無 空 暂无 没有 未知 不详 不适用 未填 未填写 / \\ . ? (空) (无) (blank) n/a na nil null none nan
"""
_EMPTY: Final = frozenset(["", *_EMPTY_WORDS.split()])
_DASHES_ONLY: Final = re.compile(r"[-_/~*. ]*")
_ERROR: Final = re.compile(
    r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)", re.IGNORECASE
)


def without_value(text: str) -> Reading[Any] | None:
    """The reading of an evened-out text that holds no value at all; None when it may hold one."""
    if text.casefold() in _EMPTY or _DASHES_ONLY.fullmatch(text):
        return Reading()
    if _ERROR.fullmatch(text):
        return Reading(flag=CELL_ERROR)
    return None


def cell_text(value: str) -> str | Reading[Any]:
    """Even out a text cell without Excel's leading `'`; a `Reading` when there is no value."""
    if len(value) > MAX_TYPED:
        return Reading(flag=TOO_LONG)
    text = plain(value).lstrip("'`‘’").strip()
    found = without_value(text)
    return text if found is None else found
