"""What an xlsx file is before anybody opens it: its true size, its extent, its broken cells.

A few kilobytes can unpack to gigabytes, and one cell at the far corner makes a sheet of billions.
So every part is unpacked once in small pieces, counted, and looked through; nothing is kept.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from server.domain.errors import Invalid

MAX_UNPACKED: Final = 600 * 1024 * 1024
MAX_RATIO: Final = 300
"""Real sheets pack to a tenth or a fiftieth; what packs better than this was made to harm."""
_RATIO_COUNTS_FROM: Final = 8 * 1024 * 1024
MAX_PARTS: Final = 2000
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 500
_PIECE: Final = 1024 * 1024
_OVERLAP: Final = 4096

_ROW: Final = re.compile(rb'<(?:x:)?row[^>]*? r="([0-9]{1,9})"')
_WIDE: Final = re.compile(rb' r="([A-Z]{2,3})[0-9]')
_BROKEN: Final = re.compile(rb'<(?:x:)?c (?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"')
_BASE_1904: Final = re.compile(rb'date1904="(?:1|true)"')
_SHEET_PART: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_NAMED: Final = re.compile(rb"<(?:x:)?sheet [^>]*>")
_RELATION: Final = re.compile(rb"<Relationship [^>]*>")
_REPEATED: Final = re.compile(
    rb'number-(?:rows|columns)-repeated="([0-9]{4,9})"[^>]*>(?!\s*<table:table-cell[^>]*/>)'
)


@dataclass(slots=True)
class Findings:
    """What was found in a workbook: errors by part of the archive, and how its days count."""

    base_1904: bool = False
    broken: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def broken_cells(self, sheet: str) -> set[tuple[int, int]]:
        """The cells (row, column from 0) of a sheet that hold a formula's error."""
        return self.broken.get(self.parts.get(sheet, ""), set())


def inspect_archive(data: bytes) -> Findings:
    """Look through a zipped workbook. Raises `Invalid("file", reason)`.

    Reasons: `broken`, `bomb`, `too_many_rows`, `too_many_columns`, `not_a_table`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_directory(archive)
            return _look_through(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError):
        raise Invalid("file", "broken") from None
    except RuntimeError:  # the zip itself is encrypted
        raise Invalid("file", "encrypted") from None


def _check_directory(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise Invalid("file", "bomb")
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Invalid("file", "bomb")
    for part in parts:
        _check_ratio(part.file_size, part.compress_size)
    names = {part.filename for part in parts}
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise Invalid("file", "not_a_table")


def _check_ratio(size: int, packed: int) -> None:
    if size > _RATIO_COUNTS_FROM and size > MAX_RATIO * max(packed, 1):
        raise Invalid("file", "bomb")


def _look_through(archive: zipfile.ZipFile) -> Findings:
    found = Findings()
    unpacked = 0
    for part in archive.infolist():
        name = part.filename
        is_sheet = bool(_SHEET_PART.fullmatch(name))
        size = 0
        tail = b""
        for piece in _pieces(archive, part):
            size += len(piece)
            if unpacked + size > MAX_UNPACKED:
                raise Invalid("file", "bomb")
            _check_ratio(size, part.compress_size)
            window = tail + piece
            if is_sheet:
                _look_at_cells(window, name, found)
            elif name == "content.xml":
                _look_at_repeats(window)
            elif name == "xl/workbook.xml" and _BASE_1904.search(window):
                found.base_1904 = True
            tail = window[-_OVERLAP:]
        unpacked += size
    found.parts = _sheet_parts(archive)
    return found


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _look_at_cells(window: bytes, name: str, found: Findings) -> None:
    start = window.rfind(b"<row ")
    last = _ROW.search(window, start) if start >= 0 else None
    if last and int(last[1]) > MAX_ROWS:
        raise Invalid("file", "too_many_rows", most=MAX_ROWS)
    for wide in _WIDE.finditer(window):
        if column_index(wide[1]) >= MAX_COLUMNS:
            raise Invalid("file", "too_many_columns", most=MAX_COLUMNS)
    if b't="e"' in window:
        cells = found.broken.setdefault(name, set())
        for each in _BROKEN.finditer(window):
            cells.add((int(each[2]) - 1, column_index(each[1])))


def _look_at_repeats(window: bytes) -> None:
    """OpenDocument says how often a row is repeated; with something in it that fills memory."""
    for each in _REPEATED.finditer(window):
        if int(each[1]) > MAX_ROWS:
            raise Invalid("file", "too_many_rows", most=MAX_ROWS)


def column_index(letters: bytes) -> int:
    """`A` is 0, `AA` is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Which part of the archive holds each sheet, by the sheet's name."""
    try:
        book = archive.read("xl/workbook.xml")
        links = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return {}
    targets = {}
    for link in _RELATION.findall(links):
        key, target = _attribute(link, b"Id"), _attribute(link, b"Target")
        if key and target:
            path = target.lstrip("/")
            targets[key] = path if path.startswith("xl/") else f"xl/{path}"
    found = {}
    for sheet in _NAMED.findall(book):
        name, key = _attribute(sheet, b"name"), _attribute(sheet, b"r:id")
        if name and key in targets:
            found[name] = targets[key]
    return found


def _attribute(tag: bytes, name: bytes) -> str:
    from xml.sax.saxutils import unescape  # noqa: PLC0415 (it only replaces five entities)

    found = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    return unescape(found[1].decode("utf-8", "replace"), {"&quot;": '"'}) if found else ""
