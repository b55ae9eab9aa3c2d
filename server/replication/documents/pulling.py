"""One answer to a pull: the next rows of the feed, as many as fit, and the cursor behind them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from server.crypto import keyring
from server.replication.builders import Builder
from server.replication.documents.press import Press
from server.replication.documents.rows import MadeRow, RowTexts
from server.replication.documents.tallies import tally_of
from server.replication.queries.feed import (
    FeedRow,
    Scope,
    begun_life,
    feed_of,
    rows_after,
)
from sync.errors import CursorRefused
from sync.feed import Cursor, Feed, Start, is_rescoped, read_cursor, start_of, write_cursor

_ROWS_A_STEP: Final = 16
_ROWS_A_BUILD: Final = 128
_BYTES_A_ROW: Final = 190
_FEWEST: Final = 64
_MOST: Final = 1024


class NumberUnknown(Exception):
    """A device has read further than this database ever was: it was restored from a backup."""

    def __init__(self, seen: int) -> None:
        super().__init__(seen)
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Reader:
    """The device that asks: its scope, what builds its documents, the day, how it unpacks."""

    device_id: str
    scope: Scope
    builders: Mapping[str, Builder]
    today: dt.date
    encoding: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """An answer as it travels, and the rows that were built for it, to be kept."""

    body: bytes
    made: Sequence[MadeRow]


def pull(session: Session, reader: Reader, token: str, size: int) -> Chunk:
    """Answer a pull: about `size` bytes (compressed) of the rows after the cursor `token`.

    A cursor that is empty, of another life of the database, or not ours starts from the beginning.
    Everything is read in the snapshot that the caller began. Raises `NumberUnknown`.
    """
    feed = feed_of(session, begun_life(session), reader.scope)
    cursor = _read(token)
    start = start_of(cursor, feed)
    if cursor is not None and cursor.epoch == feed.epoch and cursor.after > feed.hi:
        raise NumberUnknown(cursor.after)
    if cursor is None or start is Start.RESTART:
        cursor = Cursor(feed.epoch, feed.space, 0, feed.hi, feed.scope_version)
    elif start is Start.COMPARE or is_rescoped(cursor, feed):
        start = Start.COMPARE
        cursor = replace(cursor, after=feed.hi, scope_version=feed.scope_version)
    press, texts = Press(reader.encoding), RowTexts(session, reader.builders, reader.today)
    press.add(b'{"rows":[')
    after = _add_rows(session, reader, cursor, (press, texts), size)
    more = after is not None
    told = replace(cursor, after=feed.hi if after is None else after)
    tail = _tail(session, reader, feed, told, start, more=more, texts=texts)
    press.add(b"]," + tail[1:].encode())
    return Chunk(press.finish(), texts.made)


def cursor_key() -> bytes:
    """The key that signs cursors; the index key is one that no rotation changes."""
    return keyring.active().index_key


def _read(token: str) -> Cursor | None:
    try:
        return read_cursor(token, cursor_key()) if token else None
    except CursorRefused:
        return None


def _add_rows(
    session: Session,
    reader: Reader,
    cursor: Cursor,
    into: tuple[Press, RowTexts],
    size: int,
) -> int | None:
    """Add rows until the size is reached; the last number then, None at the end of the feed."""
    press, texts = into
    comma, at = b"", cursor
    for rows, is_last in _batches(session, reader, cursor, size):
        for start in range(0, len(rows), _ROWS_A_STEP):
            step = rows[start : start + _ROWS_A_STEP]
            if start % _ROWS_A_BUILD == 0:
                ready = texts.of(rows[start : start + _ROWS_A_BUILD])
            place = start % _ROWS_A_BUILD
            press.add(comma + b",".join(ready[place : place + _ROWS_A_STEP]))
            comma, at = b",", replace(at, after=step[-1].number)
            is_end = is_last and start + _ROWS_A_STEP >= len(rows)
            if not is_end and press.has_reached(size):
                return at.after
    return None


def _batches(
    session: Session, reader: Reader, cursor: Cursor, size: int
) -> Iterator[tuple[list[FeedRow], bool]]:
    """The rows after a cursor, a batch at a time, and whether a batch is the last."""
    limit = max(_FEWEST, min(size // _BYTES_A_ROW, _MOST))
    while True:
        rows = rows_after(
            session, reader.scope, cursor, reader.device_id, tuple(reader.builders), limit
        )
        is_last = len(rows) < limit
        yield rows, is_last
        if is_last:
            return
        cursor = replace(cursor, after=rows[-1].number)
        limit = max(_FEWEST, limit // 2)


def _tail(
    session: Session,
    reader: Reader,
    feed: Feed,
    cursor: Cursor,
    start: Start,
    *,
    more: bool,
    texts: RowTexts,
) -> str:
    said: dict[str, Any] = {
        "cursor": write_cursor(cursor, cursor_key()),
        "more": more,
        "start": start.value,
        "hi": feed.hi,
    }
    if not more:
        counted = tally_of(session, feed.epoch, reader.scope, tuple(reader.builders))
        for row in texts.made:
            if row.sealed is None:
                counted = counted.without_row(row.id, row.number)
        said["tally"] = {"count": counted.count, "total": counted.total}
    return json.dumps(said, separators=(",", ":"))
