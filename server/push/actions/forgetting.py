"""Old deliveries and browsers that are gone leave after a while."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from server.domain.access import Actor
from server.push.models import Delivery, OutgoingText, PushSubscription

DELIVERIES_KEPT: Final = dt.timedelta(days=180)
BROWSERS_KEPT: Final = dt.timedelta(days=30)
_AT_ONCE: Final = 1000


def sweep_deliveries(session: Session, actor: Actor) -> int:
    """Forget some deliveries that ended half a year ago, their texts to customers, and browsers
    that have been gone for a month; gives how many.
    """
    old = actor.now - DELIVERIES_KEPT
    ended = (
        select(Delivery.id).where(Delivery.ended_at < old, Delivery.queued_at < old).limit(_AT_ONCE)
    )
    forgotten = _count(session, delete(Delivery).where(Delivery.id.in_(ended)))
    told = select(Delivery.text_id).where(Delivery.text_id.is_not(None))
    texts = (
        select(OutgoingText.id)
        .where(OutgoingText.at < old, OutgoingText.id.not_in(told))
        .limit(_AT_ONCE)
    )
    forgotten += _count(session, delete(OutgoingText).where(OutgoingText.id.in_(texts)))
    gone = or_(
        PushSubscription.gone_at < actor.now - BROWSERS_KEPT,
        PushSubscription.expires_at < actor.now - BROWSERS_KEPT,
    )
    return forgotten + _count(session, delete(PushSubscription).where(gone))


def _count(session: Session, statement: Any) -> int:
    done: Any = session.execute(statement)
    return int(done.rowcount)
