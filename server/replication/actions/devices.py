"""Enrolling devices, hearing from them, and revoking them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.crypto.receipts import receipt_key
from server.database import new_id, record
from server.database.models import Change
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.products.models import Product
from server.push.actions import drop_of_device
from server.replication.models.devices import REVOKED_KINDS, Device
from server.replication.queries import devices as queries
from server.replication.queries.feed import Scope

LEASE: Final = dt.timedelta(days=14)
"""How long a device shows what it holds without a word from the server; documents of loans tell
the sums of as many days ahead."""

MOST_DEVICES: Final = 8
_MAX_REASON: Final = 500
_TOUCH_EVERY: Final = dt.timedelta(minutes=1)
_MOST_WAITING: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class EnrolDevice:
    """A browser as it describes itself."""

    name: str
    platform: str = ""
    app: str = ""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new device: its id, the key of its receipts (32 bytes), and the end of its lease."""

    device_id: str
    receipt_key: bytes
    lease_until: dt.datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """What a device says of itself when it greets: how much it still keeps, since when."""

    waiting: int = 0
    oldest_at: dt.datetime | None = None
    app: str = ""


def enrol_device(session: Session, actor: Actor, command: EnrolDevice) -> Enrolled:
    """Enrol a browser for the actor. Raises `NotAllowed`, and `Invalid("device", "too_many")`."""
    actor.require(Permission.FIELD_USE)
    if actor.user_id is None:
        raise Invalid("device", "no_person")
    if queries.active_devices(session, actor.user_id) >= MOST_DEVICES:
        raise Invalid("device", "too_many", most=MOST_DEVICES)
    row = Device(
        id=new_id(),
        user_id=actor.user_id,
        branch_id=actor.branch_id,
        name=_short(command.name, 80) or "-",
        platform=_short(command.platform, 80),
        app=_short(command.app, 64),
        last_contact_at=actor.now,
        enrolled_at=actor.now,
        lease_until=actor.now + LEASE,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "device.enrol", row, {"name": [None, row.name]})
    _complete_feed(session, Scope(actor.user_id, actor.branch_id))
    return Enrolled(row.id, receipt_key(row.id), row.lease_until)


def revoke_device(
    session: Session, actor: Actor, device_id: str, kind: str, reason: str = ""
) -> None:
    """Take a device's access away: `access` lets it hand in what it keeps, `lost` trusts nothing.

    One that lost its access may still be told to be lost. Raises `NotAllowed`, `NotFound`, and
    `Invalid` for the kind or the reason.
    """
    row = queries.device_to_revoke(session, actor, device_id)
    if kind not in REVOKED_KINDS:
        raise Invalid("kind", "unknown")
    if len(reason) > _MAX_REASON:
        raise Invalid("reason", "too_long")
    if row.revoked_kind in {kind, "lost"}:
        return
    before = row.revoked_kind
    row.revoked_at = row.revoked_at or actor.now
    row.revoked_by, row.revoked_kind = actor.user_id, kind
    row.revoked_reason = reason.strip()
    session.flush()
    drop_of_device(session, row.id, actor.now)
    _note(
        session, actor, "device.revoke", row, {"revoked_kind": [before, kind]}, row.revoked_reason
    )


def is_news(device: Device, contact: Contact, actor: Actor) -> bool:
    """Whether a greeting says anything that is worth a write."""
    app = _short(contact.app, 64) or device.app
    known = (device.waiting, device.oldest_at, device.app, device.branch_id)
    told = (_count(contact.waiting), contact.oldest_at, app, actor.branch_id)
    return known != told or actor.now - device.last_contact_at > _TOUCH_EVERY


def touch_device(session: Session, actor: Actor, device_id: str, contact: Contact) -> Device:
    """Write down that a device was heard, and prolong its lease unless it is revoked."""
    row = queries.own_device(session, actor, device_id, lock=True)
    row.last_contact_at = actor.now
    row.waiting, row.oldest_at = _count(contact.waiting), contact.oldest_at
    row.app = _short(contact.app, 64) or row.app
    if row.revoked_at is None:
        row.lease_until = actor.now + LEASE
        if row.branch_id != actor.branch_id:
            row.branch_id = actor.branch_id
            _complete_feed(session, Scope(row.user_id, actor.branch_id))
    session.flush()
    return row


def _complete_feed(session: Session, scope: Scope) -> None:
    """Let the feed speak of what every device needs, also where that was made before the feed."""
    branch = scope.portfolios[1]
    products = session.scalars(select(Product.id).where(Product.active))
    staff = session.scalars(
        select(User.id).where(User.active, User.branch_id.is_not_distinct_from(scope.branch_id))
    )
    rows = session.execute(
        select(Change.entity, Change.entity_id).where(
            Change.entity.in_(("product", "staff", "bank"))
        )
    )
    known = {(row.entity, row.entity_id) for row in rows}
    for portfolio, entities in (
        (record.WHOLE_BANK, [("product", each) for each in products]),
        (branch, [("bank", branch), *(("staff", each) for each in staff)]),
    ):
        for entity in entities:
            if entity not in known:
                record.changed(session, entity, scope.branch_id, portfolio=portfolio)


def _note(
    session: Session,
    actor: Actor,
    act: str,
    row: Device,
    changes: dict[str, list[str | None]],
    reason: str = "",
) -> None:
    entity = ("device", row.id)
    record.note(
        session, actor, act, entity, branch_id=row.branch_id, changes=changes, reason=reason
    )


def _short(text: str, most: int) -> str:
    return "".join(each for each in text if each.isprintable()).strip()[:most]


def _count(waiting: int) -> int:
    return max(0, min(waiting, _MOST_WAITING))
