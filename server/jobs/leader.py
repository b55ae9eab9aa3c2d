"""Which of several workers leads: an advisory lock on PostgreSQL, a lease row on both databases.

On PostgreSQL the lock says who leads: it falls in the moment in which its holder's connection dies.
On SQLite the lease does, which runs out. Both write the lease: others read in it that the worker
lives, and its term is the fence (`operations.actions.leases`). A leader on PostgreSQL that stands
still with its connection open is replaced once its lease is long over; fenced, it can do no harm.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.database.base import new_id
from server.database.doors import in_a_transaction
from server.operations.actions import Lease, release_lease, renew_lease, take_lease

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

log = logging.getLogger("taizhang.jobs")

_LOCK: Final = 7_205_118_202_604
"""The number of the advisory lock: ours alone within a database."""

_LONG_OVER: Final = 2
"""So many lengths of a lease after its heartbeat, a leader that holds the lock counts as gone."""


def worker_name() -> str:
    """A name for this process that no other has ever had."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{new_id()[-12:]}"


class Leader:
    """One worker's claim to lead. Used by one thread; `lease` may be read by all."""

    def __init__(
        self,
        engine: Engine,
        session: Callable[[], Session],
        lasts: dt.timedelta,
        holder: str = "",
    ) -> None:
        self.holder = holder or worker_name()
        self.lasts = lasts
        self.lease: Lease | None = None
        self._engine = engine
        self._session = session
        self._lock: Connection | None = None

    def beat(self) -> bool:
        """Lead, go on leading or wait: whether this worker leads now.

        A database that does not answer says nothing about who leads; without one nothing is
        committed, and the next beat tries again.
        """
        try:
            self.lease = self._renewed() if self.lease else self._taken()
        except SQLAlchemyError as fault:
            log.warning("the heartbeat failed: %s", type(fault).__name__)
            self._drop_lock()
        return self.lease is not None

    def stop(self) -> None:
        """Lead no longer, and let the next one lead at once."""
        lease, self.lease = self.lease, None
        try:
            if lease is not None:
                now = _now()
                in_a_transaction(self._session(), lambda inside: release_lease(inside, lease, now))
        except SQLAlchemyError as fault:
            log.warning("the lease was not given back: %s", type(fault).__name__)
        self._drop_lock()

    def _renewed(self) -> Lease | None:
        lease, now = self.lease, _now()
        if lease is None:
            return None
        self._has_lock()
        if in_a_transaction(
            self._session(), lambda inside: renew_lease(inside, lease, now, self.lasts)
        ):
            return lease
        log.warning("another worker leads: this one stands by")
        self._drop_lock()
        return None

    def _taken(self) -> Lease | None:
        locked, now = self._has_lock(), _now()
        patience = dt.timedelta(0)
        if self._engine.dialect.name == "postgresql":
            patience = _LONG_OVER * self.lasts
        lease = in_a_transaction(
            self._session(),
            lambda inside: take_lease(
                inside, self.holder, now, self.lasts, patience=patience, by_force=locked
            ),
        )
        if lease is not None:
            log.info("this worker leads, term %d", lease.term)
        return lease

    def _has_lock(self) -> bool:
        """Whether this worker holds the advisory lock, after trying to; on SQLite there is none."""
        if self._engine.dialect.name != "postgresql":
            return False
        if self._lock is None:
            self._lock = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # A host that vanishes without a word is to lose the lock in a minute, not in two hours.
            for name, value in (("idle", 30), ("interval", 10), ("count", 3)):
                self._lock.execute(text(f"SET tcp_keepalives_{name} = {value}"))
        return _try_lock(self._lock)

    def _drop_lock(self) -> None:
        """Close the connection that holds the lock; closed for good, not given to a pool."""
        lock, self._lock = self._lock, None
        if lock is not None:
            try:
                lock.invalidate()
                lock.close()
            except SQLAlchemyError:
                log.debug("the connection of the lock was gone already")


def _try_lock(connection: Connection) -> bool:
    """Take the lock if it is free; a session that holds it already does not take it twice."""
    held = connection.scalar(
        text(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
            " AND pid = pg_backend_pid() AND granted"
            " AND (classid::bigint << 32) + objid::bigint = :key)"
        ),
        {"key": _LOCK},
    )
    return bool(
        held or connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
