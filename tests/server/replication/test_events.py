"""Waiting for news: answered when something comes, and never by more than a few at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.database import record
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.replication.views import events
from tests.server.bank import Bank, add_customer
from tests.server.replication.pulling import Reader, enrolled

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def reader(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.setattr(events, "WAITS_S", 0.6)
    monkeypatch.setattr(events, "_LOOKS_EVERY_S", 0.02)
    return enrolled(sign_in("officer"))


def _wait(reader: Reader, after: int) -> tuple[int, object]:
    asked = {"device": reader.device, "after": str(after)}
    answer = reader.client.get("/sync/v1/events", query_string=asked)
    return answer.status_code, answer.get_json(silent=True)


def test_what_is_there_already_is_told_at_once(bank: Bank, reader: Reader) -> None:
    assert _wait(reader, 0) == (200, {"news": True})
    assert bank.branch_a


def test_nothing_new_is_no_news(bank: Bank, reader: Reader) -> None:
    assert _wait(reader, record.last_number(bank.session)) == (204, None)


def test_what_comes_while_waiting_is_told(app: Flask, bank: Bank, reader: Reader) -> None:
    after = record.last_number(bank.session)
    bank.session.rollback()

    def write() -> None:
        with app.app_context():
            session = current_session()
            begin_writing(session)
            record.changed(
                session, ("notice", bank.branch_a), None, portfolio=bank.people["officer"]
            )
            session.commit()

    later = threading.Timer(0.1, write)
    later.start()
    assert _wait(reader, after) == (200, {"news": True})
    later.join()


def test_anothers_news_is_none_of_mine(bank: Bank, reader: Reader) -> None:
    after = record.last_number(bank.session)
    begin_writing(bank.session)
    add_customer(bank, branch_id=bank.branch_b)
    bank.session.commit()
    assert _wait(reader, after) == (204, None)


def test_only_a_few_wait_at_once(
    bank: Bank, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one too many is told to come back, at once: with a long wait this test would hang."""
    monkeypatch.setattr(events, "_places", threading.BoundedSemaphore(1))
    monkeypatch.setattr(events, "WAITS_S", 600)
    assert events._places.acquire(blocking=False)
    assert _wait(reader, record.last_number(bank.session)) == (204, None)
