"""Backups in a folder: written beside their name, on the disk before they take it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from server.backups.actions.stores import Stored, made_at
from server.backups.refusals import BackupRefused
from server.crypto.streams import Source

PART: Final = ".part"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Folder:
    """A folder, of which only the owner reads the files."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder)
        self._folder = folder

    def begin(self, name: str) -> _FileDraft:
        """Begin a backup under another name. Raises `BackupRefused`."""
        with refusing(self.place):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return _FileDraft(self._folder, name)

    @contextmanager
    def open(self, name: str) -> Iterator[Source]:
        """Read a backup. Raises `BackupRefused("missing")`."""
        try:
            file = (self._folder / name).open("rb")
        except OSError:
            raise BackupRefused("missing", name=name) from None
        with file:
            yield file

    def list(self) -> Sequence[Stored]:
        """Every whole backup, the newest first."""
        found = []
        with contextlib.suppress(FileNotFoundError):
            for each in self._folder.iterdir():
                at = made_at(each.name)
                if at is not None and each.is_file():
                    found.append(Stored(each.name, each.stat().st_size, at))
        return sorted(found, key=lambda stored: stored.name, reverse=True)

    def drop(self, name: str) -> None:
        """Delete a backup; one that is gone is no fault."""
        (self._folder / name).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete what was cut off on its way; nobody may be writing meanwhile."""
        left = [each for each in self._folder.glob(f"taizhang-*{PART}") if each.is_file()]
        for each in left:
            each.unlink(missing_ok=True)
        return len(left)


class _FileDraft:
    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._path = folder, folder / name
        self._part = folder / (name + PART)
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "wb")

    def write(self, data: bytes, /) -> None:
        with refusing(str(self._folder)):
            self._file.write(data)

    def commit(self) -> None:
        with refusing(str(self._folder)):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.rename(self._path)
            sync_folder(self._folder)

    def abandon(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)


@contextmanager
def refusing(place: str) -> Iterator[None]:
    """Turn what a disk says into a refusal."""
    try:
        yield
    except OSError as fault:
        reason = "disk_full" if fault.errno in _FULL else "no_place"
        raise BackupRefused(reason, place=place) from fault


def sync_folder(folder: Path) -> None:
    """Bring a new name to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
