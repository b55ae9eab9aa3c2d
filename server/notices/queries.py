"""Reads of one's own notices: a box page by page, counts, one notice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from server.database.notices import Notice, NoticeState, is_to_do, is_unread, state_of
from server.database.paging import Page, read_cursor, write_cursor
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound

Box = Literal["new", "snoozed", "done"]
BOXES: Final[tuple[Box, ...]] = get_args(Box)
PAGE_ROWS: Final = 50
_MOST_COUNTED: Final = 100


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as its person sees it; `params` are the values of its words."""

    id: str
    kind: str
    entity: str
    entity_id: str
    customer_id: str | None
    params: Mapping[str, str | int | None]
    at: dt.datetime
    urgent: bool
    about_on: dt.date | None
    state: NoticeState
    snoozed_until: dt.datetime | None


def list_notices(
    session: Session,
    actor: Actor,
    box: str,
    *,
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[NoticeRow]:
    """A page of a box, the newest first. Raises `Invalid("box" | "cursor", …)`."""
    query = select(Notice).where(Notice.user_id == actor.user_id, _in_box(box, actor.now))
    if token := before or after:
        edge = _edge(token)
        query = query.where(Notice.id > edge if before else Notice.id < edge)
    order = Notice.id.asc() if before else Notice.id.desc()
    found = [
        _row(each, actor.now) for each in session.scalars(query.order_by(order).limit(limit + 1))
    ]
    more, rows = len(found) > limit, found[:limit]
    if before:
        rows.reverse()
    if not rows:
        return Page([])
    return Page(
        rows,
        following=write_cursor(rows[-1].id) if more or before else None,
        preceding=write_cursor(rows[0].id) if (more if before else after) else None,
    )


def box_counts(session: Session, actor: Actor) -> dict[Box, int]:
    """How many lie in each box, in one query."""
    sums = [
        func.coalesce(func.sum(case((_in_box(box, actor.now), 1), else_=0)), 0) for box in BOXES
    ]
    row = session.execute(select(*sums).where(Notice.user_id == actor.user_id)).one()
    return {box: int(count) for box, count in zip(BOXES, row, strict=True)}


def count_unread(session: Session, actor: Actor) -> int:
    """How many are new, at most a hundred: nobody counts further."""
    own = (Notice.user_id == actor.user_id, is_unread(actor.now))
    some = select(Notice.id).where(*own).limit(_MOST_COUNTED)
    return int(session.scalar(select(func.count()).select_from(some.subquery())) or 0)


def find_notice(session: Session, actor: Actor, notice_id: str) -> NoticeRow:
    """One's own notice. Raises `NotFound`, also for somebody else's."""
    query = select(Notice).where(Notice.id == notice_id, Notice.user_id == actor.user_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("notice", notice_id)
    return _row(found, actor.now)


def own_notices(session: Session, actor: Actor, ids: Collection[str]) -> list[Notice]:
    """The rows of those that are the actor's own, locked in the order of their ids."""
    found: list[Notice] = []
    wanted = sorted(set(ids))
    for some in in_parts(wanted):
        query = (
            select(Notice)
            .where(Notice.id.in_(some), Notice.user_id == actor.user_id)
            .order_by(Notice.id)
            .with_for_update()
        )
        found += session.scalars(query.execution_options(populate_existing=True))
    return found


def notices_by_id(session: Session, ids: Collection[str]) -> list[Notice]:
    """Rows whoever they were told to; for devices, whose feed says who holds them."""
    wanted = sorted(set(ids))
    return [
        row
        for some in in_parts(wanted)
        for row in session.scalars(select(Notice).where(Notice.id.in_(some)))
    ]


def kept_state(row: Notice) -> NoticeState:
    """The state whatever the time is: a device finds out itself that a snooze has ended."""
    return state_of(
        dt.datetime.min.replace(tzinfo=dt.UTC), row.read_at, row.snoozed_until, row.done_at
    )


def params_of(row: Notice) -> dict[str, Any]:
    """The values of its words."""
    return cast("dict[str, Any]", json.loads(row.params or "{}"))


def _in_box(box: str, now: dt.datetime) -> ColumnElement[bool]:
    match box:
        case "done":
            return Notice.done_at.is_not(None)
        case "snoozed":
            return and_(Notice.done_at.is_(None), Notice.snoozed_until > now)
        case "new":
            return is_to_do(now)
    raise Invalid("box", "unknown")


def _edge(token: str) -> str:
    (edge,) = read_cursor(token, 1)
    if not isinstance(edge, str):
        raise Invalid("cursor", "unreadable")
    return edge


def _row(row: Notice, now: dt.datetime) -> NoticeRow:
    return NoticeRow(
        id=row.id,
        kind=row.kind,
        entity=row.entity,
        entity_id=row.entity_id,
        customer_id=row.customer_id,
        params=params_of(row),
        at=row.at,
        urgent=row.urgent,
        about_on=row.about_on,
        state=state_of(now, row.read_at, row.snoozed_until, row.done_at),
        snoozed_until=row.snoozed_until,
    )
