"""How much of the feed goes into one answer: by compressed size, learned from the link."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

KIB: Final = 1024
LEAST: Final = 16 * KIB
MOST: Final = 256 * KIB
START: Final = 64 * KIB
QUICK_TO_GROW: Final = 2

_STEP: Final = 4 * KIB


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """The size (compressed bytes) to ask for next, and how many quick answers came in a row."""

    size: int = START
    quick: int = 0

    def after_timeout(self) -> ChunkSize:
        """Half, down to 16 KiB."""
        return ChunkSize(max(LEAST, self.size // 2))

    def after_quick(self) -> ChunkSize:
        """Double after two quick answers in a row, up to 256 KiB."""
        if self.quick + 1 < QUICK_TO_GROW:
            return replace(self, quick=self.quick + 1)
        return ChunkSize(min(MOST, self.size * 2))

    def after_slow(self) -> ChunkSize:
        """The same; the row of quick answers is broken."""
        return replace(self, quick=0)


def bounded(size: int) -> int:
    """The size a device asks for, within what the server grants."""
    return max(LEAST, min(size, MOST))


def cut(rows: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut prebuilt JSON rows into chunks that close as soon as they reach `size` compressed.

    A chunk has at least one row and is over the size by at most its last 4 KiB of text and row.
    """
    chunk: list[str] = []
    scale = _Scale()
    for row in rows:
        chunk.append(row)
        if scale.weigh(row) >= size:
            yield chunk
            chunk, scale = [], _Scale()
    if chunk:
        yield chunk


class _Scale:
    """Compressed size so far, by the quickest level, looked at every few KiB of text."""

    def __init__(self) -> None:
        self._press = zlib.compressobj(1)
        self._out = 0
        self._waiting = 0

    def weigh(self, row: str) -> int:
        text = row.encode()
        self._out += len(self._press.compress(text))
        self._waiting += len(text)
        if self._waiting >= _STEP:
            self._out += len(self._press.flush(zlib.Z_SYNC_FLUSH))
            self._waiting = 0
        return self._out
