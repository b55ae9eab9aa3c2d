"""Statements that reach the database, for tests that count them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from server.database.extension import db


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements sent since the last `clear()`."""
    sent: list[str] = []

    def remember(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(db.engine, "before_cursor_execute", remember)
