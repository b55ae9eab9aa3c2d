"""The throw-away PostgreSQL starts, copies and drops databases, and says when it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from tests import postgres as house


@pytest.fixture(scope="module")
def server() -> Iterator[house.Postgres]:
    with house.running_postgres() as running:
        yield running


def test_a_new_database_is_empty_and_keeps_chinese_text(server: house.Postgres) -> None:
    engine = create_engine(server.create_database())
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        assert connection.scalar(text("SELECT :name"), {"name": "台账"}) == "台账"
    engine.dispose()


def test_a_copy_of_a_template_holds_its_tables_and_changes_alone(server: house.Postgres) -> None:
    template = server.create_database()
    engine = create_engine(template)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE branch (name text)"))
    engine.dispose()

    copy = create_engine(server.create_database(template=template))
    with copy.begin() as connection:
        connection.execute(text("INSERT INTO branch VALUES ('城东支行')"))
    copy.dispose()

    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM branch")) == 0
    engine.dispose()


def test_a_used_copy_is_emptied_unless_its_schema_was_changed(server: house.Postgres) -> None:
    url = server.create_database()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE branch (name text PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE customer (branch text REFERENCES branch)"))
        schema = server.schema_of(url)
        connection.execute(text("INSERT INTO branch VALUES ('城东支行')"))
        connection.execute(text("INSERT INTO customer VALUES ('城东支行')"))
    engine.dispose()

    assert server.empty_database(url, schema=schema)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM branch")) == 0
        assert connection.scalar(text("SELECT count(*) FROM customer")) == 0
        connection.execute(text("CREATE INDEX ix_customer ON customer (branch)"))
    engine.dispose()
    assert not server.empty_database(url, schema=schema)


def test_a_database_in_use_can_be_dropped(server: house.Postgres) -> None:
    url = server.create_database()
    engine = create_engine(url)
    connection = engine.connect()
    server.drop_database(url)
    connection.invalidate()
    connection.close()
    engine.dispose()
    with pytest.raises(Exception, match="does not exist"):
        create_engine(url).connect()


def test_the_server_and_its_folder_are_gone_after_the_block() -> None:
    with house.running_postgres() as server:
        folder = Path(server.url.partition("host=")[2])
        assert folder.exists()
    assert not folder.exists()


def test_a_machine_without_postgresql_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(house, "_PLACES", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(house.PostgresMissing, match="apt-get install postgresql"):
        house.find_programs()


def test_a_server_named_in_the_environment_is_used_as_it_is(
    monkeypatch: pytest.MonkeyPatch, server: house.Postgres
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", server.url)
    with house.running_postgres() as given:
        assert make_url(given.url) == make_url(server.url)
        url = given.create_database()
        given.drop_database(url)
