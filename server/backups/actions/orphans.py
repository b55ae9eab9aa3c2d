"""Photos that lie in the data folder and that a restored database does not know.

Devices drop a photo once the server has it. What they uploaded after the backup was taken is in the
folder still, if the disk is: its rows come back, and the entries that name it, which are sent
again, find it. A photo that nothing names goes after its ninety days, as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from server.attachments.actions import file_arrived
from server.attachments.models import ArrivedFile, Attachment
from server.attachments.queries.files import FOLDER, AttachmentLost, read_file
from server.domain.access import Actor
from server.domain.errors import Invalid


def adopt_files(session: Session, actor: Actor, data_dir: Path) -> int:
    """Know the files of devices that no row names; gives how many. Others are left alone."""
    found = 0
    for folder in sorted((data_dir / FOLDER).glob("[0-9a-f][0-9a-f]")):
        for name in sorted(_unknown(session, folder)):
            try:
                file_arrived(session, actor, read_file(data_dir, name), data_dir)
            except (AttachmentLost, Invalid):
                continue
            found += 1
    return found


def _unknown(session: Session, folder: Path) -> set[str]:
    """The names of a folder that no row has; a folder holds a 256th of all files."""
    there = set(_names(folder))
    known = union(
        select(Attachment.sha256).where(Attachment.sha256.startswith(folder.name)),
        select(ArrivedFile.sha256).where(ArrivedFile.sha256.startswith(folder.name)),
    )
    return there - set(session.scalars(known)) if there else set()


def _names(folder: Path) -> Iterator[str]:
    for each in folder.iterdir():
        if len(each.name) == 64 and each.is_file():
            yield each.name
