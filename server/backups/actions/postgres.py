"""PostgreSQL: its own programs dump and restore; databases are made, renamed and dropped by SQL.

The dump is of a snapshot that our own transaction holds, so that what is counted in it is what is
dumped. The password travels in the environment of the program, never in its arguments.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, text

from server.backups.actions.archive import PIECE_BYTES
from server.backups.refusals import BackupRefused
from server.database.engine import POSTGRESQL_CONNECT

_PLACES: Final = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql")
_MAINTENANCE: Final = ("postgres", "template1")
_LOCK: Final = 0x7A_BAC_0
_NAME_LENGTH: Final = 33
"""A name has room for 63 bytes; ours add up to 30."""

_TOLD: Final = 300
_COPY: Final = re.compile(rb'COPY (?:"?public"?\.)?"?(\w+)"? ?\(?')


@dataclass(frozen=True, slots=True)
class Programs:
    """`pg_dump` and `pg_restore` of one version."""

    dump: str
    restore: str
    major: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A snapshot that stays as long as its connection's transaction."""

    connection: Connection
    snapshot: str
    server: str


def find_programs(major: int) -> Programs:
    """Programs that can dump a server of that version: of the same one, else of the next newer.

    Raises `BackupRefused("no_program")`.
    """
    found = [each for each in map(_programs_in, _folders()) if each and each.major >= major]
    if not found:
        raise BackupRefused("no_program", version=major)
    return min(found, key=lambda each: each.major)


@contextmanager
def moment(engine: Engine) -> Iterator[Moment]:
    """Hold one moment of the database."""
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        server = connection.scalar(text("SHOW server_version_num"))
        yield Moment(connection, snapshot, server)
        connection.rollback()


def dump(engine: Engine, moment: Moment) -> Iterator[bytes]:
    """The dump of a moment, in pg_dump's custom format. Raises `BackupRefused`."""
    programs = find_programs(int(moment.server) // 10000)
    told, around = _reach(engine.url)
    command = [programs.dump, "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
    command += [f"--snapshot={moment.snapshot}", "--no-password", f"--dbname={told}"]
    with tempfile.TemporaryFile() as faults:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=faults, env=around)  # noqa: S603
        try:
            out = _piped(running.stdout)
            while piece := out.read(PIECE_BYTES):
                yield piece
            _must_be_well(running, faults, "pg_dump")
        finally:
            _end(running)


def restore(url: URL, major: int, pieces: Iterable[bytes], *, anew: bool = False) -> None:
    """Restore a dump into a database. `anew`: drop what it has of the same name, all or nothing.

    Raises `BackupRefused("program_failed")`; all pieces are read in any case.
    """
    told, around = _reach(url)
    command = [find_programs(major).restore, "--no-owner", "--no-privileges", "--exit-on-error"]
    command += ["--clean", "--if-exists", "--single-transaction"] if anew else []
    command += ["--no-password", f"--dbname={told}"]
    with tempfile.TemporaryFile() as faults:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=faults, env=around)  # noqa: S603
        try:
            _feed(running, pieces)
            _must_be_well(running, faults, "pg_restore")
        finally:
            _end(running)


def count_dumped(major: int, pieces: Iterable[bytes]) -> dict[str, int]:
    """The rows of a dump by table, counted in the script it makes; needs no database."""
    command = [find_programs(major).restore, "--data-only", "--no-owner", "--file=-"]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryFile() as faults:
        running = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=faults
        )
        counting = threading.Thread(target=_count_lines, args=(_piped(running.stdout), counts))
        counting.start()
        try:
            _feed(running, pieces)
            counting.join()
            _must_be_well(running, faults, "pg_restore")
        finally:
            _end(running)
            counting.join()
    return dict(counts)


def may_create(engine: Engine) -> bool:
    """Whether this user may make databases."""
    asked = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    with engine.connect() as connection:
        return bool(connection.scalar(text(asked)))


@contextmanager
def scratch_database(engine: Engine, what: str) -> Iterator[URL]:
    """An empty database of the same kind as the engine's, dropped at the end if it is still there.

    Under a name that `sweep` knows, for when the end never comes.
    """
    name = f"{stem(engine)}_{what}_{uuid4().hex[:8]}"
    with _administering(engine.url) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' {}").format(
                sql.Identifier(name), _locale_of(connection, engine.url.database or "")
            )
        )
    try:
        yield engine.url.set(database=name)
    finally:
        drop_database(engine.url, name)


def sweep(engine: Engine) -> int:
    """Drop databases of attempts that were killed; nobody may be at it meanwhile."""
    pattern = f"^{re.escape(stem(engine))}_(tried|restoring)_[0-9a-f]{{8}}$"
    asked = (
        "SELECT datname FROM pg_database WHERE datname ~ :pattern"
        " AND pg_get_userbyid(datdba) = current_user"
    )
    with engine.connect() as connection:
        left = connection.scalars(text(asked), {"pattern": pattern}).all()
    for name in left:
        drop_database(engine.url, name)
    return len(left)


def drop_database(url: URL, name: str) -> None:
    """Drop a database with whoever is connected; one that is gone is no fault."""
    with _administering(url) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@contextmanager
def engine_on(url: URL) -> Iterator[Engine]:
    """An engine on another database, closed at the end."""
    engine = create_engine(url, connect_args=POSTGRESQL_CONNECT)
    try:
        yield engine
    finally:
        engine.dispose()


def is_in_use(engine: Engine) -> bool:
    """Whether anybody but this engine's own connections is connected to the database."""
    engine.dispose()
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        others = connection.scalar(text(asked)) or 0
    engine.dispose()
    return others > 0


def take_its_place(engine: Engine, new: str, aside: str) -> None:
    """Rename the live database to `aside` and `new` to its name, both or neither.

    Whoever is still connected to the live one is cut off.
    """
    live = engine.url.database or ""
    engine.dispose()
    with _administering(engine.url) as connection, connection.transaction():
        for name in (live, new):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                (name,),
            )
        for old, name in ((live, aside), (new, live)):
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(old), sql.Identifier(name)
                )
            )


@contextmanager
def advisory_lock(engine: Engine) -> Iterator[bool]:
    """Hold the database's lock of backups; whether it was free. It ends with the connection."""
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        is_ours = bool(connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})")))
        try:
            yield is_ours
        finally:
            if is_ours and not connection.closed:
                with contextlib.suppress(Exception):
                    connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))


def server_major(engine: Engine) -> int:
    """The major version of the server."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SHOW server_version_num"))) // 10000


def stem(engine: Engine) -> str:
    """What the names of databases that belong to this one begin with."""
    return (engine.url.database or "")[:_NAME_LENGTH]


def _folders() -> Iterator[Path]:
    for place in _PLACES:
        yield from sorted(Path(place).glob("*/bin"))
    found = shutil.which("pg_dump")
    if found:
        yield Path(found).parent


def _programs_in(folder: Path) -> Programs | None:
    dump, restore = folder / "pg_dump", folder / "pg_restore"
    if not (dump.exists() and restore.exists()):
        return None
    said = subprocess.run([dump, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", said.stdout)
    return Programs(str(dump), str(restore), int(version[1])) if version else None


def _reach(url: URL) -> tuple[str, dict[str, str]]:
    """What tells a program where to connect, and its environment, which has the password."""
    parts: dict[str, Any] = {**url.query, "host": url.host or url.query.get("host")}
    parts |= {"port": url.port, "user": url.username, "dbname": url.database}
    password = parts.pop("password", None) or url.password
    told = make_conninfo(**{name: value for name, value in parts.items() if value is not None})
    around = {**os.environ, "LC_ALL": "C"}
    return told, around | ({"PGPASSWORD": str(password)} if password else {})


def _feed(running: subprocess.Popen[bytes], pieces: Iterable[bytes]) -> None:
    """Give a program its input. All pieces are read, also once it wants no more."""
    inlet, listens = _piped(running.stdin), True
    for piece in pieces:
        if listens:
            try:
                inlet.write(piece)
            except BrokenPipeError:
                listens = False
    with contextlib.suppress(BrokenPipeError):
        inlet.close()


def _must_be_well(running: subprocess.Popen[bytes], faults: IO[bytes], program: str) -> None:
    if running.wait() != 0:
        faults.seek(0)
        said = faults.read(_TOLD).decode("utf-8", "replace").strip()
        raise BackupRefused("program_failed", program=program, said=said)


def _end(running: subprocess.Popen[bytes]) -> None:
    """Leave no program behind."""
    if running.poll() is None:
        running.kill()
    running.wait()
    for pipe in (running.stdin, running.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _piped(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError
    return pipe


def _count_lines(script: IO[bytes], counts: Counter[str]) -> None:
    name = ""
    for line in script:
        if name and line == b"\\.\n":
            name = ""
        elif name:
            counts[name] += 1
        elif line.startswith(b"COPY ") and (found := _COPY.match(line)):
            name = found[1].decode()
            counts[name] += 0


def _locale_of(connection: psycopg.Connection[Any], database: str) -> sql.Composable:
    """The sort order is to be the same: indexes of text stand on it."""
    row = connection.execute(
        "SELECT to_jsonb(d) FROM pg_database d WHERE datname = %s", (database,)
    ).fetchone()
    known: dict[str, Any] = row[0] if row else {}
    words = [
        sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(known[name]))
        for name, word in (("datcollate", "LC_COLLATE"), ("datctype", "LC_CTYPE"))
        if known.get(name)
    ]
    locale = known.get("datlocale") or known.get("daticulocale")
    if known.get("datlocprovider") == "i" and locale:
        words.append(sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE {}").format(sql.Literal(locale)))
    return sql.SQL(" ").join(words)


@contextmanager
def _administering(url: URL) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database that is not the live one, which cannot be renamed from inside."""
    for name in _MAINTENANCE:
        told, around = _reach(url.set(database=name))
        try:
            connection = psycopg.connect(told, password=around.get("PGPASSWORD"), autocommit=True)
        except psycopg.OperationalError:
            continue
        with connection:
            yield connection
        return
    raise BackupRefused("no_right")
