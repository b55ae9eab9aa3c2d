"""One throw-away PostgreSQL for the test session, and databases in it by the dozen.

The server is made in a temporary folder, listens on a Unix socket in it alone (TCP is off) and
forgets durability. It starts when the first test asks for it. Under pytest-xdist every worker
process has a server of its own. With TEST_DATABASE_URL set, that server is used instead and only
databases made here are dropped. Without any PostgreSQL the tests fail: never skip what a bank runs.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRIVER: Final = "postgresql+psycopg"
_START_SECONDS: Final = 60
_PLACES: Final = (
    "/usr/lib/postgresql",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/usr/local/pgsql",
)
_CARELESS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


_END_THE_OTHERS: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SCHEMA: Final = """
    SELECT md5(string_agg(concat(relname, relkind, relnatts), ',' ORDER BY relname))
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_TABLES: Final = """
    SELECT string_agg(relname, ' ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
"""
_SIZE: Final = "SELECT pg_database_size(current_database())"
_ROOMY: Final = 40_000_000


class PostgresMissing(RuntimeError):
    """No PostgreSQL server programs on this machine and no TEST_DATABASE_URL."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `url` is an SQLAlchemy URL of its maintenance database."""

    url: str

    def create_database(self, *, template: str | None = None) -> str:
        """Create an empty database, or a copy of the one at the URL `template`; answer its URL.

        Nobody may be connected to the template while it is copied.
        """
        name = f"taizhang_{uuid.uuid4().hex}"
        source = make_url(template).database if template else "template0"
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(source or "template0")
            )
        )
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database that `create_database` made, whoever is still connected."""
        name = make_url(url).database or ""
        self._administer(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def empty_database(self, url: str, *, schema: str) -> bool:
        """Make a used copy like its template again, in a fifth of the time that a new copy takes.

        False where that cannot be: the test changed the schema (see `schema_of`), left too many
        dead rows behind, or this server's user may not switch its checks off.
        """
        try:
            with psycopg.connect(_bare(url), autocommit=True) as connection:
                connection.execute(_END_THE_OTHERS)
                if _schema(connection) != schema or _one(connection, _SIZE) > _ROOMY:
                    return False
                tables = str(_one(connection, _TABLES)).split()
                erase = ";".join(f'DELETE FROM "{table}"' for table in tables)
                connection.execute(f"SET session_replication_role = replica; {erase}")
        except psycopg.Error:
            return False
        return True

    def schema_of(self, url: str) -> str:
        """What tables and indexes a database has, as one text."""
        with psycopg.connect(_bare(url), autocommit=True) as connection:
            return _schema(connection)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's PostgreSQL server."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of this test process's own."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


def _bare(url: str) -> str:
    """The URL as psycopg reads it."""
    return url.replace(_DRIVER, "postgresql", 1)


def _one(connection: psycopg.Connection, query: LiteralString) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _schema(connection: psycopg.Connection) -> str:
    return str(_one(connection, _SCHEMA))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server for as long as the block runs. Raises `PostgresMissing`."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Postgres(make_url(given).set(drivername=_DRIVER).render_as_string(False))
        return
    programs = find_programs()
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="taizhang-pg-", dir=_short_folder()))
    if owner.uid is not None:
        shutil.chown(folder, owner.uid, owner.gid)
    try:
        _make_cluster(programs, folder, owner)
        with _started(programs, folder, owner):
            yield Postgres(f"{_DRIVER}://postgres@/postgres?host={folder}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """Find the folder of `initdb` and `postgres`, newest first. Raises `PostgresMissing`."""
    found = [program.parent for place in _PLACES for program in Path(place).glob("*/bin/initdb")]
    found += [Path(place) / "bin" for place in _PLACES if (Path(place) / "bin/initdb").exists()]
    if found:
        return max(found, key=_version)
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise PostgresMissing(
        "PostgreSQL is missing: every database test runs on it too. Run `make test` once as root, "
        "or install it (Debian: apt-get install postgresql, macOS: brew install postgresql), "
        "or name a server that may create databases in TEST_DATABASE_URL."
    )


def _version(programs: Path) -> int:
    digits = "".join(filter(str.isdigit, programs.parent.name))
    return int(digits or 0)


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose processes the server's are; all None: our own."""

    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] | None = None


def _owner() -> _Owner:
    """Choose who runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return _Owner()
    people = {person.pw_name: person for person in pwd.getpwall()}
    person = people.get("postgres") or people["nobody"]
    return _Owner(person.pw_uid, person.pw_gid, ())


def _short_folder() -> str:
    """Answer a folder open to all whose name leaves room for a socket's; macOS's own does not."""
    return "/tmp"


def _make_cluster(programs: Path, folder: Path, owner: _Owner) -> None:
    command = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C.UTF-8" if os.uname().sysname == "Linux" else "--locale=C"]
    made = subprocess.run(
        [*map(str, command), "--no-sync"],
        user=owner.uid,
        group=owner.gid,
        extra_groups=owner.groups,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr}")


@contextmanager
def _started(programs: Path, folder: Path, owner: _Owner) -> Iterator[None]:
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    command += [word for name, value in _CARELESS.items() for word in ("-c", f"{name}={value}")]
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            user=owner.uid,
            group=owner.gid,
            extra_groups=owner.groups,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, folder, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_START_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
