"""Making rows before they are asked for: at night for the morning, and what was just pushed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from server.domain.access import Actor
from server.replication.actions.days import HEARD_WITHIN
from server.replication.actions.keeping import keep_rows
from server.replication.builders import DOCUMENTS
from server.replication.documents.rows import RowTexts
from server.replication.queries.devices import active_devices, portfolios_with_devices
from server.replication.queries.feed import FeedRow, rows_not_made
from server.replication.queries.standing import Key

_ROWS_A_STEP: Final = 200
_TWO: Final = 2
_MADE_ALONE: Final = frozenset({"bank"})
"""The name of the bank is known at the door of a pull only."""


def warm_documents(session: Session, actor: Actor) -> int:
    """Make the next rows that devices will pull and nobody has made; 0 when there are none."""
    kinds = [kind for kind in DOCUMENTS if kind not in _MADE_ALONE]
    for portfolio in portfolios_with_devices(session, actor.now - HEARD_WITHIN, actor.today):
        rows = rows_not_made(session, portfolio, kinds, _ROWS_A_STEP)
        if rows:
            texts = RowTexts(session, DOCUMENTS, actor.today)
            texts.of(rows)
            keep_rows(session, texts.made)
            return len(rows)
    return 0


def make_written(session: Session, actor: Actor, wrote: Mapping[Key, int]) -> None:
    """Make what a push wrote, where the officer has other devices: they will all ask for it."""
    if not wrote or active_devices(session, actor.user_id or "") < _TWO:
        return
    rows = [
        FeedRow(kind, key, number, True, None)
        for (kind, key), number in wrote.items()
        if kind in DOCUMENTS
    ]
    texts = RowTexts(session, DOCUMENTS, actor.today)
    texts.of(rows)
    keep_rows(session, [each for each in texts.made if each.sealed is not None])
