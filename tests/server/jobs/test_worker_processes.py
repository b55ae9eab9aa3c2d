"""Workers as real processes: two at once, killed and started again; and the one of the Procfile.

The processes are forked, so that starting one takes a moment; each makes an app of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.app import create_app
from server.database import record
from server.database.models import AuditEntry
from server.domain.access import Actor
from server.jobs.schedule import Job
from server.jobs.worker import Pace, Worker
from server.operations.models import JobRun, WorkerLease
from tests.server.conftest import make_config

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

ZONE = ZoneInfo("Asia/Shanghai")
PACE = Pace(beat=0.1, lasts=0.6, look=0.05, plan=0.2)
KILLS = 10
SEED = 20261124
FORK = multiprocessing.get_context("fork")


def count_on(session: Session, actor: Actor) -> int:
    """A step whose effect shows when it was done twice: it writes the number after the last."""
    last = session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "step.count")
    )
    time.sleep(0.004)  # long enough for another to read the same number
    record.note(session, actor, "step.count", ("step", str((last or 0) + 1)))
    return 1


def tick(session: Session, actor: Actor) -> int:
    """What a planned time does, once."""
    minute = actor.now.replace(microsecond=0).isoformat()
    if session.scalar(select(AuditEntry.number).where(AuditEntry.entity_id == minute)):
        return 0
    record.note(session, actor, "step.tick", ("tick", minute))
    return 0


JOBS = (
    Job("step.count", count_on, lambda zone: IntervalTrigger(seconds=0.1, timezone=zone)),
    Job("step.tick", tick, lambda zone: CronTrigger(second="*", timezone=zone)),
)


def work(database_url: str, data_dir: Path) -> None:
    """The life of one worker process."""
    app = create_app(make_config(database_url, data_dir))
    worker = Worker(app.app_context, ZONE, JOBS, PACE)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


@contextmanager
def workers(database_url: str, data_dir: Path, how_many: int) -> Iterator[list[ForkProcess]]:
    """So many worker processes, gone at the end."""
    running = [start(database_url, data_dir) for _ in range(how_many)]
    try:
        yield running
    finally:
        for each in running:
            if each.is_alive():
                each.kill()
            each.join()


def start(database_url: str, data_dir: Path) -> ForkProcess:
    process = FORK.Process(target=work, args=(database_url, data_dir))
    process.start()
    return process


def until(is_so: Callable[[], bool], seconds: float = 45.0) -> None:
    """Wait for something, or fail."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def numbers(session: Session, action: str) -> list[str]:
    session.rollback()
    query = select(AuditEntry.entity_id).where(AuditEntry.action == action)
    return list(session.scalars(query.order_by(AuditEntry.number)))


def leading(session: Session) -> int | None:
    """The process that leads now."""
    session.rollback()
    holder = session.scalar(select(WorkerLease.holder))
    return int(holder.split(":")[-2]) if holder else None


def test_two_workers_killed_at_ten_random_moments_do_each_step_exactly_once(
    app: Flask, session: Session, database_url: str
) -> None:
    draw, data_dir = random.Random(SEED), app.config["DATA_DIR"]
    terms = set()
    with workers(database_url, data_dir, 2) as running:
        until(lambda: len(numbers(session, "step.count")) > 3)
        for kill in range(KILLS):
            done = len(numbers(session, "step.count"))
            time.sleep(draw.uniform(0.0, 0.2))
            pid = leading(session)
            terms.add(session.scalar(select(WorkerLease.term)))
            place = next((n for n, each in enumerate(running) if each.pid == pid), kill % 2)
            if kill % 4 == 3:
                place = 1 - place  # now and then the one that stands by
            victim = running[place]
            victim.kill()
            victim.join()
            running[place] = start(database_url, data_dir)
            until(lambda: len(numbers(session, "step.count")) > done + 1)  # noqa: B023
        until(lambda: bool(numbers(session, "step.tick")))
        for each in running:
            each.terminate()
        for each in running:
            each.join()
        # One that was told to end before it had begun to listen ends by the signal.
        assert {each.exitcode for each in running} <= {0, -signal.SIGTERM}
    steps = numbers(session, "step.count")
    assert steps == [str(n) for n in range(1, len(steps) + 1)]
    assert len(terms) >= KILLS // 2
    assert Counter(numbers(session, "step.tick")).most_common(1)[0][1] == 1
    assert record.first_broken_entry(session)[1] is None
    runs = session.execute(
        select(JobRun.planned_for, JobRun.state).where(JobRun.job == "step.tick")
    ).all()
    served = Counter(run.planned_for for run in runs if run.state == "done")
    assert served
    assert max(served.values()) == 1
    states = Counter(session.scalars(select(JobRun.state)))
    assert states["running"] == states["failed"] == 0


def _stopped_is_replaced(session: Session, first: int) -> bool:
    """Stop a leader until another leads; stopped in the middle of a transaction it is let go on."""
    os.kill(first, signal.SIGSTOP)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if leading(session) not in {first, None}:
            return True
        time.sleep(0.05)
    os.kill(first, signal.SIGCONT)
    return False


# A process that stands still inside a transaction holds SQLite's lock: nobody could take over.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_that_stood_still_commits_nothing_once_another_leads(
    app: Flask, session: Session, database_url: str
) -> None:
    with workers(database_url, app.config["DATA_DIR"], 2) as running:
        until(lambda: len(numbers(session, "step.count")) > 2)
        first = leading(session)
        assert first is not None
        try:
            until(lambda: _stopped_is_replaced(session, first))
            begun = len(numbers(session, "step.count"))
            until(lambda: len(numbers(session, "step.count")) > begun + 2)
        finally:
            os.kill(first, signal.SIGCONT)
        began_again = len(numbers(session, "step.count"))
        until(lambda: len(numbers(session, "step.count")) > began_again + 5)
        session.rollback()
        assert (session.scalar(select(WorkerLease.term)) or 0) > 1
        for each in running:
            each.terminate()
        for each in running:
            each.join()
    steps = numbers(session, "step.count")
    assert steps == [str(n) for n in range(1, len(steps) + 1)]
