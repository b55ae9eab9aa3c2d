"""Keeping rows that a pull had to build, so that the next device gets them as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from sqlalchemy import Table, delete, func, select, tuple_
from sqlalchemy.orm import Session

from server.crypto.keyring import VERSION_BYTES, version_of
from server.database import record
from server.database.bulk import insert_rows
from server.database.models import Change
from server.operations.seals import head_of
from server.replication.models.devices import Document

_NEWER_STANDS: Final = (
    "ON CONFLICT (entity, entity_id) DO UPDATE SET number = excluded.number,"
    " body_sealed = excluded.body_sealed WHERE excluded.number >= documents.number"
)


class Made(Protocol):
    """A row that was built at a number; `sealed` is None where there is no such entity."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def sealed(self) -> bytes | None: ...


def keep_rows(session: Session, made: Sequence[Made]) -> None:
    """Keep what was built. What the feed speaks of and nobody has is gone from now on."""
    rows = [
        {
            "entity": each.kind,
            "entity_id": each.id,
            "number": each.number,
            "body_sealed": each.sealed,
        }
        for each in sorted(made, key=lambda each: (each.kind, each.id))
        if each.sealed is not None
    ]
    table = Document.__table__
    if isinstance(table, Table):
        insert_rows(session, table, rows, _NEWER_STANDS)
    for each in made:
        if each.sealed is None:
            _drop(session, each)


def forget_kept(session: Session, versions: frozenset[int], most: int) -> int:
    """Drop rows that are sealed under keys of those versions, `most` at a time; how many.

    Whoever asks for one has it built again.
    """
    heads = [version.to_bytes(VERSION_BYTES, "big") for version in sorted(versions)]
    query = (
        select(Document.entity, Document.entity_id)
        .where(head_of(Document.body_sealed).in_(heads))
        .limit(most)
    )
    keys = [(row.entity, row.entity_id) for row in session.execute(query)]
    if keys:
        named = tuple_(Document.entity, Document.entity_id).in_(keys)
        session.execute(delete(Document).where(named).execution_options(synchronize_session=False))
    return len(keys)


def count_kept(session: Session) -> dict[int, int]:
    """How many rows are sealed under each version of the key."""
    query = select(
        head_of(Document.body_sealed).label("head"), func.count().label("many")
    ).group_by(head_of(Document.body_sealed))
    return {version_of(row.head): row.many for row in session.execute(query)}


def _drop(session: Session, each: Made) -> None:
    """It gets a number of its own: what a portfolio holds does not change without one."""
    row = session.get(Change, (each.kind, each.id), populate_existing=True)
    if row is not None and row.number == each.number:
        record.changed(
            session,
            (each.kind, each.id),
            row.branch_id,
            portfolio=row.portfolio,
            customer_id=row.customer_id,
            gone=True,
        )
