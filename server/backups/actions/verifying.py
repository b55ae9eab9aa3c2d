"""Verifying a backup: tried as a restore would, and its row says what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.backups.actions.around import Around, alone, engine_of
from server.backups.actions.making import alarm, note
from server.backups.actions.places import open_store
from server.backups.actions.trying import OpenSource, tried
from server.backups.models import Backup
from server.backups.queries.rows import backup_named
from server.backups.refusals import BackupRefused
from server.database.doors import in_a_transaction
from server.domain.access import Actor


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: restored `whole` or only `listed`; rows, audit entries, files.

    `lost` files were not there when the backup was made, `unreadable` ones were damaged already.
    """

    how: str
    rows: int
    audited: int
    files: int
    lost: int
    unreadable: int


def verify_backup(session: Session, actor: Actor, around: Around, name: str) -> Verified:
    """Try a backup of the place by its name. Ends its own transactions.

    Raises `BackupRefused` where it is bad; its row and the administrators are told as well.
    """
    engine = engine_of(session)
    with alone(engine, around):
        store = open_store(around.place)
        try:
            with tried(engine, around, lambda: store.open(name)) as trial:
                found = Verified(
                    trial.how,
                    sum(trial.manifest["rows"].values()),
                    trial.manifest["audited"],
                    trial.files,
                    trial.lost,
                    trial.unreadable,
                )
        except BackupRefused as refusal:
            reason = refusal.reason
            if reason != "stopped":
                in_a_transaction(session, lambda own: _bad(own, actor, name, reason))
            raise
        in_a_transaction(session, lambda own: _good(own, actor, around, name, found))
    return found


def verify_file(session: Session, around: Around, source: OpenSource) -> Verified:
    """Try a backup that lies anywhere. Nothing is written. Raises `BackupRefused`."""
    engine = engine_of(session)
    with alone(engine, around), tried(engine, around, source) as trial:
        rows, audited = sum(trial.manifest["rows"].values()), trial.manifest["audited"]
        return Verified(trial.how, rows, audited, trial.files, trial.lost, trial.unreadable)


def _good(session: Session, actor: Actor, around: Around, name: str, found: Verified) -> None:
    row = backup_named(session, name)
    if row is None:
        return
    row.verified_at, row.verified_how, row.verify_error = around.clock(), found.how, ""
    note(session, actor, "backup.verify", row, {"how": [None, found.how]})
    if found.unreadable:
        alarm(session, actor, row, "files_unreadable")


def _bad(session: Session, actor: Actor, name: str, reason: str) -> None:
    row: Backup | None = backup_named(session, name)
    if row is None:
        return
    row.verified_at = row.verified_how = None
    row.verify_error = reason
    note(session, actor, "backup.verify", row, {"reason": [None, reason]})
    alarm(session, actor, row, reason)
