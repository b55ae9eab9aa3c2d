"""Filling an answer to a pull with rows, in the order in which a device needs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from server.replication.builders import Builder
from server.replication.documents.press import Press
from server.replication.documents.rows import RowTexts
from server.replication.queries.feed import FeedRow, Scope, left_rows, lent_rows, rows_after
from sync.feed import Cursor, Lent

_ROWS_A_STEP: Final = 16
_ROWS_A_BUILD: Final = 128
_BYTES_A_ROW: Final = 190
_FEWEST: Final = 64
_MOST: Final = 1024

_Reading = Callable[[int, int], list[FeedRow]]
"""`read(after, limit)` gives the next rows after a number."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The device that asks: its scope, what builds its documents, the day, how it unpacks."""

    device_id: str
    scope: Scope
    builders: Mapping[str, Builder]
    today: dt.date
    encoding: str


@dataclass(slots=True)
class Filling:
    """An answer that takes rows until its size is reached."""

    press: Press
    texts: RowTexts
    size: int
    comma: bytes = b""

    def take(self, read: _Reading, after: int) -> int | None:
        """Take rows from `after` on; the last number where it is full, None where all are in."""
        for rows, is_last in _batches(read, after, self.size):
            for start in range(0, len(rows), _ROWS_A_STEP):
                step = rows[start : start + _ROWS_A_STEP]
                if start % _ROWS_A_BUILD == 0:
                    ready = self.texts.of(rows[start : start + _ROWS_A_BUILD])
                place = start % _ROWS_A_BUILD
                self.press.add(self.comma + b",".join(ready[place : place + _ROWS_A_STEP]))
                self.comma = b","
                is_end = is_last and start + _ROWS_A_STEP >= len(rows)
                if not is_end and self.press.has_reached(self.size):
                    return step[-1].number
        return None


def fill(
    session: Session, reader: Reader, cursor: Cursor, hi: int, filling: Filling
) -> tuple[Cursor, bool]:
    """Fill an answer; gives the cursor behind it, and whether there is more.

    First what the device may hold no longer, then the news, then what was lent to it.
    """
    kinds, scope = tuple(reader.builders), replace(reader.scope, lent=cursor.read_with)
    for each in cursor.lent:
        if each.left:
            at = filling.take(partial(_left, session, scope, each, kinds), each.after)
            if at is not None:
                return cursor.with_lent(replace(each, after=at)), True
            cursor = cursor.without(each.scope)
    at = filling.take(partial(_news, session, reader, scope, cursor), cursor.after)
    if at is not None:
        return replace(cursor, after=at), True
    cursor = replace(cursor, after=hi)
    for each in cursor.lent:
        if not each.is_caught_up:
            at = filling.take(partial(_lent, session, each, kinds), each.after)
            if at is not None:
                return cursor.with_lent(replace(each, after=at)), True
            cursor = cursor.with_lent(replace(each, after=each.upto))
    return cursor, set(cursor.read_with) != set(reader.scope.lent)


def _news(
    session: Session, reader: Reader, scope: Scope, cursor: Cursor, after: int, limit: int
) -> list[FeedRow]:
    at = replace(cursor, after=after)
    return rows_after(session, scope, at, reader.device_id, tuple(reader.builders), limit)


def _left(
    session: Session, scope: Scope, lent: Lent, kinds: Sequence[str], after: int, limit: int
) -> list[FeedRow]:
    return left_rows(session, scope, replace(lent, after=after), kinds, limit)


def _lent(
    session: Session, lent: Lent, kinds: Sequence[str], after: int, limit: int
) -> list[FeedRow]:
    return lent_rows(session, replace(lent, after=after), kinds, limit)


def _batches(read: _Reading, after: int, size: int) -> Iterator[tuple[list[FeedRow], bool]]:
    """The rows after a number, a batch at a time, and whether a batch is the last."""
    limit = max(_FEWEST, min(size // _BYTES_A_ROW, _MOST))
    while True:
        rows = read(after, limit)
        is_last = len(rows) < limit
        yield rows, is_last
        if is_last:
            return
        after = rows[-1].number
        limit = max(_FEWEST, limit // 2)
