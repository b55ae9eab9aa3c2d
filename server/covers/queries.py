"""Reads of covers: whose customers somebody holds today, held before, and the desk's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from server.accounts.models import Branch, User
from server.covers.models import Cover
from server.customers.models import Customer
from server.domain.access import Actor, Permission, Role

HOLDERS: Final = (Role.OFFICER, Role.REVIEWER, Role.MANAGER)
"""The roles that may look after customers."""

MOST_AT_ONCE: Final = 8
"""So many officers one colleague covers at the same time, at most: a cursor names them all."""

SHOWN_AFTER: Final = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CoverLine:
    """A cover as the desk lists it. `state` is `running`, `coming` or `over`."""

    id: str
    officer_id: str
    officer_name: str
    colleague_name: str
    branch_name: str | None
    customers: int
    from_on: dt.date
    until_on: dt.date
    reason: str
    given_by: str | None
    ended_at: dt.datetime | None
    ended_by: str | None
    end_reason: str
    state: str


def lent_to(session: Session, user_id: str | None, today: dt.date) -> tuple[str, ...]:
    """The officers whose customers somebody covers today, by id in order.

    Both must still be of one branch, so that a move to another one ends what it must end.
    """
    officer, colleague = aliased(User), aliased(User)
    query = (
        select(Cover.officer_id)
        .join(officer, officer.id == Cover.officer_id)
        .join(colleague, colleague.id == Cover.colleague_id)
        .where(
            Cover.colleague_id == user_id,
            _runs_on(today),
            colleague.active,
            _may_cover(officer, colleague),
        )
        .distinct()
    )
    return tuple(sorted(session.scalars(query)))


def held_by(session: Session, user_id: str | None, today: dt.date) -> frozenset[str]:
    """Whose customers somebody holds today: the own, and those that are covered."""
    own = () if user_id is None else (user_id,)
    return frozenset((*own, *lent_to(session, user_id, today)))


def given_back(
    session: Session, user_id: str, since: dt.date, now: dt.datetime
) -> dict[str, dt.datetime]:
    """When covers of somebody ended, from the day `since` on, by officer; the last end of each.

    `now` is told in the bank's timezone: a cover that ran out ended with its last day there.
    """
    query = select(Cover.officer_id, Cover.until_on, Cover.ended_at, Cover.from_on).where(
        Cover.colleague_id == user_id, Cover.until_on >= since, Cover.from_on <= now.date()
    )
    ends: dict[str, dt.datetime] = {}
    for row in session.execute(query):
        midnight = dt.datetime.combine(row.until_on + dt.timedelta(days=1), dt.time(), now.tzinfo)
        end = midnight if row.ended_at is None else min(midnight, row.ended_at)
        if end <= now:
            ends[row.officer_id] = max(end, ends.get(row.officer_id, end))
    return ends


def colleagues_of(session: Session, officer_id: str | None, today: dt.date) -> list[CoverLine]:
    """Who covers an officer's customers today."""
    if officer_id is None:
        return []
    query = _lines().where(Cover.officer_id == officer_id, _runs_on(today))
    return [_line(row, today, {}) for row in session.execute(query.order_by(Cover.until_on))]


def covered_by(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the officers whose customers the actor covers today, by name."""
    ids = lent_to(session, actor.user_id, actor.today)
    if not ids:
        return []
    query = select(User.id, User.display_name).where(User.id.in_(ids))
    return [(row[0], row[1]) for row in session.execute(query.order_by(User.display_name))]


def officers_covered_by(
    session: Session, colleague_ids: Collection[str], today: dt.date
) -> set[str]:
    """The officers whose customers some people cover today."""
    query = select(Cover.officer_id).where(_runs_on(today), Cover.colleague_id.in_(colleague_ids))
    return set(session.scalars(query))


def covered_on(session: Session, today: dt.date) -> dict[str, list[str]]:
    """Who covers whose customers on a day: officer to colleagues, both ids."""
    officer, colleague = aliased(User), aliased(User)
    query = (
        select(Cover.officer_id, Cover.colleague_id)
        .join(officer, officer.id == Cover.officer_id)
        .join(colleague, colleague.id == Cover.colleague_id)
        .where(_runs_on(today), colleague.active, _may_cover(officer, colleague))
        .distinct()
        .order_by(Cover.officer_id, Cover.colleague_id)
    )
    found: dict[str, list[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.officer_id, []).append(row.colleague_id)
    return found


def covers(session: Session, actor: Actor) -> list[CoverLine]:
    """The covers within reach: those that run or come, then those that ended of late.

    Whoever may not give any sees the own.
    """
    query = _lines().where(Cover.until_on >= actor.today - SHOWN_AFTER)
    if not actor.may(Permission.COVERS_GIVE):
        own = (Cover.officer_id == actor.user_id, Cover.colleague_id == actor.user_id)
        query = query.where(or_(*own))
    elif actor.branch_id is not None:
        query = query.where(Cover.branch_id == actor.branch_id)
    rows = session.execute(query.order_by(Cover.from_on.desc(), Cover.id)).all()
    counts = _customers_of(session, {row.Cover.officer_id for row in rows})
    lines = [_line(row, actor.today, counts) for row in rows]
    order = ("running", "coming", "over")
    return sorted(lines, key=lambda line: order.index(line.state))


def people(session: Session, actor: Actor) -> list[tuple[str, str, str | None]]:
    """(id, name, branch) of those who may be covered or cover, within reach, by branch and name."""
    actor.require(Permission.COVERS_GIVE)
    query = (
        select(User.id, User.display_name, Branch.name.label("branch_name"))
        .outerjoin(Branch, Branch.id == User.branch_id)
        .where(User.active, User.role.in_(HOLDERS))
        .order_by(Branch.code, User.display_name)
    )
    if actor.branch_id is not None:
        query = query.where(or_(User.branch_id == actor.branch_id, User.branch_id.is_(None)))
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def _runs_on(today: dt.date) -> Any:
    return and_(Cover.from_on <= today, Cover.until_on >= today, Cover.ended_at.is_(None))


def _may_cover(officer: Any, colleague: Any) -> Any:
    return or_(colleague.branch_id.is_(None), colleague.branch_id == officer.branch_id)


def _lines() -> Any:
    officer, colleague, giver, ender = (aliased(User) for _ in range(4))
    return (
        select(
            Cover,
            officer.display_name.label("officer_name"),
            colleague.display_name.label("colleague_name"),
            giver.display_name.label("giver_name"),
            ender.display_name.label("ender_name"),
            Branch.name.label("branch_name"),
        )
        .join(officer, officer.id == Cover.officer_id)
        .join(colleague, colleague.id == Cover.colleague_id)
        .outerjoin(giver, giver.id == Cover.given_by)
        .outerjoin(ender, ender.id == Cover.ended_by)
        .outerjoin(Branch, Branch.id == Cover.branch_id)
    )


def _customers_of(session: Session, officer_ids: set[str]) -> dict[str, int]:
    query = (
        select(Customer.officer_id, func.count())
        .where(Customer.officer_id.in_(officer_ids))
        .group_by(Customer.officer_id)
    )
    return {str(row[0]): row[1] for row in session.execute(query)}


def _line(found: Any, today: dt.date, customers: dict[str, int]) -> CoverLine:
    row: Cover = found.Cover
    return CoverLine(
        id=row.id,
        officer_id=row.officer_id,
        officer_name=found.officer_name,
        colleague_name=found.colleague_name,
        branch_name=found.branch_name,
        customers=customers.get(row.officer_id, 0),
        from_on=row.from_on,
        until_on=row.until_on,
        reason=row.reason,
        given_by=found.giver_name,
        ended_at=row.ended_at,
        ended_by=found.ender_name,
        end_reason=row.end_reason,
        state=_state(row, today),
    )


def _state(row: Cover, today: dt.date) -> str:
    if row.ended_at is not None or row.until_on < today:
        return "over"
    return "running" if row.from_on <= today else "coming"
