"""The audit chain: entries hashed each onto the one before, and the walk that finds a break."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, select

from server.database.bulk import insert_rows
from server.database.models import AuditEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

GENESIS: Final = "0" * 64
_ENTRIES_A_READ: Final = 1000
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def write(session: Session, entries: list[dict[str, Any]], after: int, head: str) -> str:
    """Number the entries from `after` + 1, chain them onto `head`, and give the new head."""
    for place, entry in enumerate(entries, 1):
        entry["number"] = after + place
        entry["hash"] = chain_hash(head, entry)
        entry["previous_hash"] = head
        head = entry["hash"]
    table = AuditEntry.__table__
    if isinstance(table, Table):
        insert_rows(session, table, entries)
    return head


def walk(session: Session) -> tuple[int, str, int | None]:
    """Read the chain: how many entries, the last hash, the first number that does not fit."""
    previous, read = GENESIS, 0
    while rows := _entries_after(session, read):
        for entry in rows:
            number, before, own = entry["number"], entry.pop("previous_hash"), entry.pop("hash")
            if number != read + 1 or before != previous or own != chain_hash(previous, entry):
                return read, previous, read + 1
            previous, read = own, read + 1
    return read, previous, None


def chain_hash(previous: str, entry: dict[str, Any]) -> str:
    """Hash an entry onto the chain: SHA-256 over the previous hash and the canonical entry."""
    body = {**entry, "at": _told(entry["at"])}
    text = _CANONICAL.encode(body)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


@lru_cache(maxsize=8)
def _told(at: dt.datetime) -> str:
    """A moment as the chain knows it; the entries of one transaction share it."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _entries_after(session: Session, number: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.number > number)
        .order_by(AuditEntry.number)
        .limit(_ENTRIES_A_READ)
    )
    return [dict(row) for row in rows.mappings()]
