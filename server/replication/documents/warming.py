"""Making at night what the devices will ask for in the morning."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from server.domain.access import Actor
from server.replication.actions.days import HEARD_WITHIN
from server.replication.actions.keeping import keep_rows
from server.replication.builders import DOCUMENTS
from server.replication.documents.rows import RowTexts
from server.replication.queries.devices import portfolios_with_devices
from server.replication.queries.feed import rows_not_made

_ROWS_A_STEP: Final = 200
_MADE_ALONE: Final = frozenset({"bank"})
"""The name of the bank is known at the door of a pull only."""


def warm_documents(session: Session, actor: Actor) -> int:
    """Make the next rows that devices will pull and nobody has made; 0 when there are none."""
    kinds = [kind for kind in DOCUMENTS if kind not in _MADE_ALONE]
    for portfolio in portfolios_with_devices(session, actor.now - HEARD_WITHIN):
        rows = rows_not_made(session, portfolio, kinds, _ROWS_A_STEP)
        if rows:
            texts = RowTexts(session, DOCUMENTS, actor.today)
            texts.of(rows)
            keep_rows(session, texts.made)
            return len(rows)
    return 0
