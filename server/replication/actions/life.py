"""The life of the feed: begun at the first question, begun anew by a restore, pruned by age."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from server.database import record
from server.database.models import Change, Counter, Exit
from server.domain.access import Actor
from server.replication.models.devices import Document, FeedDay, FeedLife
from sync.feed import first_number_after_restore

KEPT: Final = dt.timedelta(days=180)
"""How long the feed remembers deletions; whoever stays away longer compares."""


def begin_life(session: Session, now: dt.datetime) -> FeedLife:
    """The life of this database; it begins with the first who asks."""
    _add(session, FeedLife, space=record.SPACE, epoch=str(uuid4()), began_at=now, purged=0)
    return session.get_one(FeedLife, record.SPACE, populate_existing=True)


def begin_new_epoch(session: Session, actor: Actor) -> str:
    """After a restore from backup: another life with numbers past all that were lost.

    Devices pull everything again and send again what they keep. Gives the new epoch.
    """
    life = begin_life(session, actor.now)
    life.epoch, life.began_at, life.purged = str(uuid4()), actor.now, 0
    session.flush()
    record.note(session, actor, "feed.restore", ("feed", life.epoch), branch_id=actor.branch_id)
    record.settle(session)
    hi = record.last_number(session)
    first = first_number_after_restore(hi, int(actor.now.timestamp()))
    session.execute(update(Counter).where(Counter.space == record.SPACE).values(changed=first))
    session.execute(delete(FeedDay))
    return life.epoch


def notice_restore(session: Session, actor: Actor, seen: int) -> None:
    """Begin another life where a device has read a number that this database never gave.

    So a restore is noticed by the first device that comes, if nobody said it. Of several devices
    that come at once one is enough: afterwards the numbers are past all that was seen.
    """
    session.scalars(
        select(FeedLife.epoch).where(FeedLife.space == record.SPACE).with_for_update()
    ).all()
    if record.last_number(session) < seen:
        begin_new_epoch(session, actor)


def mark_day(session: Session, actor: Actor) -> int:
    """Remember where the feed stood when today began; 1 the first time of a day."""
    number = record.last_number(session)
    return int(_add(session, FeedDay, day=actor.today, number=number))


def prune_feed(session: Session, actor: Actor) -> int:
    """Forget deletions older than `KEPT`, and documents that nobody can pull any more."""
    until = session.scalar(
        select(FeedDay.number)
        .where(FeedDay.day <= actor.today - KEPT)
        .order_by(FeedDay.day.desc())
        .limit(1)
    )
    if not until:
        return 0
    pruned = 0
    for statement in (
        delete(Exit).where(Exit.number <= until),
        delete(Change).where(Change.gone, Change.number <= until),
    ):
        result = session.execute(statement)
        pruned += result.rowcount if isinstance(result, CursorResult) else 0
    life = begin_life(session, actor.now)
    life.purged = until
    session.execute(delete(FeedDay).where(FeedDay.day < actor.today - KEPT))
    session.execute(delete(Document).where(~_is_current()))
    return pruned


def _is_current() -> Any:
    return (
        select(Change.number)
        .where(
            Change.entity == Document.entity,
            Change.entity_id == Document.entity_id,
            Change.number == Document.number,
        )
        .exists()
    )


def _add(session: Session, model: type[FeedLife | FeedDay], **values: Any) -> bool:
    """Insert a row unless it is there; whether it was inserted."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(model).values(**values).on_conflict_do_nothing()
    return session.scalar(insert.returning(literal(1))) is not None
