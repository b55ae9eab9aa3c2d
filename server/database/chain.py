"""The audit chain: entries hashed each onto the one before, and the walk that finds a break."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, select

from server.database.bulk import Written, insert_rows
from server.database.models import AuditEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

GENESIS: Final = "0" * 64
_ENTRIES_A_READ: Final = 1000
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_quoted: Final = json.encoder.encode_basestring
"""Text as that encoder writes it."""


def write(session: Session, entries: list[dict[str, Any]], after: int, head: str) -> str:
    """Number the entries from `after` + 1, chain them onto `head`, and give the new head."""
    for place, entry in enumerate(entries, 1):
        changes = entry["changes"]
        told = canonical(changes)
        entry["number"] = after + place
        entry["hash"] = chain_hash(head, entry, told)
        entry["previous_hash"] = head
        head = entry["hash"]
        if list(changes) == sorted(changes):
            entry["changes"] = Written(told)  # what is hashed is what is written, encoded once
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


def chain_hash(previous: str, entry: dict[str, Any], changes: str = "") -> str:
    """Hash an entry onto the chain: SHA-256 over the previous hash and the canonical entry.

    Canonical is JSON of the entry with sorted keys and no blanks, moments in UTC. It is put
    together by hand (an import writes a hundred thousand entries); `changes` is that part, where
    it is at hand.
    """
    acting = _acting(
        entry["action"], entry["actor_id"], entry["actor_name"], entry["at"], entry["branch_id"]
    )
    text = (
        f'{previous}\n{acting}"changes":{changes or canonical(entry["changes"])},'
        f'"entity":{_quoted(entry["entity"])},"entity_id":{_quoted(entry["entity_id"])},'
        f'"number":{entry["number"]},"origin":{_quoted(entry["origin"])},'
        f'"reason":{_quoted(entry["reason"])}}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(changes: dict[str, Any]) -> str:
    """The changes of an entry as the chain hashes them."""
    told = []
    for name, pair in sorted(changes.items()):
        if not isinstance(pair, list):
            return _CANONICAL.encode(changes)
        told.append(f"{_quoted(name)}:[{','.join(map(_canonical_value, pair))}]")
    return f"{{{','.join(told)}}}"


def _canonical_value(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return "null" if value is None else _CANONICAL.encode(value)


@lru_cache(maxsize=32)
def _acting(
    action: str, actor_id: str | None, name: str, at: dt.datetime, branch_id: str | None
) -> str:
    """The beginning of an entry, which those of one transaction share."""
    moment = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    shared = {"action": action, "actor_id": actor_id, "actor_name": name, "at": moment}
    return _CANONICAL.encode({**shared, "branch_id": branch_id})[:-1] + ","


def _entries_after(session: Session, number: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.number > number)
        .order_by(AuditEntry.number)
        .limit(_ENTRIES_A_READ)
    )
    return [dict(row) for row in rows.mappings()]
