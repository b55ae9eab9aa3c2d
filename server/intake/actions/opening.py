"""Opening a file: the sheet with the most known headings, its layout, and its columns' fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.errors import Invalid
from server.domain.ledger.columns import BY_FIELD, CUSTOM
from server.domain.ledger.layout import HEAD_ROWS, Layout, RowKind, find_layout, kind_of_row
from server.domain.ledger.mapping import Headings, Source, map_columns
from server.domain.ledger.rows import LedgerRow, RowReader
from server.intake.actions.choices import Choices, Surroundings
from server.intake.queries.files import Book, Sheet

_IDENTIFYING = ("id_no", "contract_no", "iou_no", "mobile", "customer_no")


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet that can be read: where its rows begin and what its columns hold."""

    book: Book
    sheet: Sheet
    layout: Layout
    sources: tuple[Source, ...]

    @property
    def mapped(self) -> frozenset[str]:
        """The fields that have a column."""
        return frozenset(source.field for source in self.sources if source.field)

    def numbered(self) -> Iterator[tuple[int, RowKind, list[Any]]]:
        """The rows below the headings: index from 0, what it is, cells."""
        identified = [s.place for s in self.sources if s.field in _IDENTIFYING]
        start, layout = self.layout.data_from, self.layout
        for index, cells in enumerate(self.sheet.rows()):
            if index >= start:
                yield index, kind_of_row(cells, layout, identified), cells

    def reader(self, choices: Choices, around: Surroundings) -> RowReader:
        """A reader of this sheet's rows."""
        return RowReader(
            self.sources,
            base_1904=self.book.base_1904,
            words=choices.words,
            own=around.own_fields,
            merged=self.sheet.merged,
        )

    def rows(self, choices: Choices, around: Surroundings) -> Iterator[LedgerRow]:
        """The rows of customers and loans, read."""
        reader = self.reader(choices, around)
        for index, kind, cells in self.numbered():
            if kind is RowKind.DATA:
                yield reader.read(index, cells)


def open_ledger(data: bytes, file_name: str, choices: Choices, around: Surroundings) -> Opened:
    """Open a file as chosen. Raises `Invalid("file" | "sheet", reason)`."""
    return open_book(Book(data, file_name), choices, around)


def open_book(book: Book, choices: Choices, around: Surroundings) -> Opened:
    """As `open_ledger`, a file that was begun already."""
    known = headings_of(around)
    sheet, layout = _chosen_sheet(book, choices.sheet, known)
    sources = map_columns(
        layout.headings,
        known,
        chosen=_possible(choices.columns, layout.headings, around),
        scales=choices.scales,
        sheet_scale=layout.scale,
    )
    return Opened(book, sheet, layout, sources)


def headings_of(around: Surroundings) -> Headings:
    """What headings mean to this bank."""
    own: dict[str, list[Any]] = {}
    for field, definition in around.own_fields.items():
        own.setdefault(field.split(".")[1], []).append(definition)
    return Headings(around.taught, own)


def _possible(columns: Any, headings: Sequence[str], around: Surroundings) -> dict[int, str]:
    """The chosen columns that the sheet has, with fields that exist."""
    return {
        place: field
        for place, field in columns.items()
        if 0 <= place < len(headings)
        and (field in {"", "-"} or field in BY_FIELD or field in around.own_fields)
    }


def _chosen_sheet(book: Book, name: str, known: Headings) -> tuple[Sheet, Layout]:
    if name:
        sheet = book.sheet(name)
        return sheet, _layout(sheet, known)
    best: tuple[Sheet, Layout] | None = None
    refusal = Invalid("file", "no_headings")
    for each in sorted(book.sheets, key=lambda one: one.is_hidden):
        sheet = book.sheet(each.name)
        try:
            layout = _layout(sheet, known)
        except Invalid as fault:
            refusal = fault
            continue
        if best is None or (layout.known > best[1].known and not each.is_hidden):
            best = sheet, layout
        if len(book.sheets) == 1:
            break
    if best is None:
        raise refusal
    return best


def _layout(sheet: Sheet, known: Headings) -> Layout:
    top = sheet.top(HEAD_ROWS + 1)
    if not any(any(cell not in {"", None} for cell in row) for row in top):
        raise Invalid("file", "empty")
    return find_layout(top, known.knows, title=sheet.name)


def is_own(field: str) -> bool:
    """Whether a column holds a field of the bank's own."""
    return field.startswith(CUSTOM)
