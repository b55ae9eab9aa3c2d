"""/healthz asks no database; /readyz says what is wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server.operations.models import JobRun, WorkerLease
from tests.server.operations.working import a_leader, a_run

NOW = dt.datetime.now(dt.UTC)


def ready(app: Flask) -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.get_json()


def test_a_process_that_lives_says_so_without_a_database(app: Flask, statements: list[str]) -> None:
    client = app.test_client()
    client.set_cookie("taizhang", "whatever")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"live": True})
    assert statements == []


def test_all_is_well(app: Flask, session: Session) -> None:
    a_leader(session)
    a_run(session, "loans.refresh", "done")
    status, told = ready(app)
    assert (status, told["ready"]) == (200, True)
    assert told["checks"] == {"database": "ok", "migrations": "ok", "worker": "ok"}


def test_a_house_in_which_no_worker_ever_ran_is_not_ready(app: Flask) -> None:
    status, told = ready(app)
    assert (status, told["checks"]["worker"]) == (503, "never")


@pytest.mark.parametrize(("holder", "state"), [("a:1:x", "silent"), ("", "stopped")])
def test_a_worker_that_fell_silent_or_was_stopped_is_told(
    app: Flask, session: Session, holder: str, state: str
) -> None:
    a_leader(session)
    long_ago = NOW - dt.timedelta(minutes=2)
    session.execute(update(WorkerLease).values(heartbeat_at=long_ago, holder=holder))
    session.commit()
    status, told = ready(app)
    assert (status, told["checks"]["worker"]) == (503, state)


def test_a_job_that_does_not_get_on_is_told(app: Flask, session: Session) -> None:
    a_leader(session)
    run_id = a_run(session, "loans.refresh", "running")
    assert ready(app)[0] == 200
    hung = NOW - dt.timedelta(minutes=16)
    session.execute(update(JobRun).where(JobRun.id == run_id).values(heartbeat_at=hung))
    session.commit()
    status, told = ready(app)
    assert (status, told["jobs"]["stuck"]) == (503, ["loans.refresh"])


def test_a_job_that_failed_is_told_but_keeps_nobody_out(app: Flask, session: Session) -> None:
    a_leader(session)
    a_run(session, "loans.refresh", "done")
    a_run(session, "loans.refresh", "failed", error="KeyError at server/x.py:1 f")
    status, told = ready(app)
    assert (status, told["jobs"]["failed"]) == (200, ["loans.refresh"])
    a_run(session, "loans.refresh", "done")
    assert ready(app)[1]["jobs"]["failed"] == []


def test_an_older_schema_is_told(app: Flask, session: Session) -> None:
    a_leader(session)
    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    status, told = ready(app)
    assert (status, told["checks"]["migrations"]) == (503, "behind")


def test_a_lost_database_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_values: object, **_more: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(Session, "execute", fail)
    status, told = ready(app)
    assert (status, told["checks"]["database"]) == (503, "unreachable")
