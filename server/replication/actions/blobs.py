"""Photos and signatures, which come after their entries, in parts, over links that break.

A file is named by the SHA-256 of what it holds. Whole, it is looked at (a picture or a PDF,
whatever it says it is) and attached to every entry that names it, those to come included.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.attachments.actions import file_arrived, sweep_arrived
from server.attachments.models import ArrivedFile
from server.crypto.keyring import SealBroken
from server.customers.queries import is_id
from server.database import new_id
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound
from server.domain.files import MAX_FILE_BYTES
from server.repayments.actions import signature_arrived
from server.replication.actions.parts import drop_parts, read_parts, write_part
from server.replication.models.blobs import BlobUpload
from server.replication.queries.devices import own_device
from server.visits.actions import photo_arrived

STALE_AFTER: Final = dt.timedelta(days=7)
REVOKED_GRACE: Final = dt.timedelta(days=7)
MOST_OPEN: Final = 500
"""Uploads under way of one person; a day's visits are a tenth of it."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SWEPT_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class BeginUpload:
    """A file as a device announces it; `length` in bytes."""

    device_id: str
    sha256: str
    media_type: str
    length: int


@dataclass(frozen=True, slots=True)
class Stand:
    """How far an upload is. `id` names it, also once the file is whole."""

    id: str
    arrived: int
    length: int
    expires_at: dt.datetime


class DeviceGone(Exception):
    """The device may send nothing more. `kind` is `access` or `lost`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class OffsetDiffers(Exception):
    """The part does not begin where the last one ended, at `arrived`."""

    def __init__(self, arrived: int) -> None:
        super().__init__(arrived)
        self.arrived = arrived


def begin_upload(session: Session, actor: Actor, command: BeginUpload) -> Stand:
    """Begin an upload, or take up the one of the same file where it was cut off.

    A file that is here already is whole at once. Raises `NotAllowed`, `NotFound` for the device,
    `DeviceGone`, and `Invalid`: `("sha256", "format")`, `("length", "missing" |
    "file_too_large")`, `("", "too_many")`.
    """
    _check_device(session, actor, command.device_id)
    if not _SHA256.fullmatch(command.sha256):
        raise Invalid("sha256", "format")
    if command.length <= 0:
        raise Invalid("length", "missing")
    if command.length > MAX_FILE_BYTES:
        raise Invalid("length", "file_too_large", megabytes=MAX_FILE_BYTES // 1024 // 1024)
    row = _same_upload(session, actor, command)
    if row is not None:
        row.touched_at = actor.now
        session.flush()
        return _stand(row)
    there = session.get(ArrivedFile, command.sha256)
    if there is not None and there.size == command.length and there.arrived_by == actor.user_id:
        _tell_all(session, actor, command.sha256)
        return Stand(command.sha256, there.size, there.size, actor.now + STALE_AFTER)
    return _stand(_begin(session, actor, command))


def upload_of(session: Session, actor: Actor, upload_id: str, *, lock: bool = False) -> BlobUpload:
    """The actor's upload. Raises `NotFound` for none, and for somebody else's; `DeviceGone`."""
    query = select(BlobUpload).where(
        BlobUpload.id == upload_id, BlobUpload.user_id == actor.user_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query) if is_id(upload_id) else None
    if row is None:
        raise NotFound("upload", upload_id)
    _check_device(session, actor, row.device_id)
    return row


def stand_of(session: Session, actor: Actor, upload_id: str) -> Stand:
    """How far an upload is, also of one that is whole. Raises as `upload_of`."""
    there = session.get(ArrivedFile, upload_id) if _SHA256.fullmatch(upload_id) else None
    if there is not None and there.arrived_by == actor.user_id:
        return Stand(upload_id, there.size, there.size, actor.now + STALE_AFTER)
    return _stand(upload_of(session, actor, upload_id))


def add_part(
    session: Session, actor: Actor, upload_id: str, offset: int, content: bytes, data_dir: Path
) -> Stand:
    """Add the bytes from `offset`; the last part makes the file whole, and attaches it.

    Raises as `upload_of`; `OffsetDiffers`; `Invalid("file", "too_long")` beyond the length that
    was announced; and for a whole file `Invalid("file", "sha256" | "file_kind")`: that upload is
    to be ended with `end_upload`, it will never be anything else.
    """
    row = upload_of(session, actor, upload_id, lock=True)
    if offset != row.arrived:
        raise OffsetDiffers(row.arrived)
    if row.arrived + len(content) > row.length:
        raise Invalid("file", "too_long")
    if content:
        write_part(data_dir, row.id, offset, content)
    row.arrived += len(content)
    row.touched_at = actor.now
    session.flush()
    if row.arrived == row.length:
        _finish(session, actor, row, data_dir)
    return _stand(row)


def end_upload(session: Session, actor: Actor, upload_id: str, data_dir: Path) -> None:
    """Forget an upload and its parts."""
    row = upload_of(session, actor, upload_id, lock=True)
    session.delete(row)
    session.flush()
    drop_parts(data_dir, row.id)


def sweep_blobs(session: Session, actor: Actor, data_dir: Path) -> int:
    """Forget uploads that stopped days ago, and files that nothing ever named; gives how many."""
    stale = actor.now - STALE_AFTER
    query = select(BlobUpload).where(BlobUpload.touched_at < stale).limit(_SWEPT_AT_ONCE)
    rows = list(session.scalars(query))
    for row in rows:
        session.delete(row)
        drop_parts(data_dir, row.id)
    session.flush()
    return len(rows) + sweep_arrived(session, actor, data_dir)


def _check_device(session: Session, actor: Actor, device_id: str) -> None:
    """A device that lost its access may still bring what belongs to its entries, for a week."""
    device = own_device(session, actor, device_id)
    if device.revoked_kind is None or device.revoked_at is None:
        return
    is_late = device.revoked_at < actor.now - REVOKED_GRACE
    if device.revoked_kind == "lost" or is_late:
        raise DeviceGone(device.revoked_kind)


def _same_upload(session: Session, actor: Actor, command: BeginUpload) -> BlobUpload | None:
    query = select(BlobUpload).where(
        BlobUpload.user_id == actor.user_id,
        BlobUpload.sha256 == command.sha256,
        BlobUpload.length == command.length,
        BlobUpload.device_id == command.device_id,
    )
    return session.scalars(query.limit(1)).first()


def _begin(session: Session, actor: Actor, command: BeginUpload) -> BlobUpload:
    is_own = BlobUpload.user_id == actor.user_id
    if (session.scalar(select(func.count()).where(is_own)) or 0) >= MOST_OPEN:
        raise Invalid("", "too_many")
    row = BlobUpload(
        id=new_id(),
        user_id=actor.user_id,
        device_id=command.device_id,
        sha256=command.sha256,
        media_type=command.media_type[:80],
        length=command.length,
        arrived=0,
        touched_at=actor.now,
    )
    session.add(row)
    session.flush()
    return row


def _finish(session: Session, actor: Actor, row: BlobUpload, data_dir: Path) -> None:
    try:
        content = read_parts(data_dir, row.id, row.length)
    except (OSError, SealBroken):
        raise Invalid("file", "sha256") from None
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise Invalid("file", "sha256")
    file_arrived(session, actor, content, data_dir)
    _tell_all(session, actor, row.sha256)
    session.delete(row)
    session.flush()
    drop_parts(data_dir, row.id)


def _tell_all(session: Session, actor: Actor, sha256: str) -> None:
    photo_arrived(session, actor, sha256)
    signature_arrived(session, actor, sha256)


def _stand(row: BlobUpload) -> Stand:
    return Stand(row.id, row.arrived, row.length, row.touched_at + STALE_AFTER)
