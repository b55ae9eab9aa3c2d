"""Files of devices: kept once by what they hold, attached to whatever names them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.attachments.actions.keeping import note_file, write_sealed
from server.attachments.models import ArrivedFile, Attachment
from server.attachments.queries import Owner, file_path
from server.attachments.queries.files import seal_place
from server.crypto import keyring
from server.database import new_id, record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.files import MEDIA_TYPES, FileKind, read_kind

FROM_DEVICES: Final = frozenset(
    {FileKind.JPG, FileKind.PNG, FileKind.WEBP, FileKind.HEIC, FileKind.PDF}
)
UNNAMED_FOR: Final = dt.timedelta(days=90)
"""So long a file waits for an entry that names it; entries are held at most as long."""

_SWEPT_AT_ONCE: Final = 200
_NAME_LENGTH: Final = 12


def file_arrived(session: Session, actor: Actor, content: bytes, data_dir: Path) -> str:
    """Keep a file that arrived whole and give its SHA-256; the same one twice is kept once.

    Raises `Invalid("file", "file_kind" | "file_too_large" | "missing")` for what is no picture and
    no PDF, whatever it was called.
    """
    kind = read_kind(content)
    if kind not in FROM_DEVICES:
        raise Invalid("file", "file_kind")
    sha256 = keyring.fingerprint(content)
    write_sealed(file_path(data_dir, sha256), content, seal_place(sha256))
    if session.get(ArrivedFile, sha256) is None:
        row = ArrivedFile(
            sha256=sha256,
            media_type=MEDIA_TYPES[kind],
            size=len(content),
            arrived_by=actor.user_id,
            arrived_at=actor.now,
        )
        session.add(row)
        session.flush()
    return sha256


def attach_arrived(session: Session, actor: Actor, owner: Owner, names: Iterable[str]) -> int:
    """Attach to an owner those of its files that arrived; gives how many were new to it.

    The caller has checked that the actor may write the owner.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return 0
    held = select(Attachment.sha256).where(
        Attachment.owner_kind == owner.kind, Attachment.owner_id == owner.id
    )
    query = select(ArrivedFile).where(
        ArrivedFile.sha256.in_(wanted), ArrivedFile.sha256.not_in(held)
    )
    found = {each.sha256: each for each in session.scalars(query)}
    for name in wanted:
        if name in found:
            _attach(session, actor, owner, found[name])
    return len(found)


def sweep_arrived(session: Session, actor: Actor, data_dir: Path) -> int:
    """Drop files that nothing ever named; gives how many."""
    named = select(Attachment.sha256)
    query = (
        select(ArrivedFile.sha256)
        .where(ArrivedFile.arrived_at < actor.now - UNNAMED_FOR, ArrivedFile.sha256.not_in(named))
        .limit(_SWEPT_AT_ONCE)
    )
    names = list(session.scalars(query))
    session.execute(delete(ArrivedFile).where(ArrivedFile.sha256.in_(names)))
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            file_path(data_dir, name).unlink()
    return len(names)


def _attach(session: Session, actor: Actor, owner: Owner, file: ArrivedFile) -> None:
    endings = {media: kind for kind, media in MEDIA_TYPES.items()}
    row = Attachment(
        id=new_id(),
        branch_id=owner.branch_id,
        owner_kind=owner.kind,
        owner_id=owner.id,
        file_name=f"{file.sha256[:_NAME_LENGTH]}.{endings[file.media_type]}",
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        recorded_by=file.arrived_by,
        recorded_at=actor.now,
    )
    session.add(row)
    session.flush()
    note_file(session, actor, "attachment.add", row)
    record.changed(session, ("attachment", row.id), row.branch_id)
