"""How many sealed values stand under each version of the key."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.crypto.keyring import version_of
from server.operations.seals import Stores, file_version, head_of, sealed_columns


@dataclass(frozen=True, slots=True)
class SealCount:
    """Values of one place under one version; `is_known`: the keyring has its key."""

    place: str
    version: int
    count: int
    is_known: bool


def seal_counts(session: Session, stores: Stores) -> list[SealCount]:
    """The values of every place by version, in order; places without any are left out."""
    found: dict[tuple[str, int], int] = {}
    for column in sealed_columns():
        sealed = column.table.c[column.column]
        version = head_of(sealed)
        query = select(version.label("head"), func.count().label("many"))
        rows = session.execute(query.where(sealed.is_not(None)).group_by(version))
        found |= {(column.told, version_of(row.head)): row.many for row in rows}
    found |= {("documents", version): count for version, count in stores.count(session).items()}
    files = Counter(file_version(path) for path, _ in stores.files())
    found |= {("files", version): count for version, count in files.items() if version is not None}
    known = keyring.active().ciphers
    return [
        SealCount(told, version, count, version in known)
        for (told, version), count in sorted(found.items())
    ]
