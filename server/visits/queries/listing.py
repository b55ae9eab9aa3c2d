"""The lists of visits and of promises, by keyset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session

from server.customers.queries import is_id
from server.database import Day, Moment, Uuid
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.promises import PromiseState
from server.visits.models import Promise, Visit
from server.visits.queries.of_customer import photos_of, promise_rows, visit_rows
from server.visits.queries.shown import PromiseShown, VisitShown, promise_shown, visit_shown

PAGE_ROWS: Final = 50
Row = TypeVar("Row", VisitShown, PromiseShown)


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which visits: every part that is given must hold. `since` and `until` are moments."""

    purpose: str = ""
    officer_id: str = ""
    branch_id: str = ""
    outside_rules: bool = False
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class PromiseFilter:
    """Which promises; `state` is a code of `PromiseState` or empty."""

    state: str = ""
    officer_id: str = ""
    branch_id: str = ""
    promised_from: dt.date | None = None
    promised_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    """How many promises are open, how many fall due today, how many were broken lately."""

    open: int
    today: int
    broken: int


def list_visits(
    session: Session,
    actor: Actor,
    wanted: VisitFilter,
    *,
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[VisitShown]:
    """A page of visits, the latest first. Raises `Invalid("cursor", …)`."""
    actor.require(Permission.CUSTOMERS_READ)
    query = _reached(visit_rows(), Visit, actor, wanted.branch_id)
    if wanted.purpose:
        query = query.where(Visit.purpose == wanted.purpose)
    if wanted.officer_id:
        query = query.where(Visit.recorded_by == wanted.officer_id)
    if wanted.since:
        query = query.where(Visit.visited_at >= wanted.since)
    if wanted.until:
        query = query.where(Visit.visited_at < wanted.until)
    edge = tuple_(Visit.visited_at, Visit.id)
    mark = _moment_mark(before or after)
    rows, more = _page(session, query, (edge, mark), (Visit.visited_at, Visit.id), before, limit)
    photos = photos_of(session, [row.Visit.id for row in rows])
    shown = [visit_shown(row, photos.get(row.Visit.id, ())) for row in rows]
    return _cut(shown, more, after, before, lambda row: row.visited_at.isoformat())


def list_promises(
    session: Session,
    actor: Actor,
    wanted: PromiseFilter,
    *,
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[PromiseShown]:
    """A page of promises, the latest day first. Raises `Invalid("cursor", …)`."""
    actor.require(Permission.CUSTOMERS_READ)
    query = _reached(promise_rows(), Promise, actor, wanted.branch_id)
    if wanted.state:
        query = query.where(Promise.state == wanted.state)
    if wanted.officer_id:
        query = query.where(Promise.recorded_by == wanted.officer_id)
    if wanted.promised_from:
        query = query.where(Promise.promised_on >= wanted.promised_from)
    if wanted.promised_to:
        query = query.where(Promise.promised_on <= wanted.promised_to)
    edge = tuple_(Promise.promised_on, Promise.id)
    mark = _day_mark(before or after)
    rows, more = _page(
        session, query, (edge, mark), (Promise.promised_on, Promise.id), before, limit
    )
    shown = [promise_shown(row) for row in rows]
    return _cut(shown, more, after, before, lambda row: row.promised_on.isoformat())


def promise_counts(session: Session, actor: Actor) -> PromiseCounts:
    """Count the promises that press, within the actor's reach, in one statement."""
    actor.require(Permission.CUSTOMERS_READ)
    is_open = Promise.state == PromiseState.OPEN.value
    lately = Promise.promised_on >= actor.today - dt.timedelta(days=30)
    query = select(
        func.count().filter(is_open),
        func.count().filter(is_open, Promise.promised_on == actor.today),
        func.count().filter(Promise.state == PromiseState.BROKEN.value, lately),
    ).select_from(Promise)
    if actor.branch_id is not None:
        query = query.where(Promise.branch_id == actor.branch_id)
    return PromiseCounts(*(int(value) for value in session.execute(query).one()))


def _reached(query: Any, model: type[Visit | Promise], actor: Actor, branch_id: str) -> Any:
    if actor.branch_id is not None:
        query = query.where(model.branch_id == actor.branch_id)
    return query.where(model.branch_id == branch_id) if branch_id else query


def _page(
    session: Session,
    query: Any,
    edge: tuple[Any, Any],
    columns: tuple[Any, Any],
    before: str | None,
    limit: int,
) -> tuple[list[Any], bool]:
    """The rows of a page in the order of the list, and whether more follow in its direction."""
    place, mark = edge
    if mark is not None:
        query = query.where(place > mark if before else place < mark)
    ways = [column.asc() if before else column.desc() for column in columns]
    rows = list(session.execute(query.order_by(*ways).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    return (rows[::-1] if before else rows), more


def _cut(
    rows: list[Row], more: bool, after: str | None, before: str | None, key: Callable[[Row], str]
) -> Page[Row]:
    if not rows:
        return Page([])
    first, last = (write_cursor(key(row), row.id) for row in (rows[0], rows[-1]))
    return Page(
        rows,
        following=last if more or before else None,
        preceding=first if (more if before else after) else None,
    )


def _moment_mark(token: str | None) -> Any:
    if token is None:
        return None
    text, row_id = _keys(token)
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("cursor", "unreadable") from None
    if at.tzinfo is None:
        raise Invalid("cursor", "unreadable")
    return tuple_(literal(at, Moment), literal(row_id, Uuid))


def _day_mark(token: str | None) -> Any:
    if token is None:
        return None
    text, row_id = _keys(token)
    try:
        return tuple_(literal(dt.date.fromisoformat(text), Day), literal(row_id, Uuid))
    except ValueError:
        raise Invalid("cursor", "unreadable") from None


def _keys(token: str) -> tuple[str, str]:
    text, row_id = read_cursor(token, 2)
    if not isinstance(text, str) or not isinstance(row_id, str) or not is_id(row_id):
        raise Invalid("cursor", "unreadable")
    return text, row_id
