"""A worker that leads, and runs of its jobs, as they stand in the database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.database import new_id
from server.database.doors import in_a_transaction
from server.jobs.publishing import schedule_now
from server.jobs.schedule import Job
from server.operations.actions import Lease, publish_schedule, take_lease
from server.operations.models import JobRun
from tests.server.jobs.shapes import every, nightly

ZONE = ZoneInfo("Asia/Shanghai")
JOBS = (
    Job("loans.refresh", lambda *_: 0, nightly(0, 10)),
    Job("accounts.sweep", lambda *_: 0, nightly(3, 30)),
    Job("intake.import", lambda *_: 0, every(2)),
)


def a_leader(session: Session) -> Lease:
    """A worker leads and has told its schedule of three jobs."""
    now = dt.datetime.now(ZONE)

    def lead(inside: Session) -> Lease:
        lease = take_lease(inside, "host:1:test", now, dt.timedelta(seconds=20), by_force=True)
        assert lease is not None
        publish_schedule(inside, lease, schedule_now(JOBS, ZONE, now))
        return lease

    return in_a_transaction(session, lead)


def a_run(session: Session, job: str, state: str, **values: Any) -> str:
    """A run of a job that began just now."""
    now = dt.datetime.now(dt.UTC)
    run = JobRun(
        id=new_id(),
        job=job,
        state=state,
        started_at=now,
        heartbeat_at=now,
        ended_at=None if state in {"running", "asked"} else now,
        counts={"done": 3},
        **values,
    )
    in_a_transaction(session, lambda inside: inside.add(run))
    return run.id
