"""Marking one's own notices: read, put off, done with, put back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.database import record
from server.database.notices import NOTICE, Notice, NoticeState
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound
from server.notices.queries import kept_state, own_notices


@dataclass(frozen=True, slots=True)
class Mark:
    """What a notice is to be: `read` (and back in its box), `snoozed` with `until`, or `done`."""

    state: NoticeState
    until: dt.datetime | None = None


READ = Mark(NoticeState.READ)
DONE = Mark(NoticeState.DONE)


def mark_notices(session: Session, actor: Actor, ids: Collection[str], mark: Mark) -> int:
    """Mark those of `ids` that are the actor's own, and say how many changed.

    Raises `Invalid("state", "not_settable")` for `new`, `Invalid("snoozed_until", "missing")`.
    """
    changed = 0
    for row in own_notices(session, actor, ids):
        changed += _mark(session, row, mark, actor.now)
    return changed


def mark_notice(session: Session, actor: Actor, notice_id: str, mark: Mark) -> None:
    """Mark one. Raises `NotFound` where it is not the actor's own, else as `mark_notices`."""
    found = own_notices(session, actor, [notice_id])
    if not found:
        raise NotFound("notice", notice_id)
    _mark(session, found[0], mark, actor.now)


def open_notice(session: Session, actor: Actor, notice_id: str) -> None:
    """It was opened: a new one is read by that, what was put off or done stays so.

    Raises as `mark_notice`.
    """
    found = own_notices(session, actor, [notice_id])
    if not found:
        raise NotFound("notice", notice_id)
    row = found[0]
    is_put_off = row.snoozed_until is not None and row.snoozed_until > actor.now
    if row.done_at is None and not is_put_off:
        _mark(session, row, READ, actor.now)


def _mark(session: Session, row: Notice, mark: Mark, at: dt.datetime) -> bool:
    if mark.state is NoticeState.NEW:
        raise Invalid("state", "not_settable")
    until = mark.until if mark.state is NoticeState.SNOOZED else None
    if mark.state is NoticeState.SNOOZED and until is None:
        raise Invalid("snoozed_until", "missing")
    if kept_state(row) is mark.state and row.snoozed_until == until:
        return False
    row.snoozed_until = until
    row.done_at = at if mark.state is NoticeState.DONE else None
    # What was put off is new again when its time has come.
    row.read_at = None if mark.state is NoticeState.SNOOZED else row.read_at or at
    record.changed(
        session,
        (NOTICE, row.id),
        row.branch_id,
        portfolio=row.user_id,
        fields=("state", "snoozed_until"),
    )
    return True
