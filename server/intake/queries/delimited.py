"""Text tables: which encoding, which delimiter, and their rows one by one."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

from server.domain.errors import Invalid

_PIECE: Final = 1024 * 1024
_SAMPLE_LINES: Final = 20
_DELIMITERS: Final = ",\t;|，"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS: Final = ("utf-8", "gb18030")
MAX_CELL: Final = 131_072


def rows_of_text(data: bytes) -> Iterator[list[str]]:
    """The rows of a text table. Raises `Invalid("file", "not_a_table")`."""
    encoding = encoding_of(data)
    delimiter = _delimiter_of(data, encoding)
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    try:
        yield from csv.reader(stream, delimiter=delimiter)
    except csv.Error:
        raise Invalid("file", "not_a_table") from None


def encoding_of(data: bytes) -> str:
    """The encoding of a text: by its mark, else the first that reads it to the end."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\x00" in data[:_PIECE]:
        raise Invalid("file", "not_a_table")
    for name in _ENCODINGS:
        if _reads(data, name):
            return name
    raise Invalid("file", "not_a_table")


def _reads(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(data: bytes, encoding: str) -> str:
    """The sign that divides the most of the first lines into the most equal parts."""
    text = data[: 64 * 1024].decode(encoding, "ignore")
    lines = [line for line in text.splitlines() if line.strip()][:_SAMPLE_LINES]
    best, found = 0, ","
    for sign in _DELIMITERS:
        counts = [_outside_quotes(line, sign) for line in lines]
        widest = max(counts, default=0)
        score = widest * sum(count == widest for count in counts)
        if score > best:
            best, found = score, sign
    return found


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])
