"""A worker in a thread: what was missed, asked for, failed or hangs, and how it is written down."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.doors import in_a_transaction
from server.database.notices import Notice
from server.domain.access import Actor
from server.jobs.planning import last_planned
from server.jobs.schedule import Job
from server.jobs.worker import Pace, Worker
from server.operations.actions import ask_run
from server.operations.models import JobRun, WorkerLease
from tests.server.bank import Bank
from tests.server.jobs.shapes import every, nightly

ZONE = ZoneInfo("Asia/Shanghai")
PACE = Pace(beat=0.1, lasts=2.0, look=0.05, plan=0.1)
DAY = dt.timedelta(days=1)


@contextmanager
def working(app: Flask, jobs: Sequence[Job]) -> Iterator[Worker]:
    """A worker in a thread, stopped at the end."""
    worker = Worker(app.app_context, ZONE, jobs, PACE)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


def until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.03)


def runs(session: Session, *columns: str) -> list[tuple[object, ...]]:
    session.rollback()
    rows = session.scalars(select(JobRun).order_by(JobRun.id)).all()
    return [tuple(getattr(row, name) for name in columns) for row in rows]


def states(session: Session) -> dict[str, str]:
    """The state of each job's last run."""
    return {str(job): str(state) for job, state in runs(session, "job", "state")}


def steps_of(done: list[str], name: str, left: int = 1) -> Callable[[Session, Actor], int]:
    """A work of so many steps, that tells of each."""
    remaining = [left]

    def work(_session: Session, _actor: Actor) -> int:
        if not remaining[0]:
            remaining[0] = left
            return 0
        remaining[0] -= 1
        done.append(name)
        return 7

    return work


def _newest(job: Job, moment: dt.datetime) -> dt.datetime:
    """The newest planned time of a nightly job."""
    trigger = job.trigger(ZONE)
    assert isinstance(trigger, CronTrigger)
    planned = last_planned(trigger, moment)
    assert planned is not None
    return planned


def a_house_that_worked(session: Session, jobs: Sequence[Job], ago: dt.timedelta) -> None:
    """A worker served everything until some time ago."""
    then = dt.datetime.now(ZONE) - ago
    first = then - 30 * DAY
    lease = WorkerLease(
        name="worker",
        holder="",
        term=3,
        first_at=first,
        taken_at=then,
        heartbeat_at=then,
        until=then,
        schedule=[],
    )
    session.add(lease)
    for job in jobs:
        planned = _newest(job, then)
        run = JobRun(
            id=new_id(),
            job=job.name,
            state="done",
            planned_for=planned,
            started_at=planned,
            ended_at=planned,
        )
        session.add(run)
    session.commit()


def _is_told(session: Session) -> bool:
    session.rollback()
    return bool(session.scalar(select(WorkerLease.schedule)))


def _ask(actor: Actor, job: str, session: Session) -> str:
    return ask_run(session, actor, job)


def test_after_three_days_each_missed_job_runs_once_in_the_order_of_the_page(
    app: Flask, session: Session
) -> None:
    done: list[str] = []
    jobs = [
        Job("night.states", steps_of(done, "states", 2), nightly(0, 10)),
        Job("night.promises", steps_of(done, "promises"), nightly(0, 20)),
        Job("morning.digest", steps_of(done, "digest"), nightly(8, 0)),
    ]
    a_house_that_worked(session, jobs, 3 * DAY)
    with working(app, jobs):
        until(lambda: sum(run == ("done",) for run in runs(session, "state")) == 6)
        time.sleep(0.4)
    assert done == ["states", "states", "promises", "digest"]
    assert len(runs(session, "id")) == 6
    now = dt.datetime.now(ZONE)
    served = {row[0]: row[1] for row in runs(session, "job", "planned_for")}
    assert served == {job.name: _newest(job, now) for job in jobs}
    told = {row[0]: row[1] for row in runs(session, "job", "counts")}
    assert told["night.states"] == {"done": 14, "steps": 2}


def test_a_first_worker_runs_what_is_marked_for_the_start_and_no_older_plans(
    app: Flask, session: Session
) -> None:
    done: list[str] = []
    jobs = [
        Job("states", steps_of(done, "states"), nightly(0, 10), at_start=True),
        Job("sweep", steps_of(done, "sweep"), nightly(3, 10)),
    ]
    with working(app, jobs):
        until(lambda: states(session) == {"states": "done"})
        time.sleep(0.3)
    assert done == ["states"]
    with working(app, jobs):
        time.sleep(0.4)
    assert done == ["states"]


def test_a_run_that_a_person_asks_for_begins_within_two_seconds(
    app: Flask, session: Session, bank: Bank
) -> None:
    done: list[str] = []
    jobs = [
        Job("sweep", steps_of(done, "sweep", 3), nightly(3, 10)),
        Job("quick", steps_of(done, "quick", 0), every(60)),
    ]
    with working(app, jobs):
        until(lambda: _is_told(session))
        for name in ("sweep", "quick"):
            in_a_transaction(session, partial(_ask, bank.actor("administrator"), name))
        asked = time.monotonic()
        until(lambda: states(session) == {"sweep": "done", "quick": "done"})
        assert time.monotonic() - asked < 2.0 + 8.0  # a busy machine is slower than a bank's
    assert done == ["sweep"] * 3
    sweep = session.scalars(select(JobRun).where(JobRun.job == "sweep")).one()
    assert sweep.planned_for is None
    assert sweep.started_at is not None
    assert sweep.asked_at is not None
    assert sweep.counts == {"done": 21, "steps": 3}
    assert sweep.asked_by == bank.actor("administrator").user_id


def test_a_quick_job_is_written_only_when_it_did_something(app: Flask, session: Session) -> None:
    done: list[str] = []
    waiting = [0, 0, 5, 0, 0]

    def work(_session: Session, _actor: Actor) -> int:
        done.append("asked")
        return waiting.pop(0) if waiting else 0

    with working(app, [Job("quick", work, every(0.05))]):
        until(lambda: len(done) > 6)
    assert [row[0] for row in runs(session, "state")] == ["done"]
    assert runs(session, "counts") == [({"done": 5, "steps": 1},)]


def test_a_quick_job_that_fails_the_same_way_again_and_again_stays_one_line(
    app: Flask, session: Session
) -> None:
    failures: list[int] = []

    def work(_session: Session, _actor: Actor) -> int:
        failures.append(1)
        raise KeyError("13800138000")

    with working(app, [Job("quick", work, every(0.05))]):
        until(lambda: len(failures) > 4)
    (row,) = runs(session, "state", "error", "counts")
    assert row[0] == "failed"
    assert row[1] == "KeyError at server/jobs/door.py:" + str(row[1]).rpartition(":")[2]
    assert isinstance(row[2], dict)
    assert row[2]["times"] >= 4


def test_a_planned_job_that_fails_is_written_with_its_place_and_tried_again_later(
    app: Flask, session: Session
) -> None:
    tried: list[int] = []

    def work(_session: Session, _actor: Actor) -> int:
        tried.append(1)
        if len(tried) == 1:
            raise RuntimeError("张三丰 owes 500")
        return 0

    jobs = [Job("states", work, nightly(0, 10), at_start=True)]
    with working(app, jobs):
        until(lambda: states(session) == {"states": "failed"})
        time.sleep(0.4)
        assert len(tried) == 1
        earlier = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6)
        move = update(JobRun).values(ended_at=earlier)
        in_a_transaction(session, lambda inside: inside.execute(move))
        until(lambda: states(session) == {"states": "done"})
    (failed, _done) = runs(session, "error", "planned_for")
    assert str(failed[0]).startswith("RuntimeError at server/jobs/door.py:")
    assert "张三丰" not in str(failed[0])


def test_administrators_are_told_once_a_day_that_a_job_failed(
    app: Flask, session: Session, bank: Bank
) -> None:
    def work(_session: Session, _actor: Actor) -> int:
        raise KeyError("x")

    failing = Job("states", work, nightly(0, 10), at_start=True)
    with working(app, [failing, Job("quick", work, every(0.05))]):
        until(lambda: states(session) == {"states": "failed", "quick": "failed"})
        time.sleep(0.3)
    told = session.scalars(select(Notice)).all()
    assert {row.kind for row in told} == {"job_failed"}
    assert sorted(json.loads(row.params or "")["job"] for row in told) == ["quick", "states"]
    assert {row.user_id for row in told} == {bank.actor("administrator").user_id}


def test_a_job_that_hangs_shows_when_it_last_got_on_and_is_abandoned_by_a_stop(
    app: Flask, session: Session
) -> None:
    hangs, go = threading.Event(), threading.Event()

    def work(_session: Session, _actor: Actor) -> int:
        if hangs.is_set():
            go.wait(20)
        hangs.set()
        return 4

    jobs = [Job("import", work, every(0.05), commits_itself=True)]
    with working(app, jobs) as worker:
        until(lambda: runs(session, "state", "counts") == [("running", {"done": 4})])
        (row,) = runs(session, "started_at", "heartbeat_at")
        time.sleep(0.5)
        assert runs(session, "started_at", "heartbeat_at") == [row]
        worker.stop()
        go.set()
    assert states(session) == {"import": "abandoned"}


def test_what_a_killed_worker_left_is_abandoned_and_served_by_the_next(
    app: Flask, session: Session
) -> None:
    done: list[str] = []
    jobs = [Job("states", steps_of(done, "states"), nightly(0, 10))]
    a_house_that_worked(session, jobs, 2 * DAY)
    planned = _newest(jobs[0], dt.datetime.now(ZONE))
    left = JobRun(
        id=new_id(),
        job="states",
        state="running",
        planned_for=planned,
        worker="gone:1:x#3",
        started_at=planned,
    )
    session.add(left)
    session.commit()
    key = left.id
    with working(app, jobs):
        until(lambda: done == ["states"])
        until(lambda: states(session) == {"states": "done"})
    assert session.get_one(JobRun, key).state == "abandoned"
    assert [row for row in runs(session, "state", "planned_for") if row == ("done", planned)]
