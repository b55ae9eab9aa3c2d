"""The door of a job: a session and an actor of its own, a commit a step, one line in the log."""

from __future__ import annotations

import datetime as dt
import logging
import time
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import event

from server.database.engine import begin_writing
from server.database.extension import db
from server.domain.access import Actor, Role
from server.operations.actions import LeaseLost

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from server.jobs.schedule import Job

log = logging.getLogger("taizhang.jobs")
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: how much was done, in how many steps; where it failed ("" nowhere).

    `is_whole` is False when the worker was told to stop before nothing was left.
    """

    done: int
    steps: int
    seconds: float
    error: str = ""
    is_whole: bool = True


def job_actor(zone: ZoneInfo) -> Actor:
    """The worker as an actor: every branch, the rights of a manager, origin `job`."""
    now = dt.datetime.now(zone)
    return Actor(None, "后台任务", Role.MANAGER, None, now, now.date(), "job")


def through_door(
    job: Job,
    context: Callable[[], AbstractContextManager[object]],
    zone: ZoneInfo,
    goes_on: Callable[[], bool] = lambda: True,
    fence: Callable[[Session], None] = lambda _session: None,
    got_on: Callable[[int], None] = lambda _done: None,
) -> Callable[[], Outcome]:
    """Wrap a job for the scheduler. `context()` gives an application context.

    `fence(session)` is asked last in every transaction of the job and raises to keep it from being
    committed; `got_on(done)` is told after each. A failing job is logged; the worker goes on.
    """

    def run() -> Outcome:
        started, done, steps, error, is_whole = time.monotonic(), 0, 0, "", True
        try:
            with context():
                while is_whole := goes_on():
                    step = _step(job, zone, fence, partial(got_on, done))
                    if not step:
                        break
                    done, steps = done + step, steps + 1
                    got_on(done)
        except LeaseLost:
            is_whole = False
            log.warning("job %s: another worker leads, its step was not committed", job.name)
        except Exception as fault:
            error = told_error(fault)
            log.exception("job %s failed", job.name)
        seconds = time.monotonic() - started
        if done:
            log.info("job %s: %d in %.1f s", job.name, done, seconds)
        return Outcome(done, steps, seconds, error, is_whole)

    return run


def told_error(fault: BaseException) -> str:
    """The type of a failure and its last place in our code; not its words, they may hold data."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [each for each in frames if Path(each.filename).is_relative_to(_ROOT / "server")]
    if not ours:
        return type(fault).__name__
    last = ours[-1]
    place = Path(last.filename).relative_to(_ROOT)
    return f"{type(fault).__name__} at {place}:{last.lineno} {last.name}"


def _step(
    job: Job, zone: ZoneInfo, fence: Callable[[Session], None], committed: Callable[[], None]
) -> int:
    session = db.session()

    def before(inside: Session) -> None:
        if not inside.in_nested_transaction():
            fence(inside)

    def after(_inside: Session) -> None:
        committed()

    event.listen(session, "before_commit", before)
    event.listen(session, "after_commit", after)
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
