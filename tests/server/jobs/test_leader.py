"""One of two workers leads; a former leader's step is not committed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from server.database.doors import in_a_transaction
from server.database.engine import begin_writing
from server.database.extension import db
from server.jobs.leader import Leader
from server.operations.actions import Lease, LeaseLost, hold_lease
from server.operations.models import WorkerLease

LASTS = dt.timedelta(seconds=20)


@pytest.fixture
def workers(app: Flask) -> Iterator[tuple[Leader, Leader]]:
    first, second = (Leader(db.engine, db.session, LASTS) for _ in range(2))
    yield first, second
    first.stop()
    second.stop()


def run_out(session: Session, ago: dt.timedelta) -> None:
    """The lease ended some time ago."""
    ended = dt.datetime.now(dt.UTC) - ago
    in_a_transaction(
        session, lambda inside: inside.execute(update(WorkerLease).values(until=ended))
    )


def term(session: Session) -> int:
    session.rollback()
    return session.scalars(select(WorkerLease.term)).one()


def test_of_two_workers_one_leads(workers: tuple[Leader, Leader], session: Session) -> None:
    first, second = workers
    assert (first.beat(), second.beat()) == (True, False)
    assert (first.beat(), second.beat()) == (True, False)
    assert term(session) == 1


def test_the_other_leads_at_once_when_the_first_stops(workers: tuple[Leader, Leader]) -> None:
    first, second = workers
    assert first.beat()
    first.stop()
    assert second.beat()
    assert not first.beat()


def test_a_leader_that_has_fallen_silent_is_replaced_and_learns_of_it(
    workers: tuple[Leader, Leader], session: Session
) -> None:
    first, second = workers
    assert first.beat()
    run_out(session, 4 * LASTS)
    assert second.beat()
    assert not first.beat()
    assert term(session) == 2


def test_a_lost_lock_is_a_lost_lead_once_another_took_it(
    app: Flask, workers: tuple[Leader, Leader], session: Session
) -> None:
    if db.engine.dialect.name != "postgresql":
        return
    first, second = workers
    assert first.beat()
    lost = first.lease
    assert first._lock is not None
    backend = first._lock.scalar(text("SELECT pg_backend_pid()"))
    session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
    session.commit()
    assert second.beat()
    first.beat()
    assert not first.beat()
    assert lost is not None
    with pytest.raises(LeaseLost):
        fenced(session, lost)


def test_a_step_of_a_former_leader_is_refused(
    workers: tuple[Leader, Leader], session: Session
) -> None:
    first, second = workers
    assert first.beat()
    lease = first.lease
    assert lease is not None
    fenced(session, lease)
    run_out(session, 4 * LASTS)
    fenced(session, lease)  # run out, but nobody has taken it
    run_out(session, 4 * LASTS)
    assert second.beat()
    with pytest.raises(LeaseLost):
        fenced(session, lease)
    with pytest.raises(LeaseLost):
        hold_lease(session, lease, dt.datetime.now(dt.UTC), LASTS)


def test_a_long_step_keeps_the_lease_alive_by_its_own_commits(
    workers: tuple[Leader, Leader], session: Session
) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    first, second = workers
    assert first.beat()
    run_out(session, LASTS)
    assert first.lease is not None
    fenced(session, first.lease)
    assert not second.beat()


def fenced(session: Session, lease: Lease) -> None:
    begin_writing(session)
    try:
        hold_lease(session, lease, dt.datetime.now(dt.UTC), LASTS)
        session.commit()
    finally:
        session.rollback()
