"""The door of a job: a session and an actor of its own, a commit a step, one line in the log."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING

from server.database.engine import begin_writing
from server.database.extension import db
from server.domain.access import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from zoneinfo import ZoneInfo

    from server.jobs.schedule import Job

log = logging.getLogger("taizhang.jobs")


def job_actor(zone: ZoneInfo) -> Actor:
    """The worker as an actor: every branch, the rights of a manager, origin `job`."""
    now = dt.datetime.now(zone)
    return Actor(None, "后台任务", Role.MANAGER, None, now, now.date(), "job")


def through_door(
    job: Job,
    context: Callable[[], AbstractContextManager[object]],
    zone: ZoneInfo,
    goes_on: Callable[[], bool] = lambda: True,
) -> Callable[[], None]:
    """Wrap a job for the scheduler. `context()` gives an application context.

    A failing job is logged and tried again at its next time; the worker goes on.
    """

    def run() -> None:
        started, done = time.monotonic(), 0
        try:
            with context():
                while goes_on() and (step := _step(job, zone)):
                    done += step
        except Exception:
            log.exception("job %s failed", job.name)
        if done:
            log.info("job %s: %d in %.1f s", job.name, done, time.monotonic() - started)

    return run


def _step(job: Job, zone: ZoneInfo) -> int:
    session = db.session()
    try:
        if not job.commits_itself:
            begin_writing(session)
        done = job.work(session, job_actor(zone))
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        db.session.remove()
    return done
