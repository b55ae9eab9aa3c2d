"""The recipes of both engines, and how a write transaction begins.

SQLite's default driver begins transactions late and deferred: a read followed by a write may
fail or lose an update. Here every transaction begins explicitly, a writing one IMMEDIATE, under
WAL with full synchronisation; the tests show what happens without.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event, text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

POSTGRESQL_CONNECT: Final = {"prepare_threshold": None}
"""Statements are planned each time: a plan prepared while a table was small scans it for the rest
of a long import (1,036 µs a look-up against 25)."""

_WRITES: Final = "taizhang_writes"
_BUSY_SECONDS: Final = 20
_PAGES_KB: Final = 32_000
_PAGE_BYTES: Final = 8192
"""A row touches a dozen indexes: fewer and larger pages are a tenth less work for an import."""


def prepare_engine(engine: Engine) -> None:
    """Install the recipe on an engine; on PostgreSQL there is nothing to do."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def begin_writing(session: Session) -> None:
    """Begin the session's write transaction, giving up what it had only read.

    On SQLite it takes the write lock at once, so that reads inside the transaction are of the
    state that the writes will change.
    """
    session.rollback()
    session.connection(execution_options={_WRITES: True})


def begin_reading(session: Session) -> None:
    """Begin a transaction whose every read is of one state, giving up what it had read before.

    SQLite's deferred transaction is such a snapshot from its first read; PostgreSQL is asked for
    one. Nothing is to be written in it.
    """
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def is_writing(session: Session) -> bool:
    """Whether the session's current transaction was begun by `begin_writing`."""
    return session.in_transaction() and bool(
        session.connection().get_execution_options().get(_WRITES)
    )


def write_much(session: Session) -> None:
    """For the rest of this connection: hold twice the pages, and bring them home less often.

    For a command that does nothing else. What is committed is on the disk as surely as before, in
    the write-ahead log; only its copying into the file waits for more (80 MB instead of 4).
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA cache_size=-{2 * _PAGES_KB}"))
        session.execute(text("PRAGMA wal_autocheckpoint=20000"))


def gather_statistics(session: Session) -> None:
    """Count the tables for the planner, after much has changed: 28 ms at 100,000 customers.

    Without, SQLite takes the wrong index for rare values (300 ms instead of 0.1).
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA analysis_limit=400"))
    session.execute(text("ANALYZE"))


def _open_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"page_size={_PAGE_BYTES}",  # of a new file; it must stand before the first page does
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        "temp_store=MEMORY",
        f"cache_size=-{_PAGES_KB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
