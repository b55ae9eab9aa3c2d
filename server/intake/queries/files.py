"""Any file a bank may bring, as sheets of rows of cells; hostile ones are refused first."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from server.domain.errors import Invalid
from server.domain.parsing.cells import BROKEN
from server.intake.queries.archives import MAX_COLUMNS, MAX_ROWS, Findings, inspect_archive
from server.intake.queries.delimited import rows_of_text

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_CELLS: Final = 8_000_000
MAX_SHEETS: Final = 60
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_ZIP: Final = b"PK\x03\x04"
_TEXT: Final = "text"


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet as a person chooses it."""

    name: str
    is_hidden: bool


class Book:
    """An opened file. `sheets` lists what can be read."""

    def __init__(self, data: bytes, file_name: str) -> None:
        """Open a file. Raises `Invalid("file", reason)`; see `archives` and `_opened`."""
        if not data:
            raise Invalid("file", "empty")
        if len(data) > MAX_BYTES:
            raise Invalid("file", "too_large", most=MAX_BYTES // 1024 // 1024)
        self._data, self._findings = data, Findings()
        self._book: CalamineWorkbook | None = None
        self._ahead: dict[str, Sheet] = {}
        if data.startswith((_ZIP, _OLE)):
            self._open_workbook(data)
        else:
            rows_of_text(data)
        self.sheets = self._sheets(file_name)

    def _open_workbook(self, data: bytes) -> None:
        if data.startswith(_ZIP):
            self._findings = inspect_archive(data)
        elif _ENCRYPTED in data:
            raise Invalid("file", "encrypted")
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except PasswordError:
            raise Invalid("file", "encrypted") from None
        except CalamineError:
            raise Invalid("file", "broken") from None

    def _sheets(self, file_name: str) -> tuple[SheetName, ...]:
        if self._book is None:
            return (SheetName(Path(file_name).stem[:80] or _TEXT, is_hidden=False),)
        return tuple(
            SheetName(each.name, each.visible is not SheetVisibleEnum.Visible)
            for each in self._book.sheets_metadata[:MAX_SHEETS]
            if each.typ is SheetTypeEnum.WorkSheet
        )

    def release(self) -> None:
        """As `Sheet.release`, for the file itself."""
        self._data, self._book = b"", None
        self._ahead.clear()

    def read_only_sheet(self) -> None:
        """Read the sheet that everybody will ask for, where there is one alone. As `sheet`."""
        if len(self.sheets) == 1:
            name = self.sheets[0].name
            self._ahead[name] = self.sheet(name)

    @property
    def base_1904(self) -> bool:
        """Whether the numbers of days count from 1904."""
        return self._findings.base_1904

    def sheet(self, name: str) -> Sheet:
        """Read one sheet. Raises `Invalid("sheet", "unknown")` and `Invalid("file", …)`."""
        if name in self._ahead:
            return self._ahead.pop(name)
        if name not in {each.name for each in self.sheets}:
            raise Invalid("sheet", "unknown")
        if self._book is None:
            return Sheet(name, _text=self._data)
        try:
            cells = self._book.get_sheet_by_name(name)
        except CalamineError:
            raise Invalid("file", "broken") from None
        height, width = cells.total_height, cells.total_width
        if height > MAX_ROWS:
            raise Invalid("file", "too_many_rows", most=MAX_ROWS)
        if width > MAX_COLUMNS:
            raise Invalid("file", "too_many_columns", most=MAX_COLUMNS)
        if height * width > MAX_CELLS:
            raise Invalid("file", "too_many_rows", most=MAX_CELLS // max(width, 1))
        return Sheet(name, _cells=cells, _broken=self._findings.broken_cells(name))


@dataclass(slots=True)
class Sheet:
    """One sheet. Rows are counted from 0 as the spreadsheet counts them from 1."""

    name: str
    _text: bytes | None = None
    _cells: CalamineSheet | None = None
    _broken: set[tuple[int, int]] | frozenset[tuple[int, int]] = frozenset()

    def rows(self) -> Iterator[list[Any]]:
        """Every row from the top, blank ones included."""
        if self._text is not None:
            return islice(_bounded(rows_of_text(self._text)), MAX_ROWS + 1)
        if self._cells is None or self._cells.start is None:
            return iter(())
        return self._marked() if self._broken else iter(self._cells.iter_rows())

    def release(self) -> None:
        """Give the memory back: whoever goes on reading has a copy of this process."""
        self._text = self._cells = None

    def top(self, count: int) -> list[list[Any]]:
        """The first rows."""
        return list(islice(self.rows(), count))

    @property
    def height(self) -> int:
        """How many rows there are, as far as is known without reading them."""
        if self._cells is not None:
            return self._cells.total_height
        return self._text.count(b"\n") + 1 if self._text else 0

    @property
    def merged(self) -> list[tuple[int, int, int]]:
        """Cells merged down a column: (first row, last row, column), by first row."""
        if self._cells is None or not self._cells.merged_cell_ranges:
            return []
        offset = self._cells.start[1] if self._cells.start else 0
        return sorted(
            (top, bottom, column - offset)
            for (top, left), (bottom, right) in self._cells.merged_cell_ranges
            if bottom > top
            for column in range(left, right + 1)
            if column >= offset
        )

    def _marked(self) -> Iterator[list[Any]]:
        """The rows with formulas' errors put back: the reader of workbooks leaves them blank."""
        assert self._cells is not None  # noqa: S101 (the caller looked)
        offset = self._cells.start[1] if self._cells.start else 0
        by_row: dict[int, list[int]] = {}
        for row, column in self._broken:
            by_row.setdefault(row, []).append(column - offset)
        for index, cells in enumerate(self._cells.iter_rows()):
            for place in by_row.get(index, ()):
                if 0 <= place < len(cells):
                    cells[place] = BROKEN
            yield cells


def _bounded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise Invalid("file", "too_many_rows", most=MAX_ROWS)
        if len(row) > MAX_COLUMNS:
            raise Invalid("file", "too_many_columns", most=MAX_COLUMNS)
        yield row
