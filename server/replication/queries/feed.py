"""Reads of the change feed: what a device holds, and what came after its cursor.

All of one answer is read in one snapshot (`begin_reading`), so the last number, the rows up to it
and the tally fit together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Integer,
    LargeBinary,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from server.database import Uuid, record
from server.database.models import Change, Exit
from server.database.parts import in_parts
from server.replication.models.devices import Document, FeedLife
from sync.feed import Cursor, Feed, Lent


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose feed a device reads: what that person, the branch and the whole bank hold, and the
    customers of officers who lent theirs.
    """

    user_id: str
    branch_id: str | None
    lent: tuple[str, ...] = ()

    @property
    def portfolios(self) -> tuple[str, ...]:
        """The portfolios of the feed that the device holds."""
        own = (self.user_id, self.branch_id or record.HEAD_OFFICE, record.WHOLE_BANK)
        return (*own, *self.lent)

    @property
    def version(self) -> int:
        """Another number for another branch: then the device compares what it holds."""
        digest = hashlib.sha256((self.branch_id or "").encode()).digest()
        return int.from_bytes(digest[:6], "big")


class FeedRow(NamedTuple):
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
    asked = {
        **{f"portfolio{place}": each for place, each in enumerate(scope.portfolios)},
        "portfolios": scope.portfolios,
        "after": cursor.after,
        "start_hi": cursor.start_hi,
        "left_after": max(cursor.after, cursor.start_hi),
        "device": device_id,
        "kinds": tuple(kinds),
        "most": limit,
    }
    query = _rows_asked_for(len(scope.portfolios))
    return list(map(FeedRow._make, session.execute(query, asked)))


def lent_rows(session: Session, lent: Lent, kinds: Collection[str], limit: int) -> list[FeedRow]:
    """The next rows of a lent portfolio as it was when it came, at most `limit`, by number.

    What changed since then is among the news (`rows_after`).
    """
    query = (
        select(
            Change.entity,
            Change.entity_id,
            Change.number,
            literal(True).label("is_held"),
            Document.body_sealed,
        )
        .outerjoin(Document, _is_made())
        .where(
            Change.portfolio == lent.scope,
            Change.number > lent.after,
            Change.number <= lent.upto,
            Change.entity.in_(kinds),
            ~Change.gone,
        )
        .order_by(Change.number)
        .limit(limit)
    )
    return [FeedRow(row[0], row[1], row[2], True, row[4]) for row in session.execute(query)]


def left_rows(
    session: Session, scope: Scope, lent: Lent, kinds: Collection[str], limit: int
) -> list[FeedRow]:
    """The next rows that a device drops of a portfolio that it no longer reads, by number.

    That is what stands in it, also what the device wrote itself after it last read, and what left
    it or went since then. What `scope` holds otherwise stays.
    """
    asked = {
        "lent": lent.scope,
        "after": lent.after,
        "unread": max(lent.after, lent.upto),
        "portfolios": scope.portfolios,
        "kinds": tuple(kinds),
        "most": limit,
    }
    return list(map(FeedRow._make, session.execute(_rows_left(), asked)))


def held_rows(
    session: Session, portfolios: Sequence[str], kinds: Collection[str]
) -> Sequence[tuple[str, str, int]]:
    """(kind, id, number) of all that some portfolios hold."""
    query = select(Change.entity, Change.entity_id, Change.number).where(
        Change.portfolio.in_(portfolios), ~Change.gone, Change.entity.in_(kinds)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def last_in(session: Session, portfolio: str) -> int:
    """The number of the last change of what a portfolio holds: it names a state of the portfolio.

    Whatever comes, changes or goes has its number in `changes`, whatever leaves in `exits`.
    """
    last = (
        select(func.max(Change.number)).where(Change.portfolio == portfolio).scalar_subquery(),
        select(func.max(Exit.number)).where(Exit.portfolio == portfolio).scalar_subquery(),
    )
    row = session.execute(select(*last)).one()
    return max(row[0] or 0, row[1] or 0)


def rows_of(session: Session, held: Iterable[tuple[str, str, int]]) -> list[FeedRow]:
    """The same rows with their bodies, where these were made before."""
    wanted = list(held)
    bodies: dict[tuple[str, str, int], bytes] = {}
    for some in in_parts(wanted):
        ids = [key for _, key, _ in some]
        query = select(
            Document.entity, Document.entity_id, Document.number, Document.body_sealed
        ).where(Document.entity_id.in_(ids))
        bodies.update({(row[0], row[1], row[2]): row[3] for row in session.execute(query)})
    return [
        FeedRow(kind, key, number, True, bodies.get((kind, key, number)))
        for kind, key, number in wanted
    ]


def rows_not_made(
    session: Session, portfolio: str, kinds: Collection[str], limit: int
) -> list[FeedRow]:
    """Rows that a portfolio holds and whose text nobody has made at their number."""
    query = (
        select(Change.entity, Change.entity_id, Change.number)
        .outerjoin(Document, _is_made())
        .where(
            Change.portfolio == portfolio,
            ~Change.gone,
            Change.entity.in_(kinds),
            Document.number.is_(None),
        )
        .order_by(Change.number)
        .limit(limit)
    )
    return [FeedRow(row[0], row[1], row[2], True, None) for row in session.execute(query)]


def has_news(session: Session, scope: Scope, after: int) -> bool:
    """Whether anything changed in a scope after a number."""
    queries: tuple[Any, Any] = (
        select(Change.number).where(Change.portfolio.in_(scope.portfolios), Change.number > after),
        select(Exit.number).where(Exit.portfolio.in_(scope.portfolios), Exit.number > after),
    )
    return any(session.scalar(query.limit(1)) is not None for query in queries)


@cache
def _rows_asked_for(portfolios: int) -> Any:
    """The query of `rows_after`, made once: making it costs more than the database takes for it."""
    parts = []
    for place in range(portfolios):
        portfolio: Any = bindparam(f"portfolio{place}", type_=Uuid())
        parts.append(_changes_in(portfolio).limit(_MOST))
        parts.append(_exits_from(portfolio, bindparam("left_after")).limit(_MOST))
    return _merged(parts)


@cache
def _rows_left() -> Any:
    portfolio: Any = bindparam("lent", type_=Uuid())
    there = (
        select(
            Change.entity,
            Change.entity_id,
            Change.number,
            false().label("is_held"),
            cast(null(), LargeBinary).label("body_sealed"),
        )
        .where(
            Change.portfolio == portfolio,
            Change.number > bindparam("after"),
            Change.entity.in_(_KINDS),
            or_(~Change.gone, Change.number > bindparam("unread")),
        )
        .order_by(Change.number)
    )
    gone = _exits_from(portfolio, bindparam("unread"))
    return _merged([there.limit(_MOST), gone.limit(_MOST)])


def _merged(parts: Sequence[Any]) -> Any:
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(found).order_by(found.c.number).limit(_MOST)


def _changes_in(portfolio: Any) -> Any:
    is_known = Change.number <= bindparam("start_hi")
    return (
        select(
            Change.entity,
            Change.entity_id,
            Change.number,
            (~Change.gone).label("is_held"),
            Document.body_sealed,
        )
        .outerjoin(Document, _is_made())
        .where(
            Change.portfolio == portfolio,
            Change.number > bindparam("after"),
            Change.entity.in_(_KINDS),
            or_(Change.device.is_(None), Change.device != bindparam("device"), is_known),
            or_(~Change.gone, ~is_known),
        )
        .order_by(Change.number)
    )


def _is_made() -> Any:
    return and_(
        Document.entity == Change.entity,
        Document.entity_id == Change.entity_id,
        Document.number == Change.number,
    )


def _exits_from(portfolio: Any, after: Any) -> Any:
    """What left the portfolio, unless it has come back or is held for another reason."""
    now = aliased(Change)
    is_held = (
        select(literal(1))
        .where(
            now.entity == Exit.entity,
            now.entity_id == Exit.entity_id,
            now.portfolio.in_(bindparam("portfolios", expanding=True)),
        )
        .exists()
    )
    return (
        select(
            Exit.entity,
            Exit.entity_id,
            Exit.number,
            false().label("is_held"),
            cast(null(), LargeBinary).label("body_sealed"),
        )
        .where(
            Exit.portfolio == portfolio,
            Exit.number > after,
            Exit.entity.in_(_KINDS),
            ~is_held,
        )
        .order_by(Exit.number)
    )


_KINDS: Any = bindparam("kinds", expanding=True)
_MOST: Any = bindparam("most", type_=Integer())
