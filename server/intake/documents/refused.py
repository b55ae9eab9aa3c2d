"""Refused rows as a workbook: the original cells, the row's number, and why it did not go in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Final

from server.domain.ledger.cells import as_text
from server.domain.parsing.cells import BROKEN
from server.intake.actions.opening import Opened

MAX_CELL: Final = 32_767
_LONG_NUMBER: Final = 10**15


def write_refused(
    stream: IO[bytes],
    opened: Opened,
    reasons: Mapping[int, list[dict[str, Any]]],
    words: Sequence[str],
    tell: Callable[[dict[str, Any]], str],
) -> int:
    """Write the refused rows of an opened file; gives how many.

    `reasons` by row number, `words` head the sheet, the row's number and the reasons, `tell` says
    a reason in the reader's language. Texts never become formulas.
    """
    name, number, why = words
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # noqa: PLC0415 (15 MB, for those who write a workbook)

    with xlsxwriter.Workbook(stream, options) as book:
        sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        headings = [*opened.layout.headings, number, why]
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 2, 14)
        sheet.set_column(len(headings) - 1, len(headings) - 1, 60)
        row = 0
        for index, _kind, cells in opened.numbered():
            found = reasons.get(index + 1)
            if found is None:
                continue
            row += 1
            for place, cell in enumerate(cells[: len(headings) - 2]):
                _write(sheet, row, place, cell, day)
            sheet.write_number(row, len(headings) - 2, index + 1)
            text = "；".join(tell(each) for each in found if not each["remark"])
            sheet.write_string(row, len(headings) - 1, text[:MAX_CELL])
    return row


def _write(sheet: Any, row: int, place: int, cell: Any, day: Any) -> None:
    """A cell as it came; what a spreadsheet would spoil is written as text."""
    if cell is None or cell == "":
        return
    if isinstance(cell, dt.datetime | dt.date) and cell.year >= 1900:
        sheet.write_datetime(row, place, cell, day)
    elif isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < _LONG_NUMBER:
        sheet.write_number(row, place, cell)
    else:
        sheet.write_string(row, place, "#" if cell == BROKEN else as_text(cell)[:MAX_CELL])
