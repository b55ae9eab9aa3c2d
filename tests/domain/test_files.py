from __future__ import annotations

import io
import zipfile

import pytest

from server.domain.errors import Invalid
from server.domain.files import MAX_FILE_BYTES, FileKind, read_file_name, read_kind


def office(*parts: str) -> bytes:
    """A zip that holds the named parts."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as package:
        for part in parts:
            package.writestr(part, "<x/>")
    return output.getvalue()


TYPES = "[Content_Types].xml"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0 rest", "jpg"),
        (b"\x89PNG\r\n\x1a\n rest", "png"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00", "heic"),
        (b"%PDF-1.7\n", "pdf"),
        (office(TYPES, "xl/workbook.xml"), "xlsx"),
        (office(TYPES, "word/document.xml"), "docx"),
    ],
)
def test_a_file_is_told_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert read_kind(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00 program",
        b"<html><script>alert(1)</script>",
        b"<?xml version='1.0'?><svg/>",
        b" %PDF-1.7",
        b"\x00\x00\x00\x18ftypmp42",
        b"PK\x03\x04 broken",
        office("xl/workbook.xml"),
        office(TYPES, "ppt/presentation.xml"),
        office(TYPES, "xl/workbook.xml", "word/document.xml"),
        office(TYPES, "xl/workbook.xml", "xl/vbaProject.bin"),
        office("hello.txt"),
        b"\xff\xd8",
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_kind(content)

    assert refused.value.reason == "file_kind"


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_kind(b"")

    assert refused.value.reason == "missing"


def test_a_file_beyond_the_limit_is_refused() -> None:
    assert read_kind(b"%PDF-".ljust(MAX_FILE_BYTES)) is FileKind.PDF
    with pytest.raises(Invalid) as refused:
        read_kind(b"%PDF-".ljust(MAX_FILE_BYTES + 1))

    assert refused.value.reason == "file_too_large"


@pytest.mark.parametrize(
    ("sent", "kind", "kept"),
    [
        ("身份证.JPG", FileKind.JPG, "身份证.jpg"),
        ("scan.jpeg", FileKind.JPG, "scan.jpeg"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("C:\\Users\\x\\合同.pdf", FileKind.PDF, "合同.pdf"),
        ("evil.html", FileKind.PNG, "evil.html.png"),
        ('a\r\nb"<c>.pdf', FileKind.PDF, "abc.pdf"),
        ("exe\u202efdp.pdf", FileKind.PDF, "exefdp.pdf"),
        ("", FileKind.PDF, "file.pdf"),
        (".", FileKind.PDF, "file.pdf"),
        ("/", FileKind.XLSX, "file.xlsx"),
    ],
)
def test_a_name_is_made_safe_and_ends_in_what_the_file_is(
    sent: str, kind: FileKind, kept: str
) -> None:
    assert read_file_name(sent, kind) == kept


def test_a_name_of_sixty_thousand_characters_is_cut() -> None:
    name = read_file_name("长" * 60_000 + ".pdf", FileKind.PDF)

    assert len(name) == 120
    assert name.endswith(".pdf")
