"""Where notices go: the bank's key, browsers, hooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.database import record
from server.database.parts import in_parts
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.push.models import Hook, PushKey, PushSubscription


def key_row(session: Session) -> PushKey | None:
    """The bank's keys; None before they were made."""
    return session.get(PushKey, record.SPACE)


def endpoint_index(endpoint: str) -> str:
    """The blind index of an endpoint."""
    return keyring.active().blind("push_endpoint", endpoint)


def subscription_by_endpoint(session: Session, endpoint: str) -> PushSubscription | None:
    """The subscription of an endpoint, whosever it is."""
    return session.scalar(
        select(PushSubscription).where(PushSubscription.endpoint_index == endpoint_index(endpoint))
    )


def own_subscription(session: Session, actor: Actor, subscription_id: str) -> PushSubscription:
    """One of the actor's own subscriptions. Raises `NotFound`."""
    row = session.get(PushSubscription, subscription_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFound("subscription", subscription_id)
    return row


def browsers_by_id(session: Session, ids: Collection[str]) -> Mapping[str, PushSubscription]:
    """Those of some ids that are subscriptions, read afresh."""
    found = session.scalars(
        select(PushSubscription)
        .where(PushSubscription.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in found}


def subscriptions_of_person(session: Session, user_id: str) -> list[PushSubscription]:
    """A person's subscriptions that stand, the oldest first."""
    return list(
        session.scalars(
            select(PushSubscription)
            .where(PushSubscription.user_id == user_id, PushSubscription.gone_at.is_(None))
            .order_by(PushSubscription.id)
        )
    )


def subscriptions_of(session: Session, user_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
    """The ids of the subscriptions that stand, by person."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    people = list(user_ids)
    for some in in_parts(people):
        rows = session.execute(
            select(PushSubscription.user_id, PushSubscription.id).where(
                PushSubscription.user_id.in_(some),
                PushSubscription.gone_at.is_(None),
            )
        )
        for user_id, row_id in rows:
            found[user_id].append(row_id)
    return found


def hooks(session: Session, actor: Actor) -> list[Hook]:
    """Every hook, those that work first. Raises `NotAllowed`."""
    actor.require(Permission.OPERATIONS_MANAGE)
    return list(session.scalars(select(Hook).order_by(Hook.active.desc(), Hook.name)))


def hook(session: Session, actor: Actor, hook_id: str) -> Hook:
    """One hook. Raises `NotAllowed`, `NotFound`."""
    actor.require(Permission.OPERATIONS_MANAGE)
    row = session.get(Hook, hook_id)
    if row is None:
        raise NotFound("hook", hook_id)
    return row


def hook_named(session: Session, name: str) -> str | None:
    """The id of the hook of a name."""
    return session.scalar(select(Hook.id).where(Hook.name == name))


def active_hooks(session: Session, audience: str) -> list[Hook]:
    """The hooks that work, for `staff` or for `customers`."""
    return list(session.scalars(select(Hook).where(Hook.active, Hook.audience == audience)))


@dataclass(frozen=True, slots=True)
class Summary:
    """How many browsers take notices, of how many people; and the public key, once it is made."""

    browsers: int
    people: int
    public_key: str


def summary(session: Session, actor: Actor) -> Summary:
    """What an administrator sees of web push. Raises `NotAllowed`."""
    actor.require(Permission.OPERATIONS_MANAGE)
    browsers, people = session.execute(
        select(func.count(), func.count(PushSubscription.user_id.distinct())).where(
            PushSubscription.gone_at.is_(None)
        )
    ).one()
    kept = key_row(session)
    return Summary(browsers, people, kept.public if kept else "")
