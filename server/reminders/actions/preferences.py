"""A person says how to be told."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.push.above import ALL_CHANNELS
from server.reminders.models import NoticePreference
from server.reminders.queries import Wishes

_MAIL: Final = re.compile(r"[^\s@<>,;:\"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])")
_DIGEST: Final = range(6, 21)
_HOURS: Final = range(24)


def save_wishes(session: Session, actor: Actor, wishes: Wishes) -> None:
    """Keep the actor's own wishes.

    Raises `Invalid` at `channels`, `digest_at`, `quiet_from`, `quiet_until` or `mail`.
    The address is told to nobody, also not to the audit.
    """
    _check(wishes)
    row = session.scalar(
        select(NoticePreference)
        .where(NoticePreference.user_id == actor.user_id)
        .with_for_update(of=NoticePreference)
    )
    before = None if row is None else _told(row)
    if row is None:
        row = NoticePreference(id=new_id(), user_id=actor.user_id or "")
        session.add(row)
    had_mail = row.mail or ""
    row.channels = sorted(wishes.channels)
    row.show_amounts, row.digest_at = wishes.show_amounts, wishes.digest_at
    row.quiet_from, row.quiet_until = wishes.quiet_from, wishes.quiet_until
    row.mail, row.changed_at = wishes.mail, actor.now
    session.flush()
    after = _told(row)
    changes: dict[str, list[Any]] = {
        name: [before[name] if before else None, value]
        for name, value in after.items()
        if before is None or before[name] != value
    }
    if had_mail != wishes.mail:
        changes["mail"] = ["***" if had_mail else None, "***" if wishes.mail else None]
    if changes:
        record.note(session, actor, "wishes.save", ("user", row.user_id), changes=changes)


def _check(wishes: Wishes) -> None:
    if not wishes.channels <= ALL_CHANNELS:
        raise Invalid("channels", "unknown")
    if wishes.digest_at is not None and wishes.digest_at not in _DIGEST:
        raise Invalid("digest_at", "out_of_range")
    for name in ("quiet_from", "quiet_until"):
        if getattr(wishes, name) not in _HOURS:
            raise Invalid(name, "out_of_range")
    if wishes.mail and not _MAIL.fullmatch(wishes.mail):
        raise Invalid("mail", "email")


def _told(row: NoticePreference) -> dict[str, Any]:
    names = ("channels", "show_amounts", "digest_at", "quiet_from", "quiet_until")
    return {name: getattr(row, name) for name in names}
