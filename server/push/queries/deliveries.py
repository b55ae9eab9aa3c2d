"""What is on its way and what became of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from server.database.notices import Notice, is_unread
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.push.models import Delivery, Hook, OutgoingText

CLAIM_LASTS: Final = dt.timedelta(minutes=5)
"""How long an attempt is waited for; a worker that was killed says nothing."""

_ROWS_A_PAGE: Final = 50
_OPEN: Final = Delivery.ended_at.is_(None)
"""As the index says it: without, every delivery of half a year would be read."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a page shows; "" is any."""

    channel: str = ""
    state: str = ""
    hook_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One line of the log: what, by which way, how it stands. `to` is a hook's name or ""."""

    id: str
    queued_at: dt.datetime
    kind: str
    is_text: bool
    channel: str
    to: str
    state: str
    attempts: int
    ended_at: dt.datetime | None
    next_try_at: dt.datetime
    error: str


def due(now: dt.datetime) -> ColumnElement[bool]:
    """What may be claimed now."""
    return and_(_OPEN, Delivery.state == "waiting", Delivery.next_try_at <= now)


def abandoned(now: dt.datetime) -> ColumnElement[bool]:
    """What was claimed by somebody who never said what became of it."""
    return and_(_OPEN, Delivery.state == "sending", Delivery.claimed_at <= now - CLAIM_LASTS)


def is_anything_due(session: Session, now: dt.datetime) -> bool:
    """Whether a step would find anything to do: asked first, to take no lock for nothing."""
    return session.scalar(looked_for(now)) is not None


def looked_for(now: dt.datetime) -> Select[str]:
    """One of what is due or abandoned."""
    return select(Delivery.id).where(_OPEN, or_(due(now), abandoned(now))).limit(1)


def due_in_order(now: dt.datetime, *, urgent: bool) -> Select[Delivery]:
    """What is due, the longest waiting first."""
    return (
        select(Delivery).where(due(now), Delivery.urgent.is_(urgent)).order_by(Delivery.next_try_at)
    )


def waiting_deliveries(session: Session, _actor: Actor) -> int:
    """How many are on their way."""
    return session.scalar(select(func.count()).select_from(Delivery).where(_OPEN)) or 0


def unread_of(session: Session, user_ids: Iterable[str], now: dt.datetime) -> Mapping[str, int]:
    """How many notices each person has neither read nor put off nor done."""
    rows = session.execute(
        select(Notice.user_id, func.count())
        .where(Notice.user_id.in_(list(user_ids)), is_unread(now))
        .group_by(Notice.user_id)
    )
    return {row[0]: row[1] for row in rows}


def text_id_of(session: Session, key: str) -> str | None:
    """The id of the text that has a key."""
    return session.scalar(select(OutgoingText.id).where(OutgoingText.key == key))


def outcomes_of(session: Session, notice_id: str) -> list[tuple[str, str, str]]:
    """How the deliveries of a notice stand: channel, state, error."""
    rows = session.execute(
        select(Delivery.channel, Delivery.state, Delivery.error)
        .where(Delivery.notice_id == notice_id)
        .order_by(Delivery.channel, Delivery.id)
    )
    return [(row.channel, row.state, row.error) for row in rows]


def deliveries(
    session: Session,
    actor: Actor,
    wanted: DeliveryFilter,
    after: str = "",
    limit: int = _ROWS_A_PAGE,
) -> Page[DeliveryLine]:
    """The log of deliveries, the latest first. Raises `NotAllowed`."""
    actor.require(Permission.OPERATIONS_MANAGE)
    query = (
        select(Delivery, func.coalesce(Notice.kind, OutgoingText.kind), Hook.name)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .outerjoin(OutgoingText, OutgoingText.id == Delivery.text_id)
        .outerjoin(Hook, and_(Hook.id == Delivery.target, Delivery.channel == "hook"))
        .order_by(Delivery.id.desc())
        .limit(limit + 1)
    )
    if wanted.channel:
        query = query.where(Delivery.channel == wanted.channel)
    if wanted.state:
        query = query.where(Delivery.state == wanted.state)
    if wanted.hook_id:
        query = query.where(Delivery.channel == "hook", Delivery.target == wanted.hook_id)
    if after:
        query = query.where(Delivery.id < _id(after))
    rows = [_line(row, kind, name) for row, kind, name in session.execute(query)]
    more = len(rows) > limit
    rows = rows[:limit]
    last = rows[-1] if more else None
    return Page(rows, write_cursor(last.id) if last else None)


def _id(cursor: str) -> str:
    try:
        return str(uuid.UUID(str(read_cursor(cursor, 1)[0])))
    except ValueError:
        raise Invalid("cursor", "unreadable") from None


def _line(row: Delivery, kind: str, hook_name: str | None) -> DeliveryLine:
    return DeliveryLine(
        id=row.id,
        queued_at=row.queued_at,
        kind=kind,
        is_text=row.text_id is not None,
        channel=row.channel,
        to=hook_name or "",
        state=row.state,
        attempts=row.attempts,
        ended_at=row.ended_at,
        next_try_at=row.next_try_at,
        error=row.error,
    )
