"""Reads of the rows about backups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.backups.models import Backup
from server.domain.access import Actor, Permission, Role

_SHOWN = 60


def backups(session: Session, actor: Actor) -> Sequence[Backup]:
    """The latest backups, for who may manage them. Raises `NotAllowed`."""
    actor.require(Permission.OPERATIONS_MANAGE)
    query = select(Backup).order_by(Backup.started_at.desc(), Backup.id.desc()).limit(_SHOWN)
    return session.scalars(query).all()


def held(session: Session, place: str) -> Sequence[Backup]:
    """The backups that lie in a place, the newest first."""
    query = select(Backup).where(Backup.state == "good", Backup.place == place)
    return session.scalars(query.order_by(Backup.started_at.desc())).all()


def backup_named(session: Session, name: str) -> Backup | None:
    """The row of a backup."""
    return session.scalar(select(Backup).where(Backup.name == name))


def next_to_verify(session: Session, place: str) -> Backup | None:
    """The newest good backup, if it was not tried yet; older ones are no longer worth it."""
    newest = next(iter(held(session, place)), None)
    return newest if newest and newest.verified_at is None and not newest.verify_error else None


def ended_since(session: Session, since: dt.datetime) -> bool:
    """Whether a backup was made well since a moment."""
    query = select(Backup.id).where(Backup.state == "good", Backup.ended_at >= since)
    return session.scalar(query.limit(1)) is not None


def administrators(session: Session) -> Sequence[str]:
    """The ids of those who are told of backups."""
    query = select(User.id).where(User.role == Role.ADMINISTRATOR, User.active)
    return session.scalars(query.order_by(User.id)).all()
