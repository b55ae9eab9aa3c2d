"""An app on a migrated database of its own for each test, on SQLite and on PostgreSQL.

The schema is made once a session by the migrations; each test gets a copy.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event
from werkzeug.routing import Rule

from server.app import create_app
from server.config import Config
from server.crypto.keyring import new_keyring_text
from server.database.extension import current_session, db
from tests.postgres import postgres
from tests.server.bank import NOW, Bank, found_bank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.postgres import Postgres

__all__ = ["postgres"]
KEYRING = new_keyring_text()
ENGINES = ("sqlite", "postgresql")


def make_config(database_url: str, data_dir: Path) -> Config:
    """Settings of a test's app."""
    return Config(
        database_url=database_url,
        data_dir=data_dir,
        secret_key="a secret of the tests alone",
        keyring=KEYRING,
        timezone=ZoneInfo("Asia/Shanghai"),
        bank_name="测试银行",
        https=False,
        development=False,
        trusted_proxies=0,
        max_upload_bytes=32 * 1024 * 1024,
    )


def migrate(database_url: str, data_dir: Path) -> None:
    """Bring an empty database up to the newest schema."""
    app = create_app(make_config(database_url, data_dir))
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    folder = tmp_path_factory.mktemp("template")
    migrate(f"sqlite:///{folder / 'template.db'}", folder)
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a migrated, empty PostgreSQL database."""
    url = postgres.create_database()
    migrate(url, tmp_path_factory.mktemp("template"))
    return url


@dataclass
class CopiesOfTemplate:
    """Databases like the template, one for each test that runs, emptied between two tests."""

    server: Postgres
    template: str
    schema: str
    free: list[str] = field(default_factory=list)

    @contextmanager
    def one(self) -> Iterator[str]:
        """The URL of a migrated, empty database as long as the block runs."""
        url = self.free.pop() if self.free else self.server.create_database(template=self.template)
        yield url
        if self.server.empty_database(url, schema=self.schema):
            self.free.append(url)
        else:
            self.server.drop_database(url)


@pytest.fixture(scope="session")
def postgres_copies(postgres: Postgres, postgres_template: str) -> Iterator[CopiesOfTemplate]:
    """Copies of the template that tests hand on to each other."""
    schema = postgres.schema_of(postgres_template)
    copies = CopiesOfTemplate(postgres, postgres_template, schema)
    yield copies
    for url in copies.free:
        postgres.drop_database(url)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "taizhang.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    lending: CopiesOfTemplate = request.getfixturevalue("postgres_copies")
    with lending.one() as url:
        yield url


class Browser(FlaskClient):
    """A client whose every request has a context of its own, as under a server.

    Inside the test's context all requests would share one `g`, and so one person. Afterwards the
    test's session forgets what it has read, to see what the request wrote.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        current_session().rollback()
        return answer


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once a session; each test's app would compile them anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session", autouse=True)
def compiled_routes() -> Iterator[None]:
    """The function that builds a route's URL is compiled once a session, not for every app.

    That compiling is four fifths of what `create_app` costs, and each test makes an app.
    """
    compile_builder = Rule._compile_builder
    kept: dict[tuple[object, ...], Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture
def app(
    database_url: str, tmp_path: Path, compiled_templates: FileSystemBytecodeCache
) -> Iterator[Flask]:
    """An app on that database, inside its context."""
    app = create_app(make_config(database_url, tmp_path / "data"))
    app.config["WTF_CSRF_ENABLED"] = False
    app.jinja_env.bytecode_cache = compiled_templates
    app.test_client_class = Browser
    with app.app_context():
        yield app
        current_session().rollback()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Session:
    """The session of the app's context."""
    return current_session()


@pytest.fixture
def the_morning_of_the_tenth() -> Iterator[None]:
    """The clock stands at `bank.NOW`, for tests through the pages."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(session: Session) -> Bank:
    """Two branches, a person in each role, and a product; see `tests.server.bank`."""
    return found_bank(session)


@pytest.fixture
def sign_in(app: Flask, bank: Bank) -> Callable[[str], FlaskClient]:
    """Sign a member of the bank's staff in by username and give their browser."""

    def browser(username: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"username": username, "password": Bank.password})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    return browser


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database since the last `clear()`, for tests that count them."""
    sent: list[str] = []

    def remember(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(db.engine, "before_cursor_execute", remember)
