"""Where a sheet's headings are, and which of its rows speak of loans.

Above the headings stand titles (a name, a date, a unit); the headings may take two rows; below,
headings are repeated on every printed page, totals and signatures stand between and after.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from server.domain.errors import Invalid
from server.domain.parsing.dates import parse_date
from server.domain.parsing.synonyms import IGNORED
from server.domain.typed import MAX_TYPED, tight

Row = Sequence[Any]
Knows = Callable[[str], bool]
"""Whether a heading is known: standard, the bank's own, or taught."""

HEAD_ROWS: Final = 30
"""How many rows from the top the headings are looked for in."""
_LEAST_KNOWN: Final = 3
_TOTAL: Final = re.compile(
    r"^[本全]?[页月行]?(?:合计|小计|总计|累计|共计|(?:sub)?total)", re.IGNORECASE
)
_GRAND: Final = re.compile(r"^(?:全行)?(?:合计|总计|total)", re.IGNORECASE)
_SIGNED: Final = re.compile(
    r"^(?:制表|填表|填报|审核|复核|审批|经办人?|单位负责人|负责人|主管|会计|打印|说明|备注|注)[^:]{0,6}:"
)
_UNIT: Final = re.compile(r"单位:?(?:人民币)?(亿元|百万元|万元|千元|元)|[(](万元|千元|亿元)[)]")
_SUM_SIGNS: Final = frozenset("合小总累共本全tTsS ")
_SCALES: Final = {"元": 1, "千元": 1000, "万元": 10_000, "百万元": 1_000_000, "亿元": 10**8}
_AS_OF: Final = re.compile(
    r"([0-9]{4}[年./-][0-9]{1,2}[月./-]?(?:[0-9]{1,2}日?|末|底)?)|(?<![0-9])(20[0-9]{6})(?![0-9])"
)


class RowKind(StrEnum):
    """What a row below the headings is."""

    DATA = "data"
    BLANK = "blank"
    HEADING = "heading"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the data begins (row index from 0) and what each column is headed.

    `scale` is the unit of amounts that the titles name (10,000 for 万元; None: none named),
    `as_of` the day the titles name. `groups` is the upper row of headings in two rows.
    """

    data_from: int
    headings: tuple[str, ...]
    known: int
    scale: int | None = None
    as_of: date | None = None
    groups: tuple[str, ...] = ()


def find_layout(top: Sequence[Row], knows: Knows, *, title: str = "") -> Layout:
    """Find the headings in the first rows of a sheet; `title` is the sheet's name.

    Raises `Invalid("file", "no_headings")` when no row looks like headings.
    """
    counts = [sum(knows(text) for text in _texts(row)) for row in top[:HEAD_ROWS]]
    best = max(counts, default=0)
    if best == 0:
        raise Invalid("file", "no_headings")
    wanted = min(_LEAST_KNOWN, best)
    first = next(index for index, count in enumerate(counts) if count >= wanted)
    above = _parent_row(top, first)
    below = first + 1 if _is_child_row(top, first, counts) else None
    groups = top[first] if below is not None else (top[above] if above is not None else None)
    child = top[below] if below is not None else top[first]
    headings = tuple(_joined(groups, child, knows))
    last = below if below is not None else first
    titles = [
        title,
        *(text for row in top[: above if above is not None else first] for text in _texts(row)),
    ]
    upper = tuple(_text_at(groups, place) for place in range(len(groups))) if groups else ()
    return Layout(last + 1, headings, best, _scale_of(titles), _as_of(titles), upper)


def kind_of_row(cells: Row, layout: Layout, identified: Sequence[int]) -> RowKind:
    """Tell what a row is. `identified`: the columns of ID and contract numbers.

    A row with such a number is a customer's, unless it says in its first cells that it is a sum.
    """
    for place in identified:
        cell = cells[place] if place < len(cells) else None
        if isinstance(cell, str) and len(cell) > 5 and cell[-2].isdigit():
            # The usual row, told by one look; sums begin with one of few characters.
            if not any(isinstance(each, str) and each[:1] in _SUM_SIGNS for each in cells[:6]):
                return RowKind.DATA
            break
    filled = [cell for cell in cells if not _blank(cell)]
    if not filled:
        return RowKind.BLANK
    if len(filled) >= 3 and (_repeats(cells, layout.headings) or _repeats(cells, layout.groups)):
        return RowKind.HEADING
    return _worded(cells, filled, identified)


def _worded(cells: Row, filled: Sequence[Any], identified: Sequence[int]) -> RowKind:
    first = _head(filled[0])
    for word in (first, *(_head(cell) for cell in cells[:6])):
        if isinstance(word, str) and len(word) <= 12 and _TOTAL.match(word):
            return RowKind.TOTAL if _GRAND.match(word) else RowKind.SUBTOTAL
    if not isinstance(first, str):
        return RowKind.DATA
    has_number = any(place < len(cells) and _has_digit(cells[place]) for place in identified)
    if not has_number and (
        _SIGNED.match(first)
        or (first.rstrip(":") in IGNORED and len(filled) <= 4)
        or (len(filled) == 1 and len(first) > 12)
    ):
        return RowKind.NOTE
    return RowKind.DATA


def _head(cell: Any) -> Any:
    return tight(cell).casefold() if isinstance(cell, str) and len(cell) <= MAX_TYPED else cell


def _texts(row: Row) -> list[str]:
    return [cell for cell in row if isinstance(cell, str) and 0 < len(cell) <= MAX_TYPED]


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _has_digit(cell: Any) -> bool:
    """Whether a cell may hold a number of anything: who signs below may stand in its column."""
    if not isinstance(cell, str):
        return cell is not None
    return any(sign.isdigit() for sign in cell[:MAX_TYPED])


def _parent_row(top: Sequence[Row], first: int) -> int | None:
    """The row above that groups the headings; a title stands alone and groups nothing."""
    if first == 0:
        return None
    filled = [cell for cell in top[first - 1] if not _blank(cell)]
    if len(filled) < 2 or not all(isinstance(cell, str) and len(cell) <= 20 for cell in filled):
        return None
    texts = [tight(str(cell)) for cell in filled]
    if any(":" in text or re.search(r"[0-9]{4}", text) for text in texts):
        return None
    return first - 1


def _is_child_row(top: Sequence[Row], first: int, counts: Sequence[int]) -> bool:
    """Whether the row below carries on the headings: words, under gaps or groups of the first."""
    if first + 1 >= min(len(top), HEAD_ROWS) or counts[first + 1] == 0:
        return False
    row = top[first + 1]
    filled = [cell for cell in row if not _blank(cell)]
    if not all(isinstance(cell, str) and len(cell) <= 20 for cell in filled):
        return False
    if _repeats(row, tuple(str(cell) for cell in top[first])):
        return False
    heads = top[first]
    # A column has one heading: where both rows fill most columns, the second is no heading.
    both = sum(
        not _blank(cell) and place < len(heads) and not _blank(heads[place])
        for place, cell in enumerate(row)
    )
    return counts[first + 1] >= max(1, len(filled) // 2) and both <= max(len(filled) // 2 + 1, 2)


def _joined(groups: Row | None, heads: Row, knows: Knows) -> list[str]:
    """One heading a column: the group's words before the head's where that says more."""
    found, group = [], ""
    for place in range(max(len(heads), len(groups or ()))):
        head = _text_at(heads, place)
        if groups is not None:
            own = _text_at(groups, place)
            group = own or (group if head else "")
        if not group or not head:
            found.append(head or group)
            continue
        whole = f"{group}{head}"
        found.append(whole if knows(whole) or not knows(head) else head)
    return found


def _text_at(row: Row, place: int) -> str:
    cell = row[place] if place < len(row) else None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if cell is None or isinstance(cell, date | datetime):
        return "" if cell is None else cell.isoformat()
    return " ".join(str(cell)[:MAX_TYPED].split())


def _repeats(cells: Row, headings: Sequence[str]) -> bool:
    same = filled = 0
    for place, cell in enumerate(cells):
        if _blank(cell):
            continue
        filled += 1
        head = headings[place] if place < len(headings) else ""
        text = _head(cell)
        if isinstance(text, str) and text and head and _head(head).endswith(text):
            same += 1
    return same >= 2 and same * 2 > filled


def _scale_of(titles: Sequence[str]) -> int | None:
    for text in titles:
        found = _UNIT.search(tight(text[:MAX_TYPED]))
        if found:
            return _SCALES[found[1] or found[2]]
    return None


def _as_of(titles: Sequence[str]) -> date | None:
    for text in titles:
        found = _AS_OF.search(tight(text[:MAX_TYPED]))
        if found:
            reading = parse_date((found[1] or found[2]).rstrip("末底"))
            if reading.value is not None:
                return reading.value
    return None
