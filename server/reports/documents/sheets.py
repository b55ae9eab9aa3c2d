"""One writer for all tables that leave the house, as xlsx or csv, row by row.

Cells are typed: a date is a date, yuan (`Decimal` with two places) money, a `Share` a per cent, a
text never a formula. A spreadsheet opens a csv as if somebody had typed it, so there a text that
could begin a formula stands behind an apostrophe; an import takes it away again.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, Final, Literal, NamedTuple

from server.domain.errors import Invalid
from server.domain.money import yuan

FileKind = Literal["xlsx", "csv"]
MIME_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
MAX_ROWS: Final = 1_000_000
MAX_CELL: Final = 32_767
_DIGITS_OF_A_FLOAT: Final = 15

_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]|'(?=[=+\-@\t\r\n＝＋－＠'])")
_QUOTED: Final = re.compile(r"'(?=[=+\-@\t\r\n＝＋－＠'])")
_WIDTHS: Final = (8, 40)


class Share(NamedTuple):
    """A fraction that is read as a per cent: 0.5 is 50 %."""

    fraction: Decimal


Cell = str | int | Decimal | dt.date | dt.datetime | Share | None
"""`datetime`s are naive, in the bank's own time."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: what stands above it, and how many characters wide it is (0: by its heading)."""

    text: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """What is written: a name for the sheet, a line above the headings (or none), rows."""

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Cell]]
    title: str = ""


def money(fen: int | None) -> Decimal | None:
    """Fen as a cell of yuan."""
    return None if fen is None else Decimal(yuan(fen))


def write_table(stream: IO[bytes], kind: FileKind, table: Table, *, most: int = MAX_ROWS) -> int:
    """Write a table; gives the number of its rows. The stream stays open.

    Never holds more than a row. Raises `Invalid("export", "too_many_rows", most=…)` beyond `most`.
    """
    return (_write_xlsx if kind == "xlsx" else _write_csv)(stream, table, most)


def _write_csv(stream: IO[bytes], table: Table, most: int) -> int:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        if table.title:
            writer.writerow([as_csv(table.title)])
        writer.writerow([as_csv(each.text) for each in table.headings])
        count = 0
        for row in table.rows:
            count = _counted(count, most)
            writer.writerow([as_csv(cell) for cell in row])
        return count
    finally:
        text.detach()


def as_csv(cell: Cell) -> str:
    """A cell as the text that stands for it in a csv."""
    if isinstance(cell, str):
        return f"'{cell}" if _FORMULA.match(cell) else cell
    if isinstance(cell, Share):
        return f"{_plain(cell.fraction * 100)}%"
    if isinstance(cell, Decimal):
        return str(cell) if _is_money(cell) else _plain(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds")
    return "" if cell is None else str(cell)


def _write_xlsx(stream: IO[bytes], table: Table, most: int) -> int:
    with open_book(stream) as book:
        return write_sheet(book, table, most)


def open_book(stream: IO[bytes]) -> Any:
    """A workbook that keeps no rows in memory and makes neither formulas nor links of texts."""
    import xlsxwriter  # noqa: PLC0415 (15 MB, for those who write a workbook)

    return xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )


def write_sheet(book: Any, table: Table, most: int = MAX_ROWS) -> int:
    """Write a table as a sheet of an open workbook; gives the number of rows."""
    sheet = book.add_worksheet(table.name)
    pen = _Pen(book, sheet)
    head = 1 if table.title else 0
    for place, heading in enumerate(table.headings):
        sheet.set_column(place, place, heading.width or _width_of(heading.text))
    sheet.freeze_panes(head + 1, 0)
    if table.title:
        sheet.write_string(0, 0, table.title, pen.bold)
    for place, heading in enumerate(table.headings):
        sheet.write_string(head, place, heading.text, pen.head)
    count = 0
    for row in table.rows:
        count = _counted(count, most)
        for place, cell in enumerate(row):
            pen.write(head + count, place, cell)
    if table.headings:
        sheet.autofilter(head, 0, head + count, len(table.headings) - 1)
    return count


class _Pen:
    """Writes typed cells with the formats of one workbook."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._sheet = sheet
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F6"})
        self._text = book.add_format({"num_format": "@"})
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._number = book.add_format({"num_format": "General"})
        self._share = book.add_format({"num_format": "0.######%"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write(self, row: int, place: int, cell: Cell) -> None:
        """Write one cell; nothing stays blank."""
        sheet = self._sheet
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            text = f"'{cell}" if _QUOTED.match(cell) else cell
            sheet.write_string(row, place, text[:MAX_CELL], self._text)
        elif isinstance(cell, dt.datetime):
            sheet.write_datetime(row, place, cell, self._moment)
        elif isinstance(cell, dt.date):
            sheet.write_datetime(row, place, cell, self._day)
        elif isinstance(cell, Share):
            sheet.write_number(row, place, float(cell.fraction), self._share)
        elif len(Decimal(cell).as_tuple().digits) > _DIGITS_OF_A_FLOAT:
            sheet.write_string(row, place, as_csv(cell), self._text)  # a number would be rounded
        else:
            is_money = isinstance(cell, Decimal) and _is_money(cell)
            sheet.write_number(row, place, float(cell), self._money if is_money else self._number)


def _is_money(number: Decimal) -> bool:
    return number.as_tuple().exponent == -2


def _plain(number: Decimal) -> str:
    text = f"{number.normalize():f}"
    return "0" if text == "-0" else text


def _counted(count: int, most: int) -> int:
    if count >= most:
        raise Invalid("export", "too_many_rows", most=most)
    return count + 1


def _width_of(text: str) -> int:
    """Chinese signs are two characters wide."""
    least, most = _WIDTHS
    return min(max(sum(2 if ord(sign) > 255 else 1 for sign in text) + 4, least), most)
