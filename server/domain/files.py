"""Which files may be kept: told by their first bytes, never by their name.

Images, PDF and the two Office formats that hold no macros. An Office file is a zip: its directory
is read, nothing in it is unpacked.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from server.domain.errors import Invalid

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_FILE_NAME: Final = 120

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_MOST_PARTS: Final = 5000
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


class FileKind(StrEnum):
    """The kinds of files, by their usual extension."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"
    XLSX = "xlsx"
    DOCX = "docx"


MEDIA_TYPES: Final[Mapping[FileKind, str]] = MappingProxyType(
    {
        FileKind.JPG: "image/jpeg",
        FileKind.PNG: "image/png",
        FileKind.WEBP: "image/webp",
        FileKind.HEIC: "image/heic",
        FileKind.PDF: "application/pdf",
        FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
)

SHOWN_INLINE: Final = frozenset(
    MEDIA_TYPES[kind] for kind in (FileKind.JPG, FileKind.PNG, FileKind.WEBP)
)
"""What every browser draws as an image."""

_EXTENSIONS: Final[Mapping[FileKind, tuple[str, ...]]] = MappingProxyType(
    {FileKind.JPG: ("jpg", "jpeg"), FileKind.HEIC: ("heic", "heif")}
)
_OFFICE: Final = MappingProxyType(
    {"xl/workbook.xml": FileKind.XLSX, "word/document.xml": FileKind.DOCX}
)


def read_kind(content: bytes, field: str = "file") -> FileKind:
    """Tell what a file is.

    Raises `Invalid(field, reason)`: `missing` (empty), `file_too_large`, `file_kind` (none of
    those allowed, or an Office file with macros or of another sort).
    """
    if not content:
        raise Invalid(field, "missing")
    if len(content) > MAX_FILE_BYTES:
        raise Invalid(field, "file_too_large", megabytes=MAX_FILE_BYTES // 1024 // 1024)
    kind = _by_first_bytes(content)
    if kind is None:
        raise Invalid(field, "file_kind")
    return kind


def read_file_name(name: str, kind: FileKind) -> str:
    """A name that is safe to keep and to download: no folders, the ending of what the file is."""
    last = unicodedata.normalize("NFC", name[-1000:]).replace("\\", "/").rpartition("/")[2]
    plain = " ".join(_UNSAFE.sub("", last).split()).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    right = _EXTENSIONS.get(kind, (kind.value,))
    if dot and stem and ending.lower() in right:
        return f"{stem[: MAX_FILE_NAME - len(ending) - 1].rstrip(' .')}.{ending.lower()}"
    return f"{plain[: MAX_FILE_NAME - len(kind) - 1].rstrip(' .') or 'file'}.{kind}"


def _by_first_bytes(content: bytes) -> FileKind | None:
    if content.startswith(b"\xff\xd8\xff"):
        return FileKind.JPG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return FileKind.WEBP
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return FileKind.HEIC
    if content.startswith(b"%PDF-"):
        return FileKind.PDF
    return _office(content) if content.startswith(b"PK\x03\x04") else None


def _office(content: bytes) -> FileKind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return None
    if len(names) > _MOST_PARTS or "[Content_Types].xml" not in names:
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    kinds = [kind for part, kind in _OFFICE.items() if part in names]
    return kinds[0] if len(kinds) == 1 else None
