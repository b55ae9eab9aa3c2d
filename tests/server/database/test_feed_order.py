"""A reader who follows the numbers misses nothing, however slowly some writers commit.

The last test puts a plain sequence in place of the counter and shows that rows are then lost: it
is what the others guard against.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.database.chain import GENESIS
from server.database.engine import begin_writing
from server.database.extension import current_session, db
from server.database.models import Change
from tests.server.bank import Bank

_WRITERS = 5
_WRITES = 6
_NAPS_S = (0.0, 0.03, 0.0, 0.015, 0.005)


@dataclass(frozen=True)
class _Taken:
    changed: int
    audited: int = 0
    audit_head: str = GENESIS


def _write(app: Flask, nap_s: float) -> None:
    """Transactions that take their number, sleep, and only then commit."""
    with app.app_context():
        session = current_session()
        for _ in range(_WRITES):
            begin_writing(session)
            record.changed(session, ("customer", new_id()), None)
            record.settle(session)
            time.sleep(nap_s)
            session.commit()
        db.session.remove()


def _followed(session: Session, is_over: threading.Event) -> list[int]:
    """The numbers a reader gets who asks again and again for what is after the last it had."""
    seen: list[int] = []
    while True:
        last_round = is_over.is_set()
        session.rollback()
        after = seen[-1] if seen else 0
        query = select(Change.number).where(Change.number > after).order_by(Change.number)
        seen.extend(session.scalars(query.limit(3)))
        if last_round and (not seen or seen[-1] == after):
            return seen
        time.sleep(0.001)


def _run(app: Flask, session: Session) -> tuple[list[int], list[int]]:
    """(what the reader saw, what there is)."""
    writers = [
        threading.Thread(target=_write, args=(app, _NAPS_S[place])) for place in range(_WRITERS)
    ]
    is_over = threading.Event()

    def wait() -> None:
        for writer in writers:
            writer.join()
        is_over.set()

    for thread in (*writers, threading.Thread(target=wait)):
        thread.start()
    seen = _followed(session, is_over)
    there = list(session.scalars(select(Change.number).order_by(Change.number)))
    return seen, there


def test_no_change_is_missed_by_who_follows_the_numbers(
    app: Flask, session: Session, bank: Bank
) -> None:
    before = record.last_number(session)
    seen, there = _run(app, session)
    assert seen == there
    assert len(there) == _WRITERS * _WRITES + before
    assert record.last_number(session) == there[-1]
    assert bank.branch_a


def test_a_plain_sequence_would_lose_changes(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time, so there is nothing to show")
    session.execute(text("CREATE SEQUENCE plain"))
    session.commit()

    def take(session: Session, changes: int, _notes: int) -> Any:
        assert changes == 1
        return _Taken(session.execute(text("SELECT nextval('plain')")).scalar_one())

    monkeypatch.setattr(record, "_take_counter", take)
    # On a busy machine the reader may sleep through all of one run; not through five.
    runs = (_run(app, session) for _ in range(5))
    assert any(len(seen) < len(there) for seen, there in runs)
