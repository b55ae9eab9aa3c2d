"""Restoring: what was tried takes the place of the live database, which is kept aside.

Everything is decided before the live database is touched: the backup is restored into a database
of its own, looked through, brought up to date, and begins its new life there (another epoch, no
sessions). The files come next, which are only added. The change of places is the last step, and
one step.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, delete, inspect, update
from sqlalchemy.orm import Session

from server.accounts.models import UserSession
from server.backups.actions import postgres, schema, sqlite
from server.backups.actions.archive import DATABASE, ArchiveReader
from server.backups.actions.around import SCRATCH, Around, alone, engine_of
from server.backups.actions.carrying import closed_in, drop_messages, keep_closed
from server.backups.actions.folder import refusing, sync_folder
from server.backups.actions.making import note
from server.backups.actions.orphans import adopt_files
from server.backups.actions.trying import (
    LISTED,
    OpenSource,
    Trial,
    read_files,
    session_on,
    tried,
)
from server.backups.actions.writing import sha256_of
from server.backups.models import Backup
from server.backups.queries.rows import backup_named
from server.backups.queries.standing import is_empty
from server.backups.refusals import BackupRefused
from server.database import new_id, record
from server.domain.access import Actor
from server.replication.actions.life import begin_new_epoch
from server.replication.models.blobs import BlobUpload


@dataclass(frozen=True, slots=True)
class Wish:
    """`replace` a database that is in use as a bank; `force`: also while processes have it open."""

    name: str
    replace: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it. `aside` is where the replaced database is now, "" where there was none.

    `found` counts the photos of the data folder that the backup did not know and that entries of
    devices may name once they are sent again.
    """

    epoch: str
    number: int
    rows: int
    files: int
    found: int
    aside: str
    made_at: str


def restore_backup(
    session: Session, actor: Actor, around: Around, source: OpenSource, wish: Wish
) -> Restored:
    """Restore a backup. Nothing is touched before all is well. Raises `BackupRefused`."""
    engine = engine_of(session)
    with _target(engine, around, wish) as folder, tried(engine, around, source, folder) as trial:
        if trial.engine is None:
            return _restore_in_place(engine, actor, around, source, wish, trial)
        closed = closed_in(engine)
        with session_on(trial.engine) as own:
            keep_closed(own, actor, closed)
            epoch, number, found = _begin_anew(own, actor, around, wish, trial.manifest)
        files = _bring_files(around, source, trial.manifest)
        _must_not_be_in_use(engine, wish)
        aside = _change_places(engine, trial.engine, actor)
    return _told(trial, epoch, number, files, found, aside)


@contextmanager
def _target(engine: Engine, around: Around, wish: Wish) -> Iterator[Path | None]:
    """Nobody else is at it, the database may be replaced; a folder beside it for SQLite's file."""
    if engine.dialect.name == "postgresql":
        with alone(engine, around):
            _must_be_replaceable(engine, wish)
        _must_not_be_in_use(engine, wish)
        yield None
        return
    live = sqlite.file_of(engine)
    live.parent.mkdir(parents=True, exist_ok=True)
    with alone(engine, around):
        for left in live.parent.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        if live.exists():
            _must_be_replaceable(engine, wish)
        _must_not_be_in_use(engine, wish)
        with tempfile.TemporaryDirectory(dir=live.parent, prefix=SCRATCH) as folder:
            yield Path(folder)


def _must_be_replaceable(engine: Engine, wish: Wish) -> None:
    with engine.connect() as connection:
        if not wish.replace and not is_empty(connection):
            raise BackupRefused("not_empty")


def _must_not_be_in_use(engine: Engine, wish: Wish) -> None:
    """Web, worker and commands keep the database open: each would go on with the old one."""
    engine.dispose()
    if engine.dialect.name == "postgresql":
        used = postgres.is_in_use(engine)
    else:
        used = sqlite.is_in_use(sqlite.file_of(engine))
    if used and not wish.force:
        raise BackupRefused("in_use")


def _begin_anew(
    session: Session, actor: Actor, around: Around, wish: Wish, manifest: Mapping[str, Any]
) -> tuple[str, int, int]:
    """What a restored database must know before anybody works with it; commits.

    Another epoch, so that devices send again what they keep; nobody is signed in; uploads under
    way begin anew, since their parts are no part of a backup; photos that lie in the folder are
    known, so that entries that are sent again find theirs.
    """
    epoch = begin_new_epoch(session, actor)
    session.execute(
        update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=actor.now)
    )
    session.execute(delete(BlobUpload))
    drop_messages(session, actor)
    found = adopt_files(session, actor, around.data_dir)
    _write_down(session, actor, around, wish, manifest)
    session.commit()
    return epoch, record.last_number(session), found


def _write_down(
    session: Session, actor: Actor, around: Around, wish: Wish, manifest: Mapping[str, Any]
) -> None:
    """The backup was being made when it was made: now its row knows what became of it."""
    name = str(manifest["name"])
    session.execute(
        update(Backup)
        .where(Backup.state == "making")
        .values(state="failed", error="interrupted", ended_at=actor.now)
    )
    row = backup_named(session, name)
    if row is None:
        row = Backup(id=new_id(), name=name, place=around.place, started_at=actor.now)
        session.add(row)
    row.state, row.error, row.ended_at = "good", "", row.ended_at or actor.now
    row.revision, row.audited = manifest["revision"], manifest["audited"]
    row.rows, row.feed_number = sum(manifest["rows"].values()), manifest["feed_number"]
    row.audit_head, row.verify_error = manifest["audit_head"], ""
    row.verified_at, row.verified_how = around.clock(), "whole"
    session.flush()
    changes: dict[str, list[object]] = {
        "made_at": [None, manifest["made_at"]],
        "force": [None, wish.force],
    }
    note(session, actor, "backup.restore", row, changes)


def _bring_files(around: Around, source: OpenSource, manifest: Mapping[str, Any]) -> int:
    """Write the files that are not there as they were; gives how many. Nothing is deleted."""
    written = 0
    for entry in read_files(around, source, manifest):
        path = around.data_dir / entry.name
        with refusing(str(around.data_dir)):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
            try:
                with os.fdopen(handle, "wb") as output:
                    for piece in entry.pieces:
                        output.write(piece)
                    output.flush()
                    os.fsync(output.fileno())
                if sha256_of(Path(draft)) != sha256_of(path):
                    Path(draft).replace(path)
                    sync_folder(path.parent)
                    written += 1
            finally:
                with contextlib.suppress(FileNotFoundError):
                    Path(draft).unlink()
    return written


def _change_places(live: Engine, new: Engine, actor: Actor) -> str:
    """Put the restored database in the place of the live one; gives where that is now."""
    stamp = f"{actor.now:%Y%m%dT%H%M%S}{uuid4().hex[:4]}"
    if live.dialect.name == "postgresql":
        with live.connect() as connection:
            had_tables = bool(inspect(connection).get_table_names())
        aside = f"{postgres.stem(live)}_replaced_{stamp}"
        new.dispose()
        postgres.take_its_place(live, new.url.database or "", aside)
        if not had_tables:
            postgres.drop_database(live.url, aside)
        return aside if had_tables else ""
    file = sqlite.file_of(live)
    with new.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    new.dispose()
    aside_file = file.with_name(f"{file.name}.replaced-{stamp}")
    had_file = file.exists()
    with refusing(str(file.parent)):
        sqlite.take_its_place(sqlite.file_of(new), file, aside_file)
    return str(aside_file) if had_file else ""


def _restore_in_place(
    live: Engine, actor: Actor, around: Around, source: OpenSource, wish: Wish, trial: Trial
) -> Restored:
    """Into the database itself, all or nothing, where none may be made beside it.

    Only into one that nobody has worked with: otherwise nothing of it would be kept.
    """
    if trial.how == LISTED:
        with live.connect() as connection:
            if not is_empty(connection):
                raise BackupRefused("no_right")
    with source() as stream:
        for entry in ArchiveReader(stream, around.keys()).entries():
            if entry.kind == DATABASE:
                major = postgres.server_major(live)
                live.dispose()
                postgres.restore(live.url, major, entry.pieces, anew=True)
            for _ in entry.pieces:
                pass
    schema.bring_up(live, schema.MIGRATIONS)
    with session_on(live) as own:
        read, broken = record.first_broken_entry(own)
        if broken is not None:
            raise BackupRefused("chain_broken", entry=read)
        epoch, number, found = _begin_anew(own, actor, around, wish, trial.manifest)
    files = _bring_files(around, source, trial.manifest)
    return _told(trial, epoch, number, files, found, "")


def _told(trial: Trial, epoch: str, number: int, files: int, found: int, aside: str) -> Restored:
    manifest = trial.manifest
    rows = sum(manifest["rows"].values())
    return Restored(epoch, number, rows, files, found, aside, manifest["made_at"])
