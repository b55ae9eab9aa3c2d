"""What a restore must not bring back: access that was taken away, and messages that are old.

A backup knows nothing of the phone that was lost yesterday. Where the replaced database can still
be read, whoever lost access since stays without it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.backups.actions import sqlite
from server.database import record
from server.domain.access import Actor
from server.push.models import Delivery
from server.replication.models.devices import Device


@dataclass(frozen=True, slots=True)
class Closed:
    """Whose access a database has closed: devices (id, kind, since when), ids of staff."""

    devices: tuple[tuple[str, str, dt.datetime], ...] = ()
    staff: tuple[str, ...] = ()


def closed_in(live: Engine) -> Closed:
    """What a database has closed; nothing where it is not there or cannot be read."""
    if live.dialect.name == "sqlite" and not sqlite.file_of(live).exists():
        return Closed()  # to connect would make it
    revoked: Any = select(Device.id, Device.revoked_kind, Device.revoked_at)
    try:
        with live.connect() as connection:
            devices = connection.execute(revoked.where(Device.revoked_at.is_not(None))).all()
            staff = connection.scalars(select(User.id).where(~User.active)).all()
    except SQLAlchemyError:
        return Closed()
    finally:
        live.dispose()
    return Closed(tuple((row[0], row[1], row[2]) for row in devices), tuple(staff))


def keep_closed(session: Session, actor: Actor, closed: Closed) -> None:
    """Close in the restored database what was closed since; each is told in the audit."""
    for key, kind, at in closed.devices:
        device = session.get(Device, key)
        if device is not None and device.revoked_at is None:
            device.revoked_kind, device.revoked_at = kind, at
            changes: dict[str, list[object]] = {"revoked_kind": [None, kind]}
            record.note(session, actor, "backup.carry", ("device", key), changes=changes)
    for key in closed.staff:
        user = session.get(User, key)
        if user is not None and user.active:
            user.active = False
            record.note(session, actor, "backup.carry", ("user", key))
    session.flush()


def drop_messages(session: Session, actor: Actor) -> None:
    """What waited to be sent when the backup was made was sent long ago, or is too late."""
    session.execute(
        update(Delivery)
        .where(Delivery.state.in_(("waiting", "sending")))
        .values(state="dropped", claim=None, claimed_at=None, ended_at=actor.now, error="restored")
    )
