"""Trying a backup: restored into a database of its own, brought up to date and looked through.

Whoever verifies drops that database; whoever restores puts it in the place of the live one. So
what is restored is what was tried.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from server.attachments.queries.files import FOLDER as ATTACHMENTS
from server.attachments.queries.files import seal_place
from server.backups.actions import postgres, schema, sqlite
from server.backups.actions.archive import (
    DATABASE,
    END,
    FILE,
    FORMAT,
    MANIFEST,
    ArchiveReader,
    Entry,
)
from server.backups.actions.around import SCRATCH, Around, opens
from server.backups.actions.folder import refusing
from server.backups.queries.standing import count_rows, is_path
from server.backups.refusals import BackupRefused
from server.crypto import keyring
from server.crypto.streams import Source, StreamBroken
from server.database import record
from server.domain.files import MAX_FILE_BYTES

WHOLE, LISTED = "whole", "listed"
OpenSource = Callable[[], AbstractContextManager[Source]]
_MOST_OPENED: Final = MAX_FILE_BYTES + 1024


@dataclass(frozen=True, slots=True)
class Trial:
    """A backup that was tried and found good.

    `engine` is the database it was restored into, None where it was only `LISTED`. `lost` files
    were not there when it was made, `unreadable` ones were damaged already.
    """

    manifest: Mapping[str, Any]
    how: str
    engine: Engine | None
    files: int
    lost: int
    unreadable: int


@contextmanager
def tried(
    live: Engine, around: Around, source: OpenSource, folder: Path | None = None
) -> Iterator[Trial]:
    """Try a backup; its database stays for the block. Raises `BackupRefused` for one that is bad.

    `folder` is where a file of SQLite is restored; by default a place that goes afterwards.
    """
    with ExitStack() as stack:
        try:
            with source() as stream:
                trial = _read_through(live, around, stream, stack, folder)
        except StreamBroken as broken:
            raise BackupRefused(broken.reason) from broken
        yield trial


def _read_through(
    live: Engine, around: Around, stream: Source, stack: ExitStack, folder: Path | None
) -> Trial:
    archive = ArchiveReader(stream, around.keys())
    manifest: dict[str, Any] = {}
    database: _Database | None = None
    files = _Files()
    for entry in archive.entries():
        around.check()
        if entry.kind == MANIFEST and not manifest:
            manifest = entry.json()
            _check_manifest(manifest, live)
        elif entry.kind == DATABASE and manifest and database is None:
            database = _Database(live, around, manifest, stack, folder)
            database.take(entry)
        elif entry.kind == FILE:
            files.take(entry, around)
        elif entry.kind == END and database is not None:
            files.check(entry.json(), manifest)
        else:
            raise StreamBroken("damaged")
    if database is None:
        raise StreamBroken("damaged")
    database.check()
    how = LISTED if database.engine is None else WHOLE
    return Trial(manifest, how, database.engine, files.seen, files.lost, files.unreadable)


def read_files(around: Around, source: OpenSource, same: Mapping[str, Any]) -> Iterator[Entry]:
    """The files of a backup that was tried, once more. Raises `BackupRefused`."""
    try:
        with source() as stream:
            for entry in ArchiveReader(stream, around.keys()).entries():
                around.check()
                if entry.kind == FILE and is_path(entry.name):
                    yield entry
                elif entry.kind == MANIFEST and entry.json() != same:
                    raise StreamBroken("damaged")
                for _ in entry.pieces:
                    pass
    except StreamBroken as broken:
        raise BackupRefused(broken.reason) from broken


def session_on(engine: Engine) -> Session:
    """A session on a database that is not the app's, with the record of each commit."""
    factory = sessionmaker(bind=engine)
    record.install(factory)
    return factory()


def _check_manifest(manifest: Mapping[str, Any], live: Engine) -> None:
    if manifest.get("format") != FORMAT:
        raise BackupRefused("too_new", app=manifest.get("app"), revision=manifest.get("format"))
    if manifest["database"] != live.dialect.name:
        raise BackupRefused("other_database", backup=manifest["database"], live=live.dialect.name)
    if not schema.knows(manifest["revision"], schema.MIGRATIONS):
        raise BackupRefused("too_new", app=manifest["app"], revision=manifest["revision"])
    if not opens(manifest["keyring"]):
        raise BackupRefused("other_keyring")


class _Database:
    """The database of a backup on its way into a place of its own, where one may be made."""

    def __init__(
        self,
        live: Engine,
        around: Around,
        manifest: Mapping[str, Any],
        stack: ExitStack,
        folder: Path | None,
    ) -> None:
        self.engine: Engine | None = None
        self._live, self._around, self._manifest = live, around, manifest
        self._stack, self._folder = stack, folder

    def take(self, entry: Entry) -> None:
        """Restore it and count it."""
        counts = self._sqlite(entry) if self._live.dialect.name == "sqlite" else self._pg(entry)
        if counts != self._manifest["rows"]:
            raise BackupRefused("counts_differ")

    def check(self) -> None:
        """Bring it up to date, and walk the audit chain."""
        if self.engine is None:
            return
        schema.bring_up(self.engine, schema.MIGRATIONS)
        with session_on(self.engine) as session:
            read, broken = record.first_broken_entry(session)
            head = record.audit_head(session) if read else ""
        told = self._manifest["audited"], self._manifest["audit_head"] if read else ""
        if broken is not None or (read, head) != told:
            raise BackupRefused("chain_broken", entry=broken or read)

    def _sqlite(self, entry: Entry) -> dict[str, int]:
        folder = self._folder or Path(
            self._stack.enter_context(
                tempfile.TemporaryDirectory(dir=self._around.data_dir, prefix=SCRATCH)
            )
        )
        file = folder / "tried.db"
        with refusing(str(folder)), file.open("wb") as output:
            for piece in entry.pieces:
                output.write(piece)
        if not sqlite.is_sound(file):
            raise BackupRefused("rows_broken")
        self.engine = self._stack.enter_context(sqlite.engine_on(file))
        with self.engine.connect() as connection:
            return count_rows(connection)

    def _pg(self, entry: Entry) -> dict[str, int]:
        """PostgreSQL checks every key itself while the constraints are made."""
        major = postgres.server_major(self._live)
        if not postgres.may_create(self._live):
            return postgres.count_dumped(major, entry.pieces)
        url = self._stack.enter_context(postgres.scratch_database(self._live, "tried"))
        postgres.restore(url, major, entry.pieces)
        self.engine = self._stack.enter_context(postgres.engine_on(url))
        with self.engine.connect() as connection:
            return count_rows(connection)


class _Files:
    """The files of a backup as they pass; each attachment is opened by the keyring."""

    def __init__(self) -> None:
        self.seen = self.lost = self.unreadable = 0
        self._bytes = self._attachments = 0

    def take(self, entry: Entry, around: Around) -> None:
        if not is_path(entry.name):
            raise StreamBroken("damaged")
        self.seen += 1
        kept, size = [], 0
        for piece in entry.pieces:
            around.check()
            size += len(piece)
            if size <= _MOST_OPENED:
                kept.append(piece)
        self._bytes += size
        if entry.name.startswith(ATTACHMENTS):
            self._attachments += 1
            self.unreadable += not _is_readable(entry.name, b"".join(kept))

    def check(self, end: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
        self.lost = int(end["lost"])
        if (end["files"], end["bytes"]) != (self.seen, self._bytes):
            raise BackupRefused("files_differ")
        if self._attachments + self.lost != manifest["files"]:
            raise BackupRefused("files_differ")


def _is_readable(name: str, sealed: bytes) -> bool:
    sha256 = name.rpartition("/")[2]
    try:
        plain = keyring.active().open_bytes(sealed, seal_place(sha256))
    except keyring.SealBroken:
        return False
    return keyring.fingerprint(plain) == sha256
