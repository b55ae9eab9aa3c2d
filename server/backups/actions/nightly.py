"""The worker's two jobs: a backup each night, and the newest one tried."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy.orm import Session

from server.backups.actions.around import Around
from server.backups.actions.making import drop_old, make_backup
from server.backups.actions.places import open_store
from server.backups.actions.verifying import verify_backup
from server.backups.queries.rows import ended_since, next_to_verify
from server.domain.access import Actor

_JUST_NOW: Final = dt.timedelta(seconds=60)


def back_up(session: Session, actor: Actor, around: Around) -> int:
    """Make a backup and let old ones go; 1, and 0 when asked again at once.

    Ends its own transactions. Raises `BackupRefused`.
    """
    if ended_since(session, around.clock() - _JUST_NOW):
        return 0
    make_backup(session, actor, around)
    drop_old(session, actor, around)
    return 1


def verify_newest(session: Session, actor: Actor, around: Around) -> int:
    """Try the newest backup if that was not done yet; 1, and 0 where there is nothing to do.

    Ends its own transactions. Raises `BackupRefused`.
    """
    row = next_to_verify(session, open_store(around.place).place)
    if row is None:
        return 0
    verify_backup(session, actor, around, row.name)
    return 1
