"""Reads of the change feed: what a device holds, and what came after its cursor.

All of one answer is read in one snapshot (`begin_reading`), so the last number, the rows up to it
and the tally fit together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, false, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from server.database import record
from server.database.models import Change, Exit
from server.replication.models.devices import Document, FeedLife
from sync.feed import Cursor, Feed

_IDS_A_READ: Final = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose feed a device reads: what that person, the branch and the whole bank hold."""

    user_id: str
    branch_id: str | None

    @property
    def portfolios(self) -> tuple[str, str, str]:
        """The portfolios of the feed that the device holds."""
        return self.user_id, self.branch_id or record.HEAD_OFFICE, record.WHOLE_BANK

    @property
    def version(self) -> int:
        """Another number for another branch: then the device compares what it holds."""
        digest = hashlib.sha256((self.branch_id or "").encode()).digest()
        return int.from_bytes(digest[:6], "big")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of the feed. `is_held` is False where the device drops the entity.

    `body` is the sealed text of the row as it was made before for this number, if it was.
    """

    kind: str
    id: str
    number: int
    is_held: bool
    body: bytes | None


def life_of_feed(session: Session) -> FeedLife | None:
    """The life of this database, None before anybody asked for it."""
    return session.get(FeedLife, record.SPACE)


def begun_life(session: Session) -> FeedLife:
    """The life of this database, known to have begun."""
    return session.get_one(FeedLife, record.SPACE)


def feed_of(session: Session, life: FeedLife, scope: Scope) -> Feed:
    """How the feed of a scope stands now."""
    hi = record.last_number(session)
    return Feed(life.epoch, scope.user_id, hi, life.purged, scope.version)


def rows_after(
    session: Session,
    scope: Scope,
    cursor: Cursor,
    device_id: str,
    kinds: Collection[str],
    limit: int,
) -> list[FeedRow]:
    """The next rows after a cursor, at most `limit`, by number.

    Left out are numbers that this device made itself and was told all of, and what went before
    the device's first pull began.
    """
    parts = []
    for portfolio in scope.portfolios:
        parts.append(_changes_in(portfolio, cursor, device_id, kinds).limit(limit))
        parts.append(_exits_from(portfolio, scope, cursor, kinds).limit(limit))
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    query = select(found).order_by(found.c.number).limit(limit)
    return [FeedRow(*row) for row in session.execute(query)]


def held_rows(
    session: Session, scope: Scope, kinds: Collection[str]
) -> Sequence[tuple[str, str, int]]:
    """(kind, id, number) of all that a device of this scope holds."""
    query = select(Change.entity, Change.entity_id, Change.number).where(
        Change.portfolio.in_(scope.portfolios), ~Change.gone, Change.entity.in_(kinds)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def rows_of(session: Session, held: Iterable[tuple[str, str, int]]) -> list[FeedRow]:
    """The same rows with their bodies, where these were made before."""
    wanted = list(held)
    bodies: dict[tuple[str, str, int], bytes] = {}
    for start in range(0, len(wanted), _IDS_A_READ):
        ids = [key for _, key, _ in wanted[start : start + _IDS_A_READ]]
        query = select(
            Document.entity, Document.entity_id, Document.number, Document.body_sealed
        ).where(Document.entity_id.in_(ids))
        bodies.update({(row[0], row[1], row[2]): row[3] for row in session.execute(query)})
    return [
        FeedRow(kind, key, number, True, bodies.get((kind, key, number)))
        for kind, key, number in wanted
    ]


def has_news(session: Session, scope: Scope, after: int) -> bool:
    """Whether anything changed in a scope after a number."""
    queries: tuple[Any, Any] = (
        select(Change.number).where(Change.portfolio.in_(scope.portfolios), Change.number > after),
        select(Exit.number).where(Exit.portfolio.in_(scope.portfolios), Exit.number > after),
    )
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def _changes_in(portfolio: str, cursor: Cursor, device_id: str, kinds: Collection[str]) -> Any:
    is_known = Change.number <= cursor.start_hi
    made = and_(
        Document.entity == Change.entity,
        Document.entity_id == Change.entity_id,
        Document.number == Change.number,
    )
    return (
        select(
            Change.entity,
            Change.entity_id,
            Change.number,
            (~Change.gone).label("is_held"),
            Document.body_sealed,
        )
        .outerjoin(Document, made)
        .where(
            Change.portfolio == portfolio,
            Change.number > cursor.after,
            Change.entity.in_(kinds),
            or_(Change.device.is_(None), Change.device != device_id, is_known),
            or_(~Change.gone, ~is_known),
        )
        .order_by(Change.number)
    )


def _exits_from(portfolio: str, scope: Scope, cursor: Cursor, kinds: Collection[str]) -> Any:
    """What left the portfolio, unless it has come back or is held for another reason."""
    now = aliased(Change)
    is_held = (
        select(literal(1))
        .where(
            now.entity == Exit.entity,
            now.entity_id == Exit.entity_id,
            now.portfolio.in_(scope.portfolios),
        )
        .exists()
    )
    return (
        select(
            Exit.entity,
            Exit.entity_id,
            Exit.number,
            false().label("is_held"),
            null().label("body_sealed"),
        )
        .where(
            Exit.portfolio == portfolio,
            Exit.number > max(cursor.after, cursor.start_hi),
            Exit.entity.in_(kinds),
            ~is_held,
        )
        .order_by(Exit.number)
    )
