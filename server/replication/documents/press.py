"""Compressing an answer while it grows, so that it ends near the size a device asked for."""

from __future__ import annotations

import zlib
from typing import Any, Final

import zstandard

ENCODINGS: Final = ("zstd", "gzip")
"""What a browser may offer, the best first."""

_ZSTD_LEVEL: Final = 3
_GZIP_LEVEL: Final = 6
_GZIP_WINDOW: Final = 31  # zlib's way of asking for gzip's frame
_FIRST_GUESS: Final = 0.2
_NEARLY: Final = 0.97
_MOST_TEXT: Final = 4 * 1024 * 1024


class Press:
    """A growing answer. `encoding` is one of `ENCODINGS`, or empty for plain text."""

    def __init__(self, encoding: str) -> None:
        self._press: Any = None
        self._end_block: Any = None
        if encoding == "zstd":
            self._press = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
            self._end_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        elif encoding == "gzip":
            self._press = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
            self._end_block = zlib.Z_SYNC_FLUSH
        self._parts: list[bytes] = []
        self._text = 0
        self._weighed = (0, 0)
        self._ratio = _FIRST_GUESS if self._press else 1.0

    def add(self, plain: bytes) -> None:
        """Add some text, as UTF-8."""
        self._text += len(plain)
        self._parts.append(self._press.compress(plain) if self._press else plain)

    def has_reached(self, size: int) -> bool:
        """Whether about so many bytes are full. It is weighed only when the guess comes near."""
        text, weight = self._weighed
        if self._text >= _MOST_TEXT:
            return True
        if weight + (self._text - text) * self._ratio < size * _NEARLY:
            return False
        if self._press:
            self._parts.append(self._press.flush(self._end_block))
        weight = sum(map(len, self._parts))
        self._weighed, self._ratio = (self._text, weight), weight / max(self._text, 1)
        return weight >= size * _NEARLY

    def finish(self) -> bytes:
        """End it and give all bytes."""
        if self._press:
            self._parts.append(self._press.flush())
        return b"".join(self._parts)
