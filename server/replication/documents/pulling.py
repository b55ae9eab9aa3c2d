"""One answer to a pull: the next rows of the feed, as many as fit, and the cursor behind them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from server.crypto import keyring
from server.replication.documents.filling import Filling, Reader, fill
from server.replication.documents.press import Press
from server.replication.documents.rows import MadeRow, RowTexts
from server.replication.documents.tallies import tally_of
from server.replication.queries.feed import Scope, begun_life, feed_of
from sync.errors import CursorRefused
from sync.feed import (
    Cursor,
    Feed,
    Lent,
    Start,
    is_rescoped,
    lend,
    read_cursor,
    start_of,
    write_cursor,
)

_MOST_LENT: Final = 16
"""So many lent portfolios, coming and leaving, one cursor names at most."""


class NumberUnknown(Exception):
    """A device has read further than this database ever was: it was restored from a backup."""

    def __init__(self, seen: int) -> None:
        super().__init__(seen)
        self.seen = seen


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
    elif start is Start.COMPARE or _must_compare(cursor, feed, reader.scope):
        start = Start.COMPARE
        known = tuple(Lent(each, feed.hi, feed.hi) for each in reader.scope.lent)
        cursor = replace(cursor, after=feed.hi, scope_version=feed.scope_version, lent=known)
    filling = Filling(
        Press(reader.encoding), RowTexts(session, reader.builders, reader.today), size
    )
    filling.press.add(b'{"rows":[')
    told, more = fill(session, reader, lend(cursor, reader.scope.lent), feed.hi, filling)
    tail = _tail(session, reader, feed, told, start, more=more, texts=filling.texts)
    filling.press.add(b"]," + tail[1:].encode())
    return Chunk(filling.press.finish(), filling.texts.made)


def cursor_key() -> bytes:
    """The key that signs cursors; the index key is one that no rotation changes."""
    return keyring.active().index_key


def _read(token: str) -> Cursor | None:
    try:
        return read_cursor(token, cursor_key()) if token else None
    except CursorRefused:
        return None


def _must_compare(cursor: Cursor, feed: Feed, scope: Scope) -> bool:
    """Another branch; or so many covers came and went meanwhile that no cursor would hold them."""
    lent = {*scope.lent, *(each.scope for each in cursor.lent)}
    return is_rescoped(cursor, feed) or len(lent) > _MOST_LENT


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
