"""The lease of the one worker that leads, and the fence that holds a former leader's steps back.

Each taking gives the lease a higher term. A step asks, last in its own transaction, whether its
holder and term still stand (`hold_lease`); on SQLite the write lock orders that against a taking,
on PostgreSQL a key-share lock on the row does, which a heartbeat does not wait for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from server.database.engine import is_writing
from server.operations.models import WorkerLease

NAME: Final = "worker"


class LeaseLost(Exception):
    """Another worker leads by now: what this transaction did must not be committed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leads, and in which term."""

    holder: str
    term: int

    @property
    def worker(self) -> str:
        """The name that a run remembers its worker by."""
        return f"{self.holder}#{self.term}"


def take_lease(
    session: Session,
    holder: str,
    now: dt.datetime,
    lasts: dt.timedelta,
    *,
    patience: dt.timedelta = dt.timedelta(0),
    by_force: bool = False,
) -> Lease | None:
    """Take the lease where it was given back or ran out so long ago; None where it was not.

    `by_force` takes it all the same: for whoever holds a lock that says that nobody else leads.
    Waits for steps that are about to commit. The caller began a write transaction.
    """
    _make_row(session, now)
    row = session.scalars(
        select(WorkerLease)
        .where(WorkerLease.name == NAME)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not by_force and row.until + patience > now:
        return None
    row.holder, row.term = holder, row.term + 1
    row.taken_at, row.heartbeat_at, row.until = now, now, now + lasts
    session.flush()
    return Lease(holder, row.term)


def renew_lease(session: Session, lease: Lease, now: dt.datetime, lasts: dt.timedelta) -> bool:
    """Say that the leader lives; False when it leads no longer."""
    return _write(session, lease, heartbeat_at=now, until=now + lasts)


def release_lease(session: Session, lease: Lease, now: dt.datetime) -> None:
    """Let the next worker lead at once."""
    _write(session, lease, holder="", until=now)


def publish_schedule(session: Session, lease: Lease, schedule: Sequence[dict[str, Any]]) -> bool:
    """Say what the leader runs, and when next; False when it leads no longer."""
    return _write(session, lease, schedule=list(schedule))


def hold_lease(session: Session, lease: Lease, now: dt.datetime, lasts: dt.timedelta) -> None:
    """Raise `LeaseLost` unless the lease stands, and keep it so until this transaction ends.

    On SQLite, where a long step keeps the heartbeat from writing, the step itself renews it.
    """
    writes = is_writing(session)
    if writes and session.get_bind().dialect.name == "sqlite":
        if not renew_lease(session, lease, now, lasts):
            raise LeaseLost(lease.worker)
        return
    query = select(WorkerLease.term).where(_is_held(lease))
    if writes:
        query = query.with_for_update(read=True, key_share=True)
    if session.scalar(query) is None:
        raise LeaseLost(lease.worker)


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        WorkerLease.name == NAME,
        WorkerLease.holder == lease.holder,
        WorkerLease.term == lease.term,
    )


def _write(session: Session, lease: Lease, **values: Any) -> bool:
    statement = update(WorkerLease).where(_is_held(lease)).values(**values)
    result = session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _make_row(session: Session, now: dt.datetime) -> None:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {
        "name": NAME,
        "holder": "",
        "term": 0,
        "first_at": now,
        "taken_at": now,
        "heartbeat_at": now,
        "until": now,
        "schedule": [],
    }
    session.execute(dialect.insert(WorkerLease).values(**values).on_conflict_do_nothing())
