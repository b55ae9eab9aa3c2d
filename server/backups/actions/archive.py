"""The form of a backup: entries of named bytes, compressed, in a sealed stream.

An entry is a head (length, JSON `{kind, name}`), pieces (length, bytes) until one of no length, and
the SHA-256 of its bytes. First comes the manifest, then the database, then the files by name, then
`end`, which tells how many there were. All of it passes through in pieces: the memory it takes is
that of a few pieces, whatever the size.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import zstandard

from server.crypto.streams import (
    OpeningReader,
    SealingWriter,
    Source,
    StreamBroken,
    StreamKeys,
    Target,
)

FORMAT: Final = 1
MANIFEST, DATABASE, FILE, END = "manifest", "database", "file", "end"
PIECE_BYTES: Final = 256 * 1024

_LEVEL: Final = 3
_MOST_PIECE: Final = 4 * 1024 * 1024
_MOST_JSON: Final = 4 * 1024 * 1024
_MOST_WINDOW: Final = 1 << 27


@dataclass(frozen=True, slots=True)
class Added:
    """What an entry came to."""

    size: int
    sha256: str


@dataclass(slots=True)
class Entry:
    """An entry while it is read: its `pieces` are to be read to their end before the next."""

    kind: str
    name: str
    pieces: Iterator[bytes] = field(repr=False)

    def json(self) -> dict[str, Any]:
        """The bytes as a JSON object. Raises `StreamBroken`."""
        parts, size = [], 0
        for piece in self.pieces:
            size += len(piece)
            if size > _MOST_JSON:
                raise StreamBroken("damaged")
            parts.append(piece)
        told = json.loads(b"".join(parts))
        if not isinstance(told, dict):
            raise StreamBroken("damaged")
        return told


class ArchiveWriter:
    """Writes a backup into a target; it is one only after `finish`."""

    def __init__(self, target: Target, keys: StreamKeys, told: Mapping[str, Any]) -> None:
        self._sealing = SealingWriter(target, keys, told)
        compressor = zstandard.ZstdCompressor(level=_LEVEL)
        sink: Any = self._sealing
        self._out = compressor.stream_writer(sink, closefd=False)
        self.files = 0
        self.bytes = 0

    def add(self, kind: str, name: str, pieces: Iterable[bytes]) -> Added:
        """Add an entry, piece by piece."""
        head = json.dumps({"kind": kind, "name": name}, ensure_ascii=False).encode()
        self._out.write(len(head).to_bytes(4, "big") + head)
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            for start in range(0, len(piece), _MOST_PIECE):
                part = piece[start : start + _MOST_PIECE]
                self._out.write(len(part).to_bytes(4, "big"))
                self._out.write(part)
            digest.update(piece)
            size += len(piece)
        self._out.write(bytes(4) + digest.digest())
        if kind == FILE:
            self.files += 1
            self.bytes += size
        return Added(size, digest.hexdigest())

    def add_json(self, kind: str, told: Mapping[str, Any]) -> Added:
        """Add an entry that is a JSON object."""
        return self.add(kind, kind, [json.dumps(dict(told), ensure_ascii=False).encode()])

    def finish(self) -> int:
        """Close the stream; gives the size of the whole."""
        self._out.flush(zstandard.FLUSH_FRAME)
        self._sealing.finish()
        return self._sealing.written


class ArchiveReader:
    """Reads a backup. Every method raises `StreamBroken` for what is not to be believed."""

    def __init__(self, source: Source, keys: StreamKeys) -> None:
        self._opening = OpeningReader(source, keys)
        self.told = self._opening.head.told
        unpacker = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW)
        spring: Any = self._opening
        self._in = unpacker.stream_reader(spring, closefd=False)

    def entries(self) -> Iterator[Entry]:
        """All entries in their order; past `end` it is known that nothing is missing."""
        kind = ""
        while kind != END:
            head = json.loads(self._take(self._length(_MOST_PIECE)))
            kind = head["kind"]
            entry = Entry(kind, head["name"], self._pieces())
            yield entry
            for _ in entry.pieces:
                raise AssertionError("an entry was not read to its end")
        self._must_be_over()

    def _pieces(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        while length := self._length(_MOST_PIECE):
            piece = self._take(length)
            digest.update(piece)
            yield piece
        if self._take(digest.digest_size) != digest.digest():
            raise StreamBroken("damaged")

    def _length(self, most: int) -> int:
        length = int.from_bytes(self._take(4), "big")
        if length > most:
            raise StreamBroken("damaged")
        return length

    def _take(self, size: int) -> bytes:
        parts, left = [], size
        while left:
            try:
                part = self._in.read(left)
            except zstandard.ZstdError:
                raise StreamBroken("damaged") from None
            if not part:
                raise StreamBroken("cut_short")
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _must_be_over(self) -> None:
        """Read past the end: only there is the last chunk known to be the last."""
        if self._in.read(1) or self._opening.read():
            raise StreamBroken("damaged")
