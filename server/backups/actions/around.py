"""What every act on backups is handed: where the data lie, the settings, a clock, a way to stop."""

from __future__ import annotations

import datetime as dt
import fcntl
import hmac
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from server.backups.actions import postgres
from server.backups.refusals import BackupRefused
from server.config import BackupSettings
from server.crypto import keyring
from server.crypto.streams import StreamKeys, read_stream_keys

SCRATCH: Final = ".backup-"
_LOCK: Final = "backups.lock"
_FINGERPRINT: Final = b"taizhang backup keyring 1"


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Around:
    """`goes_on` turns False when the process is to stop: what is under way is then given up."""

    data_dir: Path
    settings: BackupSettings
    clock: Callable[[], dt.datetime]
    goes_on: Callable[[], bool] = _always

    @property
    def place(self) -> str:
        """Where backups go."""
        return self.settings.place or str(self.data_dir / "backups")

    @property
    def is_beside(self) -> bool:
        """Whether backups lie in the data folder itself, and are lost with it."""
        return not self.place.startswith("s3://") and Path(self.place).resolve().is_relative_to(
            self.data_dir.resolve()
        )

    def keys(self) -> StreamKeys:
        """The keys of backups. Raises `BackupRefused("no_key")`."""
        try:
            return read_stream_keys(self.settings.key)
        except ValueError:
            raise BackupRefused("no_key") from None

    def check(self) -> None:
        """Raise `BackupRefused("stopped")` once the process is to stop."""
        if not self.goes_on():
            raise BackupRefused("stopped")


def engine_of(session: Session) -> Engine:
    """The engine of a session, whose own transaction is given up: long work holds none."""
    session.rollback()
    engine = session.get_bind()
    if not isinstance(engine, Engine):
        raise TypeError(engine)
    return engine


@contextmanager
def alone(engine: Engine, around: Around) -> Iterator[None]:
    """Be the only one at backups of this database. Raises `BackupRefused("busy")`.

    The lock ends with the process, however that ends; so whatever lies about is nobody's and goes.
    """
    if engine.dialect.name == "postgresql":
        with postgres.advisory_lock(engine) as is_ours:
            if not is_ours:
                raise BackupRefused("busy")
            postgres.sweep(engine)
            yield
        return
    around.data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(around.data_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused("busy") from None
        for left in around.data_dir.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def keyring_mark() -> dict[str, object]:
    """What tells one keyring from another and gives nothing of it away."""
    ring = keyring.active()
    mark = hmac.digest(ring.index_key, _FINGERPRINT, "sha256")[:8].hex()
    return {"mark": mark, "versions": sorted(ring.ciphers)}


def opens(told: object) -> bool:
    """Whether the keyring of this process opens what another sealed, by its mark."""
    own = keyring_mark()
    if not isinstance(told, dict) or told.get("mark") != own["mark"]:
        return False
    return set(told.get("versions", ())) <= set(keyring.active().ciphers)
