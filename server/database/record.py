"""What a transaction leaves behind: its audit entries and its numbers in the change feed.

Actions say what they did with `note` and `changed` while they work; the counter is taken and
the rows are written once, last before the commit (`install` hooks that in) or when `settle` asks
for the numbers. A savepoint that is rolled back takes its notes with it (`savepoint`).
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.database import chain, feed
from server.database.base import new_id
from server.database.feed import Author, Entity, Touched
from server.database.models import Counter
from sync.clock import Stamp
from sync.mutation import DESK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_BOOK: Final = "taizhang_record"
SPACE: Final = "bank"

WHOLE_BANK: Final = "00000000-0000-0000-0000-000000000000"
"""The portfolio of what every device holds."""

HEAD_OFFICE: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""The portfolio that stands for a branch where somebody belongs to none."""


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
    changes: dict[Entity, Touched] = field(default_factory=dict)
    author: Author | None = None
    authors: Mapping[Entity, Author] = field(default_factory=dict)


def note(
    session: Session,
    actor: Acting,
    action: str,
    entity: Entity,
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
    entity: Entity,
    branch_id: str | None,
    *,
    portfolio: str | None = None,
    customer_id: str | None = None,
    fields: Iterable[str] = (),
    left: str | None = None,
    gone: bool = False,
) -> None:
    """Say in the change feed that `entity` (kind, id) is not as it was.

    Who holds it: what belongs to a customer says `customer_id` and is held by that customer's
    officer, now and after every reassignment; all else says its `portfolio` (the id of a user or a
    branch, `HEAD_OFFICE`, `WHOLE_BANK`; None: no device), and which one it `left`. The customer
    says its officer as `portfolio`; when that is another than before, the customer and all that
    belongs to it leave the old one by themselves.

    `fields` names the mergeable fields that this write changed; the making of an entity names
    none. An entity that is `gone` is dropped by all who hold it.
    """
    book = _book(session)
    who = book.authors.get(entity, book.author)
    book.changes[entity] = feed.joined(
        book.changes.get(entity),
        who,
        branch_id,
        portfolio=portfolio,
        customer_id=customer_id,
        fields=fields,
        left=left,
        gone=gone,
        told=who is not None and entity in who.told,
    )


@contextmanager
def author(session: Session, who: Author) -> Iterator[None]:
    """Write in the name of one device's mutation; all other writes are the desk's."""
    book = _book(session)
    book.author = who
    try:
        yield
    finally:
        _book(session).author = None


@contextmanager
def authors(session: Session, by_entity: Mapping[Entity, Author]) -> Iterator[None]:
    """Write many mutations at once, each entity in the name of its own; see `author`."""
    book = _book(session)
    book.authors = by_entity
    try:
        yield
    finally:
        _book(session).authors = {}


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


def settle(session: Session) -> Mapping[Entity, int]:
    """Write the record now and give the number of each entity that changed.

    The counter stays locked until the commit, so this comes last; the commit adds nothing unless
    something is noted after it.
    """
    book: _Book | None = session.info.pop(_BOOK, None)
    if book is None or not (book.notes or book.changes):
        return {}
    session.flush()
    taken = _take_counter(session, len(book.changes), len(book.notes))
    following = feed.follow(session, book.changes)
    last = taken.changed
    if following:
        last = _take_counter(session, len(following), 0).changed
        book.changes |= following
    numbers = feed.write(session, book.changes, last - len(book.changes), _at_the_desk())
    if book.notes:
        head = chain.write(session, book.notes, taken.audited - len(book.notes), taken.audit_head)
        session.execute(update(Counter).where(Counter.space == SPACE).values(audit_head=head))
    return numbers


def install(session_factory: Any) -> None:
    """Hook the writing of the record into the commits of a session factory."""
    event.listen(session_factory, "before_commit", _before_commit)
    event.listen(session_factory, "after_rollback", _forget)


def last_number(session: Session) -> int:
    """The last number of the change feed, 0 before the first."""
    return session.scalar(select(Counter.changed).where(Counter.space == SPACE)) or 0


def first_broken_entry(session: Session) -> tuple[int, int | None]:
    """Walk the audit chain. Returns (entries read, number of the first that does not fit or None).

    A missing last entry shows as well: the counter holds the head.
    """
    read, head, broken = chain.walk(session)
    if broken is not None:
        return read, broken
    counted = session.scalar(select(Counter.audited).where(Counter.space == SPACE)) or 0
    return (read, None) if (counted, audit_head(session)) == (read, head) else (read, read + 1)


def audit_head(session: Session) -> str:
    """The hash of the newest entry: kept elsewhere, it shows a chain that was built anew."""
    head = session.scalar(select(Counter.audit_head).where(Counter.space == SPACE))
    return head or chain.GENESIS


def _book(session: Session) -> _Book:
    book: _Book | None = session.info.get(_BOOK)
    if book is None:
        book = session.info[_BOOK] = _Book()
    return book


def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_BOOK, None)


def _before_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        settle(session)


def _at_the_desk() -> Author:
    stamp = Stamp(time.time_ns() // 1_000_000, 0, DESK)
    return Author(DESK, new_id(), str(stamp))


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
        dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        start = dialect.insert(Counter).values(
            space=SPACE, changed=0, audited=0, audit_head=chain.GENESIS
        )
        session.execute(start.on_conflict_do_nothing())
        row = session.execute(advance).one()
    return row
