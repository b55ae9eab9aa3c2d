"""A second bank that is empty, on the same kind of database: where a ledger is brought to."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from server.app import create_app
from server.database.extension import db
from tests.server.conftest import make_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.server.conftest import CopiesOfTemplate


@pytest.fixture
def empty_bank(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """An app on another migrated, empty database; its context is not entered."""
    with ExitStack() as lent:
        if database_url.startswith("sqlite"):
            path = tmp_path / "other.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            url = f"sqlite:///{path}"
        else:
            copies: CopiesOfTemplate = request.getfixturevalue("postgres_copies")
            url = lent.enter_context(copies.one())
        app = create_app(make_config(url, tmp_path / "other"))
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
