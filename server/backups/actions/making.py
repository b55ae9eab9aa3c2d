"""Making a backup, with a row that tells of it, and letting old ones go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server import VERSION
from server.backups.actions.around import Around, alone, engine_of
from server.backups.actions.places import open_store
from server.backups.actions.stores import Draft, Store, made_at, new_name
from server.backups.actions.writing import Written, write_backup
from server.backups.models import Backup
from server.backups.queries.rows import administrators, backup_named, held
from server.backups.refusals import BackupRefused
from server.database import new_id, record
from server.database.doors import in_a_transaction
from server.database.notices import tell
from server.domain.access import Actor
from server.domain.retention import Held, KeepRule, to_drop

FAILED: Final = "backup_failed"
INTERRUPTED: Final = "interrupted"
BROKEN: Final = "broken"


def make_backup(session: Session, actor: Actor, around: Around) -> Backup:
    """Make a backup now and give its row; begins and ends its own transactions.

    Raises `BackupRefused`. A failure leaves no file that looks whole, a row that says why, and a
    notice to the administrators.
    """
    engine = engine_of(session)
    with alone(engine, around):
        store = open_store(around.place)
        name = new_name(around.clock())
        row_id = in_a_transaction(session, lambda own: _begin(own, actor, store.place, name))
        try:
            store.sweep()
            with _draft(store, name) as draft:
                written = write_backup(engine, around, draft, name)
        except BaseException as fault:
            reason = fault.reason if isinstance(fault, BackupRefused) else BROKEN
            in_a_transaction(session, lambda own: fail(own, actor, around, row_id, reason))
            raise
        in_a_transaction(session, lambda own: _end(own, actor, around, row_id, written))
    return session.get_one(Backup, row_id, populate_existing=True)


def adopt(session: Session, actor: Actor, around: Around) -> int:
    """Write rows for backups that lie in the place and have none, and mark those that are gone.

    After a restore the database knows nothing of what was made since. Gives how many were new.
    """
    store = open_store(around.place)
    there = {each.name: each for each in store.list()}
    for row in held(session, store.place):
        if row.name not in there:
            row.state = "dropped"
    new = 0
    for name, stored in there.items():
        known = backup_named(session, name)
        if known is None:
            new += 1
            session.add(
                Backup(
                    id=new_id(),
                    name=name,
                    place=store.place,
                    state="good",
                    origin="found",
                    started_at=stored.made_at,
                    ended_at=actor.now,
                    size=stored.size,
                )
            )
        elif known.state != "good":
            known.state, known.error, known.place = "good", "", store.place
            known.size, known.ended_at = stored.size, known.ended_at or actor.now
    session.flush()
    return new


def drop_old(session: Session, actor: Actor, around: Around) -> list[str]:
    """Let go of what the rule no longer keeps; gives the names. Ends its own transactions."""
    engine = engine_of(session)
    settings = around.settings
    rule = KeepRule(settings.daily, settings.weekly, settings.monthly)
    with alone(engine, around):
        store = open_store(around.place)
        in_a_transaction(session, lambda own: adopt(own, actor, around))
        rows = held(session, store.place)
        zone = actor.now.tzinfo
        kept = [Held(row.name, row.started_at.astimezone(zone), is_tried(row)) for row in rows]
        names = to_drop(kept, rule)
        for name in names:
            store.drop(name)
        if names:
            in_a_transaction(session, lambda own: _dropped(own, actor, names))
    return names


def is_tried(row: Backup) -> bool:
    """Whether a backup was tried and found good."""
    return row.verified_at is not None and not row.verify_error


def fail(session: Session, actor: Actor, around: Around, row_id: str, reason: str) -> None:
    """Say that a backup failed: in its row, in the audit, and to the administrators."""
    row = session.get_one(Backup, row_id, populate_existing=True)
    row.state, row.error, row.ended_at = "failed", reason, around.clock()
    note(session, actor, "backup.fail", row, {"reason": [None, reason]})
    alarm(session, actor, row, reason)


def alarm(session: Session, actor: Actor, row: Backup, reason: str) -> None:
    """Tell the administrators, once a day for each reason."""
    for user_id in administrators(session):
        tell(
            session,
            user_id,
            FAILED,
            ("backup", row.id),
            at=actor.now,
            params={"job": "backups.nightly", "reason": reason},
            key=f"{FAILED}:{actor.today.isoformat()}:{reason}",
            urgent=True,
        )


def note(
    session: Session,
    actor: Actor,
    action: str,
    row: Backup,
    changes: dict[str, list[object]] | None = None,
) -> None:
    """Tell the audit of an act on a backup."""
    told: dict[str, list[object]] = {"name": [None, row.name], **(changes or {})}
    record.note(session, actor, action, ("backup", row.id), changes=told)


@contextlib.contextmanager
def _draft(store: Store, name: str) -> Iterator[Draft]:
    """A backup that takes its name at the end, or leaves nothing."""
    draft = store.begin(name)
    try:
        yield draft
        draft.commit()
    except BaseException:
        draft.abandon()
        raise


def _begin(session: Session, actor: Actor, place: str, name: str) -> str:
    """The row of a backup that begins; those that never ended, whose process is gone, failed."""
    session.execute(
        update(Backup)
        .where(Backup.state == "making")
        .values(state="failed", error=INTERRUPTED, ended_at=actor.now)
    )
    row = Backup(
        id=new_id(),
        name=name,
        place=place,
        asked_by=actor.user_id,
        origin=actor.origin,
        app=VERSION,
        started_at=made_at(name),
    )
    session.add(row)
    session.flush()
    return row.id


def _end(session: Session, actor: Actor, around: Around, row_id: str, written: Written) -> None:
    row = session.get_one(Backup, row_id, populate_existing=True)
    standing = written.standing
    row.state, row.ended_at = "good", around.clock()
    row.size, row.files, row.files_lost = written.size, written.files, written.lost
    row.revision, row.rows = standing.revision, sum(standing.rows.values())
    row.feed_number, row.audited = standing.feed_number, standing.audited
    row.audit_head = standing.audit_head
    note(session, actor, "backup.make", row, {"size": [None, written.size]})
    if written.lost:
        alarm(session, actor, row, "files_lost")


def _dropped(session: Session, actor: Actor, names: list[str]) -> None:
    for row in session.scalars(select(Backup).where(Backup.name.in_(names))):
        row.state = "dropped"
        note(session, actor, "backup.drop", row)
