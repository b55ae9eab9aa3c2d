"""What the tests of the notice centre share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from server.database.notices import tell
from server.domain.access import Actor
from tests.server.bank import NOW, Bank


def told(bank: Bank, kind: str = "customer_given", username: str = "officer", **more: Any) -> str:
    """Tell somebody something, and commit."""
    entity = more.pop("entity", ("customer", "01900000-0000-7000-8000-0000000000c1"))
    notice_id = tell(bank.session, bank.people[username], kind, entity, at=NOW, **more)
    bank.session.commit()
    assert notice_id is not None
    return notice_id


def at(bank: Bank, now: dt.datetime, username: str = "officer") -> Actor:
    """Somebody at another moment."""
    return bank.actor(username, now=now)
