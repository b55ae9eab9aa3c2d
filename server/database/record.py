"""What a transaction leaves behind: its audit entries and its numbers in the change feed.

Actions say what they did with `note` and `changed` while they work; the counter is taken and
the rows are written once, last before the commit (`install` hooks that in). A savepoint that is
rolled back takes its notes with it (`savepoint`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import Table, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.database.bulk import insert_rows
from server.database.models import AuditEntry, Change, Counter

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOOK: Final = "taizhang_record"
SPACE: Final = "bank"
GENESIS: Final = "0" * 64
_NEWER_STANDS: Final = (
    "ON CONFLICT (entity, entity_id) DO UPDATE SET number = excluded.number,"
    " branch_id = excluded.branch_id, document = excluded.document"
)
_ENTRIES_A_READ: Final = 1000
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Acting(Protocol):
    """What the record needs to know of an actor."""

    @property
    def user_id(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def now(self) -> dt.datetime: ...


@dataclass(slots=True)
class _Book:
    notes: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[tuple[str, str], tuple[str | None, dict[str, Any] | None]] = field(
        default_factory=dict
    )


def note(
    session: Session,
    actor: Acting,
    action: str,
    entity: tuple[str, str],
    *,
    branch_id: str | None = None,
    changes: dict[str, list[Any]] | None = None,
    reason: str = "",
) -> None:
    """Say in the audit that `actor` did `action` to `entity` (kind, id).

    `changes` is `{field: [old, new]}` of JSON values; mask sensitive ones before.
    """
    _book(session).notes.append(
        {
            "at": actor.now,
            "actor_id": actor.user_id,
            "actor_name": actor.name,
            "origin": actor.origin,
            "action": action,
            "entity": entity[0],
            "entity_id": entity[1],
            "branch_id": branch_id,
            "changes": changes or {},
            "reason": reason,
        }
    )


def changed(
    session: Session,
    entity: tuple[str, str],
    branch_id: str | None,
    document: dict[str, Any] | None = None,
) -> None:
    """Say in the change feed that `entity` (kind, id) is not as it was."""
    _book(session).changes[entity] = (branch_id, document)


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Run a block in a savepoint; when it fails, its rows and its record are both undone."""
    book = _book(session)
    notes, changes = len(book.notes), dict(book.changes)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del book.notes[notes:]
        book.changes = changes
        session.info[_BOOK] = book
        raise


def install(session_factory: Any) -> None:
    """Hook the writing of the record into the commits of a session factory."""
    event.listen(session_factory, "before_commit", _write)
    event.listen(session_factory, "after_rollback", _forget)


def chain_hash(previous: str, entry: dict[str, Any]) -> str:
    """Hash an entry onto the chain: SHA-256 over the previous hash and the canonical entry."""
    body = {**entry, "at": _told(entry["at"])}
    text = _CANONICAL.encode(body)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


@lru_cache(maxsize=8)
def _told(at: dt.datetime) -> str:
    """A moment as the chain knows it; the entries of one transaction share it."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def first_broken_entry(session: Session) -> tuple[int, int | None]:
    """Walk the audit chain. Returns (entries read, number of the first that does not fit or None).

    A missing last entry shows as well: the counter holds the head.
    """
    previous, read = GENESIS, 0
    while rows := _entries_after(session, read):
        for entry in rows:
            number, before, own = entry["number"], entry.pop("previous_hash"), entry.pop("hash")
            if number != read + 1 or before != previous or own != chain_hash(previous, entry):
                return read, read + 1
            previous, read = own, read + 1
    counted = session.scalar(select(Counter.audited).where(Counter.space == SPACE)) or 0
    if (counted, audit_head(session)) != (read, previous):
        return read, read + 1
    return read, None


def audit_head(session: Session) -> str:
    """The hash of the newest entry: kept elsewhere, it shows a chain that was built anew."""
    return session.scalar(select(Counter.audit_head).where(Counter.space == SPACE)) or GENESIS


def _entries_after(session: Session, number: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.number > number)
        .order_by(AuditEntry.number)
        .limit(_ENTRIES_A_READ)
    )
    return [dict(row) for row in rows.mappings()]


def _book(session: Session) -> _Book:
    book: _Book | None = session.info.get(_BOOK)
    if book is None:
        book = session.info[_BOOK] = _Book()
    return book


def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_BOOK, None)


def _write(session: Session) -> None:
    if session.in_nested_transaction():
        return
    book: _Book | None = session.info.pop(_BOOK, None)
    if book is None or not (book.notes or book.changes):
        return
    session.flush()
    taken = _take_counter(session, len(book.changes), len(book.notes))
    _write_changes(session, book, taken.changed - len(book.changes))
    head = _write_notes(session, book, taken.audited - len(book.notes), taken.audit_head)
    session.execute(update(Counter).where(Counter.space == SPACE).values(audit_head=head))


def _take_counter(session: Session, changes: int, notes: int) -> Any:
    """Advance the counter; its row stays locked until the commit."""
    advance = (
        update(Counter)
        .where(Counter.space == SPACE)
        .values(changed=Counter.changed + changes, audited=Counter.audited + notes)
        .returning(Counter.changed, Counter.audited, Counter.audit_head)
        .execution_options(synchronize_session=False)
    )
    row = session.execute(advance).one_or_none()
    if row is None:
        dialect = _dialect(session)
        start = dialect.insert(Counter).values(
            space=SPACE, changed=0, audited=0, audit_head=GENESIS
        )
        session.execute(start.on_conflict_do_nothing())
        row = session.execute(advance).one()
    return row


def _write_changes(session: Session, book: _Book, after: int) -> None:
    rows = [
        {
            "entity": kind,
            "entity_id": key,
            "number": after + place,
            "branch_id": branch_id,
            "document": document,
        }
        for place, ((kind, key), (branch_id, document)) in enumerate(book.changes.items(), 1)
    ]
    table = Change.__table__
    if isinstance(table, Table):
        insert_rows(session, table, rows, _NEWER_STANDS)


def _write_notes(session: Session, book: _Book, after: int, head: str) -> str:
    for place, entry in enumerate(book.notes, 1):
        entry["number"] = after + place
        entry["hash"] = chain_hash(head, entry)
        entry["previous_hash"] = head
        head = entry["hash"]
    table = AuditEntry.__table__
    if isinstance(table, Table):
        insert_rows(session, table, book.notes)
    return head


def _dialect(session: Session) -> Any:
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
