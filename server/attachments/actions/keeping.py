"""Keeping a file of a form, and telling the audit who opened one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.attachments.models import Attachment
from server.attachments.queries import AttachmentRow, Owner, file_path, read_file
from server.attachments.queries.files import seal_place
from server.attachments.queries.owners import WRITING
from server.crypto import keyring
from server.database import new_id, record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.files import MEDIA_TYPES, read_file_name, read_kind


@dataclass(frozen=True, slots=True)
class AttachFile:
    """A file to keep: whose, the name it was sent under, its bytes; `id` where it has one already
    because the owner's row names it.
    """

    owner: Owner
    file_name: str
    content: bytes
    id: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form, with the id it will have once its owner is written."""

    id: str
    file_name: str
    content: bytes


def attach_file(session: Session, actor: Actor, command: AttachFile, data_dir: Path) -> str:
    """Keep a file and return its row's id.

    The sealed bytes are on disk before the row is written: a row without a file cannot be, a file
    without a row does no harm. Raises `NotAllowed`, and `Invalid("file", reason)`: `missing`,
    `file_too_large`, `file_kind`, `file_taken` (this owner has it already).
    """
    owner = command.owner
    actor.require(WRITING[owner.kind], owner.branch_id)
    kind = read_kind(command.content)
    sha256 = keyring.fingerprint(command.content)
    if _has(session, owner, sha256):
        raise Invalid("file", "file_taken")
    write_sealed(file_path(data_dir, sha256), command.content, seal_place(sha256))
    row = Attachment(
        id=command.id or new_id(),
        branch_id=owner.branch_id,
        owner_kind=owner.kind,
        owner_id=owner.id,
        file_name=read_file_name(command.file_name, kind),
        media_type=MEDIA_TYPES[kind],
        size=len(command.content),
        sha256=sha256,
        recorded_by=actor.user_id,
        recorded_at=actor.now,
    )
    try:
        with record.savepoint(session):
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Invalid("file", "file_taken") from None
    note_file(session, actor, "attachment.add", row)
    record.changed(session, ("attachment", row.id), row.branch_id)
    return row.id


def keep_uploads(
    session: Session, actor: Actor, owner: Owner, uploads: Iterable[Upload], data_dir: Path
) -> None:
    """Keep the files of an owner's form. Raises as `attach_file` does."""
    for each in uploads:
        attach_file(
            session, actor, AttachFile(owner, each.file_name, each.content, each.id), data_dir
        )


def open_attachment(session: Session, actor: Actor, row: AttachmentRow, data_dir: Path) -> bytes:
    """The bytes of a file, its opening told to the audit. Raises `AttachmentLost`."""
    content = read_file(data_dir, row.sha256)
    note_file(session, actor, "attachment.open", row)
    return content


def write_sealed(path: Path, content: bytes, place: str) -> None:
    """Write a sealed file so that it is there whole or not at all, even after a power cut.

    A file of that name holds the same bytes already; it is written again all the same, which
    mends a damaged one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(keyring.active().seal_bytes(content, place))
            output.flush()
            os.fsync(output.fileno())
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(draft).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The new name reaches the disk with the folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _has(session: Session, owner: Owner, sha256: str) -> bool:
    query = select(Attachment.id).where(
        Attachment.owner_kind == owner.kind,
        Attachment.owner_id == owner.id,
        Attachment.sha256 == sha256,
    )
    return session.scalar(query) is not None


def note_file(session: Session, actor: Actor, action: str, row: Attachment | AttachmentRow) -> None:
    """Told of the owner, so that it stands in the owner's history."""
    record.note(
        session,
        actor,
        action,
        (row.owner_kind, row.owner_id),
        branch_id=row.branch_id,
        changes={"file_name": [None, row.file_name], "sha256": [None, row.sha256]},
    )
