"""What a device compares itself with: tallies by group, and the rows of groups that differ."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

from sqlalchemy.orm import Session

from server.replication.documents.filling import Reader
from server.replication.documents.press import Press
from server.replication.documents.pulling import Chunk
from server.replication.documents.rows import RowTexts
from server.replication.queries.feed import held_rows, rows_of
from sync.digest import by_group, group_of

GROUPS_AT_ONCE: Final = 16
_ROWS_A_STEP: Final = 128


def digest_of(session: Session, reader: Reader) -> dict[str, tuple[int, int]]:
    """Count and sum of each group that has rows, as `sync.digest` reckons them."""
    held = held_rows(session, reader.scope.portfolios, tuple(reader.builders))
    groups = by_group((key, number) for _, key, number in held)
    return {str(group): (tally.count, tally.total) for group, tally in sorted(groups.items())}


def rows_of_groups(session: Session, reader: Reader, groups: Collection[int]) -> Chunk:
    """All rows of some groups, and the ids there are: `{"rows": [...], "ids": [...]}`."""
    wanted = [
        row
        for row in held_rows(session, reader.scope.portfolios, tuple(reader.builders))
        if group_of(row[1]) in groups
    ]
    press, texts = Press(reader.encoding), RowTexts(session, reader.builders, reader.today)
    press.add(b'{"rows":[')
    for start in range(0, len(wanted), _ROWS_A_STEP):
        ready = texts.of(rows_of(session, wanted[start : start + _ROWS_A_STEP]))
        press.add((b"," if start else b"") + b",".join(ready))
    gone = texts.missing
    ids = [key for kind, key, _ in wanted if (kind, key) not in gone]
    press.add(b'],"ids":' + json.dumps(ids, separators=(",", ":")).encode() + b"}")
    return Chunk(press.finish(), texts.made)
