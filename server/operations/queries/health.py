"""What must hold for the ledger to be of use: the database, its schema, the worker and its jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.operations.queries.runs import WorkerState, lines_of, troubled, worker_state


@dataclass(frozen=True, slots=True)
class Health:
    """The checks, each `ok` or a word for what is wrong, and the jobs that are in trouble."""

    database: str = "ok"
    migrations: str = "unknown"
    worker: str = "unknown"
    stuck: Sequence[str] = field(default_factory=tuple)
    failed: Sequence[str] = field(default_factory=tuple)

    @property
    def is_ready(self) -> bool:
        """A failed job does not count: it has its notice, and is tried again."""
        checks = (self.database, self.migrations, self.worker)
        return checks == ("ok", "ok", "ok") and not self.stuck


def health(session: Session, heads: frozenset[str], now: dt.datetime) -> Health:
    """Look at everything; `heads` are the newest revisions that the code knows."""
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return Health(database="unreachable")
    migrations = _migrations(session, heads)
    try:
        worker = worker_state(session, now)
        trouble = troubled(lines_of(session, worker, now))
    except SQLAlchemyError:
        session.rollback()
        return Health(migrations=migrations)
    return Health("ok", migrations, _worker(worker), trouble["stuck"], trouble["failed"])


def _worker(worker: WorkerState) -> str:
    return "ok" if worker.lives else worker.state


def _migrations(session: Session, heads: frozenset[str]) -> str:
    """`ok`, `missing` (an empty database), or `behind` (or ahead: it is not this code's schema)."""
    try:
        found = frozenset(session.scalars(text("SELECT version_num FROM alembic_version")))
    except SQLAlchemyError:
        session.rollback()
        return "missing"
    return "ok" if found == heads else "behind"
