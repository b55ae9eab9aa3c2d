"""SQLite: a copy of one moment by its online backup, and taking the place of the live file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine

from server.backups.actions.archive import PIECE_BYTES
from server.backups.actions.folder import refusing, sync_folder
from server.backups.refusals import BackupRefused
from server.database.engine import prepare_engine

_PAGES_A_STEP: Final = 2048
_SIDES: Final = ("-wal", "-shm", "-journal")


def file_of(engine: Engine) -> Path:
    """The file of a database. Raises `BackupRefused("no_place")` for one in memory."""
    if not engine.url.database or engine.url.database == ":memory:":
        raise BackupRefused("no_place", place=":memory:")
    return Path(engine.url.database).resolve()


def copy_moment(live: Path, copy: Path, check: Callable[[], None]) -> None:
    """Copy a database as of now, while others go on writing: neither waits for the other.

    The transaction that stays open holds the moment; without it each commit would begin the copy
    anew. `check` is called every few megabytes and may raise.
    """
    with refusing(str(copy.parent)):
        if shutil.disk_usage(copy.parent).free < 2 * live.stat().st_size:
            raise BackupRefused("disk_full", place=str(copy.parent))
    with (
        closing(sqlite3.connect(f"{live.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.isolation_level = None
        source.execute("PRAGMA busy_timeout=20000")
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        target.execute("PRAGMA synchronous=OFF")
        try:
            source.backup(target, pages=_PAGES_A_STEP, progress=lambda *_: check())
        except sqlite3.OperationalError as fault:
            if "full" in str(fault):
                raise BackupRefused("disk_full", place=str(copy.parent)) from fault
            raise
        source.execute("ROLLBACK")
        target.execute("PRAGMA journal_mode=DELETE")


def pieces_of(file: Path) -> Iterator[bytes]:
    """The bytes of a file."""
    with file.open("rb") as source:
        while piece := source.read(PIECE_BYTES):
            yield piece


@contextmanager
def engine_on(file: Path) -> Iterator[Engine]:
    """An engine on a file of its own, closed at the end."""
    engine = create_engine(f"sqlite:///{file}")
    prepare_engine(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def is_sound(file: Path) -> bool:
    """Whether every page and every reference of a file is in order."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            return whole and not connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError:
            return False


def is_in_use(live: Path) -> bool:
    """Whether another process has the database open, though it may be doing nothing.

    Only the last one may leave the write-ahead log behind: SQLite itself knows.
    """
    if not live.exists():
        return False
    with closing(sqlite3.connect(live, timeout=0.2)) as connection:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError:
            return False  # damaged: that is why somebody restores
    return bool(mode != "delete")


def take_its_place(new: Path, live: Path, aside: Path) -> None:
    """Put a file in the place of the live one, which is kept under another name.

    At no moment is the place empty: a server that starts then would begin an empty bank.
    """
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    if live.exists():
        for side in _SIDES:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{live}{side}").rename(f"{aside}{side}")
        aside.hardlink_to(live)
    new.replace(live)
    sync_folder(live.parent)
