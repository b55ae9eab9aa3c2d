"""The SQLite recipe keeps every write of eight threads; without it most are lost."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from server.database.engine import begin_writing, prepare_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

THREADS, TIMES = 8, 25


def _in_threads(work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_increment_is_lost_between_threads(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'count.db'}")
    prepare_engine(engine)
    with Session(engine) as session:
        begin_writing(session)
        session.execute(text("CREATE TABLE tally (n INTEGER)"))
        session.execute(text("INSERT INTO tally VALUES (0)"))
        session.commit()

    def increment() -> None:
        for _ in range(TIMES):
            with Session(engine) as session:
                begin_writing(session)
                n = session.execute(text("SELECT n FROM tally")).scalar_one()
                session.execute(text("UPDATE tally SET n = :n"), {"n": n + 1})
                session.commit()

    _in_threads(increment)
    with Session(engine) as session:
        assert session.execute(text("SELECT n FROM tally")).scalar_one() == THREADS * TIMES
    engine.dispose()


def test_a_deferred_transaction_would_lose_them(tmp_path: Path) -> None:
    """The trap that the recipe is for, so that nobody takes it out."""
    path = tmp_path / "count.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE tally (n INTEGER)")
        connection.execute("INSERT INTO tally VALUES (0)")
    connection.close()
    refused = []
    both_read = threading.Barrier(2)

    def increment() -> None:
        own = sqlite3.connect(path, isolation_level=None, timeout=5)
        own.execute("BEGIN")
        (n,) = own.execute("SELECT n FROM tally").fetchone()
        both_read.wait()
        try:
            own.execute("UPDATE tally SET n = ?", (n + 1,))
            own.execute("COMMIT")
        except sqlite3.OperationalError as error:
            refused.append(str(error))
        own.close()

    pair = [threading.Thread(target=increment) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert refused == ["database is locked"]


def test_foreign_keys_hold(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'keys.db'}")
    prepare_engine(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    engine.dispose()
