"""The writer of tables: typed cells, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from server.domain.errors import Invalid
from server.domain.ledger.cells import reader_of
from server.domain.ledger.mapping import Source
from server.domain.parsing.synonyms import Kind
from server.reports.documents.sheets import Cell, Heading, Share, Table, money, write_table

FORMULAS = ("=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "'=1", "''")


def written(kind: Any, *rows: Sequence[Cell], title: str = "", most: int = 100) -> bytes:
    stream = io.BytesIO()
    headings = [Heading(f"列{place}") for place in range(len(rows[0]))]
    count = write_table(stream, kind, Table("表", headings, rows, title), most=most)
    assert count == len(rows)
    return stream.getvalue()


def sheet_of(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).active


def test_texts_that_begin_formulas_are_texts_in_a_workbook() -> None:
    sheet = sheet_of(written("xlsx", *([text] for text in FORMULAS)))
    assert {cell.data_type for (cell,) in sheet.iter_rows(min_row=2)} == {"s"}
    assert sheet["A2"].value == "=1+1"


def test_texts_that_begin_formulas_stand_behind_an_apostrophe_in_a_csv() -> None:
    data = written("csv", *([text] for text in FORMULAS))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in FORMULAS]


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "-2", "@SUM(A1)", "'=1", "'ok", "普通"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_import_reads_such_texts_as_they_were(kind: str, text: str) -> None:
    data = written(kind, [text])
    lines = data.decode("utf-8-sig").splitlines() if kind == "csv" else []
    cell = lines[1] if lines else sheet_of(data)["A2"].value
    read = reader_of(Source(0, "用途", "purpose"), kind=Kind.TEXT)
    assert read(cell).value == text


def test_links_and_numbers_in_texts_stay_texts() -> None:
    sheet = sheet_of(written("xlsx", ["https://example.cn", "330106199003070018", "007"]))
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "s"]
    assert sheet["A2"].hyperlink is None


def test_cells_of_a_workbook_have_their_types() -> None:
    row: list[Cell] = [
        money(123_450),
        dt.date(2026, 1, 31),
        dt.datetime.fromisoformat("2026-01-31 09:05:01"),
        Share(Decimal("0.5")),
        7,
        Decimal("7.2"),
        None,
    ]
    sheet = sheet_of(written("xlsx", row))
    cells = sheet[2]
    assert [cell.value for cell in cells] == [
        1234.5,
        dt.datetime.fromisoformat("2026-01-31"),
        dt.datetime.fromisoformat("2026-01-31 09:05:01"),
        0.5,
        7,
        7.2,
        None,
    ]
    assert cells[0].number_format == "#,##0.00"
    assert cells[1].number_format == "yyyy-mm-dd"
    assert cells[3].number_format == "0.######%"


def test_cells_of_a_csv_are_plain() -> None:
    row: list[Cell] = [
        money(-123_450),
        dt.date(2026, 1, 31),
        dt.datetime.fromisoformat("2026-01-31 09:05:00"),
        Share(Decimal("0.50")),
        7,
        Decimal("7.200"),
        None,
        '两"行\n',
    ]
    data = written("csv", row)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[1] == [
        "-1234.50",
        "2026-01-31",
        "2026-01-31 09:05:00",
        "50%",
        "7",
        "7.2",
        "",
        '两"行\n',
    ]


def test_numbers_too_long_for_a_spreadsheet_are_texts() -> None:
    sheet = sheet_of(written("xlsx", [Decimal("1234567890123.456789")]))
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", "1234567890123.456789")


def test_a_text_of_60000_characters_is_cut_to_what_a_cell_holds() -> None:
    sheet = sheet_of(written("xlsx", ["长" * 60_000]))
    assert len(sheet["A2"].value) == 32_767


def test_a_title_stands_above_headings_that_stay_in_sight() -> None:
    sheet = sheet_of(written("xlsx", ["甲", 1], title="测试银行 2026-03-10"))
    assert sheet["A1"].value == "测试银行 2026-03-10"
    assert sheet["A2"].value == "列0"
    assert sheet.freeze_panes == "A3"


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_too_many_rows_are_refused(kind: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        written(kind, ["1"], ["2"], ["3"], most=2)
    assert (refusal.value.reason, refusal.value.detail) == ("too_many_rows", {"most": 2})
