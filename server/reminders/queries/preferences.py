"""How people want to be told: the own wishes, and those of many for the channels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database.parts import in_parts
from server.domain.access import Actor
from server.push.above import ALL_CHANNELS, Reader
from server.reminders.models import NoticePreference

QUIET_FROM: Final = 22
QUIET_UNTIL: Final = 8


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one person wants to be told.

    Hours are whole hours of the bank's clock: no sound in [`quiet_from`, `quiet_until`), which may
    reach over midnight (equal: never quiet); `digest_at` None is the hour of the bank. `mail` is an
    address, "" for none.
    """

    channels: frozenset[str] = ALL_CHANNELS
    show_amounts: bool = False
    digest_at: int | None = None
    quiet_from: int = QUIET_FROM
    quiet_until: int = QUIET_UNTIL
    mail: str = ""


def wishes_of(session: Session, actor: Actor) -> Wishes:
    """The actor's own wishes; what is usual where none were said."""
    row = session.scalar(select(NoticePreference).where(NoticePreference.user_id == actor.user_id))
    return Wishes() if row is None else _wishes(row)


def readers_of(session: Session, user_ids: Collection[str]) -> Mapping[str, Reader]:
    """The active ones of some people as the channels ask for them (`push.above.Above.readers`)."""
    found: dict[str, Reader] = {}
    people = sorted(user_ids)
    for some in in_parts(people):
        rows = session.execute(
            select(User.id, User.display_name, User.language, NoticePreference)
            .outerjoin(NoticePreference, NoticePreference.user_id == User.id)
            .where(User.id.in_(some), User.active)
        )
        for user_id, name, language, row in rows:
            found[user_id] = _reader(user_id, name, language, _wishes(row) if row else Wishes())
    return found


def digest_hours(session: Session) -> dict[str, int]:
    """The hours at which people want their list of the day, of those who said one."""
    rows = session.execute(
        select(NoticePreference.user_id, NoticePreference.digest_at).where(
            NoticePreference.digest_at.is_not(None)
        )
    )
    return {row[0]: int(row[1] or 0) for row in rows}


def _wishes(row: NoticePreference) -> Wishes:
    return Wishes(
        frozenset(row.channels) & ALL_CHANNELS,
        row.show_amounts,
        row.digest_at,
        row.quiet_from,
        row.quiet_until,
        row.mail or "",
    )


def _reader(user_id: str, name: str, language: str, wishes: Wishes) -> Reader:
    quiet = wishes.quiet_from != wishes.quiet_until
    return Reader(
        user_id,
        name,
        language,
        wishes.channels,
        wishes.show_amounts,
        wishes.mail,
        dt.time(wishes.quiet_from) if quiet else None,
        dt.time(wishes.quiet_until) if quiet else None,
    )
