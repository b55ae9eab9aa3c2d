"""Reads of devices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.covers.queries import officers_covered_by
from server.customers.queries import is_id
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.replication.models.devices import Device
from server.replication.models.log import LoggedMutation, Quarantined

_MOST_ALTERED: Final = 50


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device as the desk lists it."""

    device: Device
    user_name: str


@dataclass(frozen=True, slots=True)
class AlteredLine:
    """An entry that came again and was not the same: a copied phone, or somebody at work on it."""

    mutation_id: str
    user_name: str | None
    device_name: str | None
    entity: str
    first_at: dt.datetime | None
    received_at: dt.datetime


def own_device(session: Session, actor: Actor, device_id: str, *, lock: bool = False) -> Device:
    """The actor's device, revoked or not; `lock` keeps other writers of it out until the commit.

    Raises `NotAllowed` and, also for the device of somebody else, `NotFound`.
    """
    actor.require(Permission.FIELD_USE)
    query = select(Device).where(Device.id == device_id, Device.user_id == actor.user_id)
    found = None
    if is_id(device_id):
        found = session.scalar(query.with_for_update(of=Device) if lock else query)
    if found is None:
        raise NotFound("device", device_id)
    return found


def device_to_revoke(session: Session, actor: Actor, device_id: str) -> Device:
    """A device of one's own or, for who manages devices, of the branch; locked."""
    query = select(Device).where(Device.id == device_id).with_for_update()
    found = session.scalar(query) if is_id(device_id) else None
    if found is None:
        raise NotFound("device", device_id)
    if found.user_id != actor.user_id:
        actor.require(Permission.DEVICES_MANAGE)
        if found.branch_id is not None:
            actor.require_reach("device", device_id, found.branch_id)
        elif actor.branch_id is not None:
            raise NotFound("device", device_id)
    return found


def devices_of(session: Session, actor: Actor) -> list[DeviceLine]:
    """The devices within reach of who manages them, the one heard last first."""
    actor.require(Permission.DEVICES_MANAGE)
    query = select(Device, User.display_name).join(User, User.id == Device.user_id)
    if actor.branch_id is not None:
        query = query.where(Device.branch_id == actor.branch_id)
    rows = session.execute(query.order_by(Device.last_contact_at.desc(), Device.id))
    return [DeviceLine(device, name) for device, name in rows]


def altered_entries(session: Session, actor: Actor) -> list[AlteredLine]:
    """Entries that came a second time with other contents, within reach of who manages devices.

    The first stands and the second is kept sealed; what is in them is not told here.
    """
    actor.require(Permission.DEVICES_MANAGE)
    query = (
        select(
            Quarantined,
            LoggedMutation.entity,
            LoggedMutation.received_at.label("first_at"),
            User.display_name,
            Device.name.label("device_name"),
        )
        .outerjoin(LoggedMutation, LoggedMutation.id == Quarantined.mutation_id)
        .outerjoin(User, User.id == Quarantined.user_id)
        .outerjoin(Device, cast(Device.id, String(64)) == Quarantined.device_id)
        .order_by(Quarantined.received_at.desc(), Quarantined.id)
        .limit(_MOST_ALTERED)
    )
    if actor.branch_id is not None:
        query = query.where(Quarantined.branch_id == actor.branch_id)
    return [
        AlteredLine(
            mutation_id=row.Quarantined.mutation_id,
            user_name=row.display_name,
            device_name=row.device_name,
            entity=row.entity or "",
            first_at=row.first_at,
            received_at=row.Quarantined.received_at,
        )
        for row in session.execute(query)
    ]


def active_devices(session: Session, user_id: str) -> int:
    """How many devices a person has that are not revoked."""
    query = select(func.count()).where(Device.user_id == user_id, Device.revoked_at.is_(None))
    return session.scalar(query) or 0


def portfolios_with_devices(session: Session, since: dt.datetime, today: dt.date) -> Iterable[str]:
    """Whose customers stand on devices that were heard of since then: the own and covered ones."""
    query = (
        select(Device.user_id)
        .where(Device.revoked_at.is_(None), Device.last_contact_at >= since)
        .distinct()
        .order_by(Device.user_id)
    )
    people = session.scalars(query).all()
    return sorted({*people, *officers_covered_by(session, people, today)})
