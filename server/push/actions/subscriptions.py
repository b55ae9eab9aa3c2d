"""Browsers that take notices: subscribing, renewing, and being dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.push import queries
from server.push.models import PushSubscription
from server.push.sending.addresses import AddressRefused, check_url
from server.push.sending.keys import check_auth, check_point

MOST_SUBSCRIPTIONS: Final = 20
"""Browsers of one person; the oldest makes room for one more."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """What a browser says of its subscription; keys in base64url.

    `device_id` names the field device that the browser is, None at a desk.
    """

    endpoint: str
    p256dh: str
    auth: str
    expires_at: dt.datetime | None = None
    device_id: str | None = None


def subscribe(
    session: Session, actor: Actor, command: Subscribe, allowed: Iterable[str] = ()
) -> str:
    """Take a browser's subscription for the actor and give its id; one that is known is renewed.

    A browser that another person had subscribed is theirs no more. Hosts in `allowed` may be
    internal. Raises `Invalid` for the endpoint or the keys.
    """
    if actor.user_id is None:
        raise Invalid("user", "no_person")
    _check_endpoint(command.endpoint, allowed)
    p256dh, auth = check_point(command.p256dh), check_auth(command.auth)
    row = _own_row(session, actor.user_id, command.endpoint)
    if row is None:
        _make_room(session, actor.user_id, actor.now)
        row = _new_row(actor, command)
        record.note(session, actor, "subscription.add", ("subscription", row.id))
    row.p256dh, row.auth = p256dh, auth
    row.expires_at = command.expires_at
    row.device_id = command.device_id
    row.gone_at, row.failures = None, 0
    session.add(row)
    session.flush()
    return row.id


def renew(
    session: Session,
    actor: Actor,
    old_endpoint: str,
    command: Subscribe,
    allowed: Iterable[str] = (),
) -> str:
    """Take the subscription that a browser made in place of one that its service gave up."""
    old = queries.subscription_by_endpoint(session, old_endpoint) if old_endpoint else None
    if old is None or old.user_id != actor.user_id or old_endpoint == command.endpoint:
        return subscribe(session, actor, command, allowed)
    made = subscribe(
        session,
        actor,
        Subscribe(
            command.endpoint,
            command.p256dh,
            command.auth,
            command.expires_at,
            command.device_id or old.device_id,
        ),
        allowed,
    )
    old.gone_at = old.gone_at or actor.now
    session.flush()
    return made


def unsubscribe(session: Session, actor: Actor, subscription_id: str) -> None:
    """Drop one of the actor's own subscriptions. Raises `NotFound`."""
    row = queries.own_subscription(session, actor, subscription_id)
    if row.gone_at is None:
        row.gone_at = actor.now
        record.note(session, actor, "subscription.remove", ("subscription", row.id))
    session.flush()


def drop_of_device(session: Session, device_id: str, now: dt.datetime) -> None:
    """Drop what a device subscribed, when it is revoked or lost: nothing more is told to it."""
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.device_id == device_id, PushSubscription.gone_at.is_(None))
        .values(gone_at=now)
    )


def _check_endpoint(endpoint: str, allowed: Iterable[str]) -> None:
    try:
        check_url(endpoint, allowed)
    except AddressRefused as refused:
        raise Invalid("endpoint", refused.reason) from None


def _own_row(session: Session, user_id: str, endpoint: str) -> PushSubscription | None:
    """The row of this endpoint, unless it is somebody else's: then that one goes, and with it the
    deliveries that still name it.
    """
    row = queries.subscription_by_endpoint(session, endpoint)
    if row is None or row.user_id == user_id:
        return row
    session.delete(row)
    session.flush()
    return None


def _new_row(actor: Actor, command: Subscribe) -> PushSubscription:
    row = PushSubscription(id=new_id(), user_id=actor.user_id, created_at=actor.now)
    row.endpoint = command.endpoint
    row.endpoint_index = queries.endpoint_index(command.endpoint)
    return row


def _make_room(session: Session, user_id: str, now: dt.datetime) -> None:
    rows = queries.subscriptions_of_person(session, user_id)
    for row in rows[: max(0, len(rows) + 1 - MOST_SUBSCRIPTIONS)]:
        row.gone_at = now
