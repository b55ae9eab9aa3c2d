"""Writing one backup into a target: the manifest, the database of a moment, the files it names."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine

from server import VERSION
from server.backups.actions import postgres, sqlite
from server.backups.actions.archive import (
    DATABASE,
    END,
    FILE,
    FORMAT,
    MANIFEST,
    PIECE_BYTES,
    ArchiveWriter,
)
from server.backups.actions.around import SCRATCH, Around, keyring_mark
from server.backups.queries.standing import Standing, files_named, standing_of
from server.crypto.streams import Target

_NAMES_TOLD: Final = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup came to: bytes of the whole, files in it, and files that were not there."""

    standing: Standing
    size: int
    files: int
    lost: int


@dataclass(frozen=True, slots=True)
class _Moment:
    connection: Connection
    server: str
    pieces: Callable[[], Iterator[bytes]]


def write_backup(engine: Engine, around: Around, target: Target, name: str) -> Written:
    """Write a backup of now. Raises `BackupRefused`; then the target holds nothing of use."""
    keys = around.keys()
    kind = engine.dialect.name
    with _moment(engine, around) as moment:
        standing = standing_of(moment.connection)
        told = {"name": name, "database": kind, "app": VERSION}
        archive = ArchiveWriter(target, keys, told)
        archive.add_json(MANIFEST, _manifest(name, kind, moment.server, standing, around))
        archive.add(DATABASE, kind, _checked(moment.pieces(), around))
        lost = _add_files(archive, moment.connection, around)
    end: dict[str, Any] = {"files": archive.files, "bytes": archive.bytes}
    archive.add_json(END, end | {"lost": len(lost), "lost_names": lost[:_NAMES_TOLD]})
    return Written(standing, archive.finish(), archive.files, len(lost))


def _manifest(
    name: str, kind: str, server: str, standing: Standing, around: Around
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "app": VERSION,
        "name": name,
        "made_at": around.clock().isoformat(),
        "database": kind,
        "server": server,
        "keyring": keyring_mark(),
        **asdict(standing),
    }


@contextmanager
def _moment(engine: Engine, around: Around) -> Iterator[_Moment]:
    """Hold one moment of a database."""
    if engine.dialect.name == "postgresql":
        with postgres.moment(engine) as held:
            yield _Moment(held.connection, held.server, lambda: postgres.dump(engine, held))
        return
    live = sqlite.file_of(engine)
    with tempfile.TemporaryDirectory(dir=around.data_dir, prefix=SCRATCH) as folder:
        copy = Path(folder) / "copy.db"
        sqlite.copy_moment(live, copy, around.check)
        with sqlite.engine_on(copy) as own, own.connect() as connection:
            yield _Moment(connection, "", lambda: sqlite.pieces_of(copy))


def _add_files(archive: ArchiveWriter, connection: Connection, around: Around) -> list[str]:
    """Add every file that the database names; gives the names of those that must be and are not.

    A file is opened once: another that takes its name meanwhile holds the same, sealed anew.
    """
    lost = []
    with closing(files_named(connection)) as names:
        for name, is_needed in names:
            try:
                with (around.data_dir / name).open("rb") as file:
                    archive.add(FILE, name, _checked(_pieces(file), around))
            except FileNotFoundError:
                if is_needed:
                    lost.append(name)
    return lost


def _pieces(file: Any) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _checked(pieces: Iterator[bytes], around: Around) -> Iterator[bytes]:
    for piece in pieces:
        around.check()
        yield piece


def sha256_of(path: Path) -> str:
    """The hash of a file in hex; "" where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
