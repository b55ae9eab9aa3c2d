"""The door of a job: a session and an actor of its own, one commit, one line in the log."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING

from server.database.extension import db
from server.domain.access import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from server.jobs.schedule import Job

log = logging.getLogger("taizhang.jobs")


def job_actor(zone: ZoneInfo) -> Actor:
    """The worker as an actor: every branch, the rights of a manager, origin `job`."""
    now = dt.datetime.now(dt.UTC)
    return Actor(None, "后台任务", Role.MANAGER, None, now, now.astimezone(zone).date(), "job")


def through_door(job: Job, context: Callable[[], object], zone: ZoneInfo) -> Callable[[], None]:
    """Wrap a job for the scheduler. `context()` gives an application context."""

    def run() -> None:
        started = time.monotonic()
        with context():  # type: ignore[attr-defined]
            session = db.session()
            try:
                outcome = job.work(session, job_actor(zone))
                session.commit()
            except Exception:
                session.rollback()
                log.exception("job %s failed", job.name)
                return
            finally:
                db.session.remove()
        if outcome:
            spent = time.monotonic() - started
            log.info("job %s: %s in %.1f s", job.name, outcome, spent)

    return run
