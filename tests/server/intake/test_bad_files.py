"""Files that are no ledger are refused with a reason before they can do harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.domain.errors import Invalid
from server.domain.ledger.layout import RowKind
from server.intake.actions.choices import Choices, Surroundings
from server.intake.actions.from_file import FromFile, import_file
from server.intake.actions.opening import Opened, open_ledger
from server.web.messages import message_for
from tests.server.bank import Bank
from tests.server.intake.sheets import HEADINGS, ledger_row, text_table, workbook

NOWHERE = Surroundings({}, {}, {}, {}, {})
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def opened(data: bytes, name: str = "台账.xlsx") -> Opened:
    return open_ledger(data, name, Choices(), NOWHERE)


def refusal(data: bytes, name: str = "台账.xlsx") -> Invalid:
    with pytest.raises(Invalid) as raised:
        opened(data, name)
    assert raised.value.field == "file"
    return raised.value


def repacked(sheet: bytes) -> bytes:
    """A workbook whose sheet is that XML."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([]))) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            is_sheet = part.filename.startswith("xl/worksheets/")
            new.writestr(part.filename, sheet if is_sheet else old.read(part))
    return stream.getvalue()


def picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
        + chunk(b"IEND", b"")
    )


def far_corner() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write(0, 16_383, "最后一列")
    return stream.getvalue()


def truncated() -> bytes:
    return workbook([ledger_row(1)])[:-400]


def zip_of_no_workbook() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("照片/1.jpg", b"\xff\xd8\xff")
    return stream.getvalue()


BAD = {
    "an empty file": (b"", "empty"),
    "blanks alone": (b" \n\n \n", "no_headings"),
    "a zip bomb": (repacked(b"<worksheet>" + b" " * 64 * 1024 * 1024), "bomb"),
    "a row past the last": (
        repacked(b'<worksheet><sheetData><row r="1048576"></row></sheetData></worksheet>'),
        "too_many_rows",
    ),
    "a picture renamed": (picture(), "not_a_table"),
    "16,384 columns": (far_corner(), "too_many_columns"),
    "16,384 columns of text": (",".join(["列"] * 16_384).encode(), "too_many_columns"),
    "a book with a password": (
        OLE + bytes(2048) + "EncryptedPackage".encode("utf-16-le") + bytes(512),
        "encrypted",
    ),
    "something of the old format": (OLE + bytes(4096), "broken"),
    "half a workbook": (truncated(), "broken"),
    "a zip of pictures": (zip_of_no_workbook(), "not_a_table"),
    "a workbook with nothing in it": (workbook([], headings=()), "empty"),
    "prose": ("今天天气很好。\n明天也是。".encode(), "no_headings"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_ledger_is_refused_with_its_reason(app: Flask, name: str) -> None:
    data, reason = BAD[name]
    found = refusal(data)
    assert found.reason == reason
    with app.test_request_context():
        assert reason not in str(message_for(found))


GOOD = {
    "UTF-8 with a mark": text_table([ledger_row(1)]).decode().encode("utf-8-sig"),
    "GB18030": text_table([ledger_row(1)]).decode().encode("gb18030"),
    "UTF-16": text_table([ledger_row(1)]).decode().encode("utf-16"),
    "semicolons": text_table([ledger_row(1)]).decode().replace(",", ";").encode(),
    "tabs": text_table([ledger_row(1)]).decode().replace(",", "\t").encode("gb18030"),
    "Windows line ends": text_table([ledger_row(1)]).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_text_table_is_read_in_every_usual_form(name: str) -> None:
    ledger = opened(GOOD[name], "台账.csv")
    assert {"customer_name", "id_no", "contract_no", "principal_amount"} <= ledger.mapped
    rows = [cells for _index, kind, cells in ledger.numbered() if kind is RowKind.DATA]
    assert [str(cell) for cell in rows[0]] == [str(value) for value in ledger_row(1)]


def brought_in(session: Session, bank: Bank, path: Path, data: bytes) -> dict[str, int]:
    path.write_bytes(data)
    return import_file(session, bank.actor("chief"), FromFile(path)).counts


def test_headings_without_rows_are_refused_and_found_nothing(
    session: Session, bank: Bank, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as raised:
        brought_in(session, bank, tmp_path / "空.xlsx", workbook([]))
    assert (raised.value.field, raised.value.reason) == ("file", "no_rows")
    assert session.scalar(select(func.count(Customer.id))) == 0


def test_a_cell_of_60000_characters_refuses_its_row_alone(
    session: Session, bank: Bank, tmp_path: Path
) -> None:
    rows = [ledger_row(1), ledger_row(2, 姓名="长" * 60_000), ledger_row(3, 合同号="9" * 60_000)]
    counts = brought_in(session, bank, tmp_path / "长.csv", text_table(rows))
    assert (counts["created"], counts["refused"]) == (1, 2)


def test_a_file_that_is_not_there_is_refused(session: Session, bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as raised:
        import_file(session, bank.actor("chief"), FromFile(tmp_path / "没有.xlsx"))
    assert (raised.value.field, raised.value.reason) == ("file", "unreadable")
