"""The door of jobs: steps until nothing is left, a failing job, and the process itself."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import record
from server.database.engine import is_writing
from server.database.models import AuditEntry
from server.domain.access import Actor
from server.intake import actions
from server.intake.actions import Choices, MapRun, UploadLedger
from server.intake.models import ImportRun
from server.jobs.door import job_actor, through_door
from server.jobs.schedule import Job, make_jobs
from server.web.job_labels import JOBS
from tests.server.bank import Bank
from tests.server.conftest import KEYRING
from tests.server.intake.sheets import ledger_row, text_table

ZONE = ZoneInfo("Asia/Shanghai")


def job(work: object, *, commits_itself: bool = False) -> Job:
    return Job(
        "a.job",
        work,  # type: ignore[arg-type]
        lambda zone: IntervalTrigger(seconds=60, timezone=zone),
        commits_itself=commits_itself,
    )


def test_a_job_is_stepped_until_nothing_is_left_and_each_step_is_committed(
    app: Flask, session: Session
) -> None:
    left = [2, 1, 0]

    def work(inside: Session, actor: Actor) -> int:
        assert is_writing(inside)
        record.note(inside, actor, "job.step", ("job", str(len(left))))
        return left.pop(0)

    through_door(job(work), app.app_context, ZONE)()
    entries = session.scalars(select(AuditEntry)).all()
    assert [entry.entity_id for entry in entries] == ["3", "2", "1"]
    assert {entry.origin for entry in entries} == {"job"}


def test_a_failing_job_is_logged_and_leaves_nothing_behind(
    app: Flask, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    def work(inside: Session, actor: Actor) -> int:
        record.note(inside, actor, "job.step", ("job", "1"))
        raise RuntimeError("a fault of ours")

    with caplog.at_level(logging.ERROR):
        through_door(job(work), app.app_context, ZONE)()
    assert "job a.job failed" in caplog.text
    assert session.scalars(select(AuditEntry)).all() == []


def test_a_stopping_worker_begins_no_step(app: Flask) -> None:
    def work(_inside: Session, _actor: Actor) -> int:
        raise AssertionError

    through_door(job(work), app.app_context, ZONE, lambda: False)()


def test_every_job_of_the_page_runs_on_an_empty_bank(
    app: Flask, bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = make_jobs(app.config["DATA_DIR"], lambda: True)
    assert len({each.name for each in jobs}) == len(jobs)
    assert {each.name for each in jobs} <= set(JOBS)
    with caplog.at_level(logging.ERROR):
        for each in jobs:
            through_door(each, app.app_context, ZONE)()
    assert caplog.text == ""


def _waiting_run(app: Flask, bank: Bank, session: Session) -> str:
    """A run of three rows that waits for its preview."""
    actor = bank.actor("manager", now=dt.datetime.now(dt.UTC))
    content = text_table([ledger_row(n) for n in range(1, 4)])
    seen = actions.look_over(session, actor, content, "台账.csv", Choices())
    upload = UploadLedger("台账.csv", content, seen)
    run_id = actions.upload_ledger(session, actor, upload, app.config["DATA_DIR"])
    columns = {each["place"]: each["field"] for each in seen.columns}
    choices = Choices(sheet="台账", columns=columns, product_id=bank.product_id)
    actions.map_run(session, actor, MapRun(run_id, choices))
    session.commit()
    return run_id


def test_of_two_workers_at_once_one_brings_the_run_in(
    app: Flask, bank: Bank, session: Session
) -> None:
    run_id = _waiting_run(app, bank, session)
    imports = next(
        each
        for each in make_jobs(app.config["DATA_DIR"], lambda: True)
        if each.name == "intake.import"
    )
    through_door(imports, app.app_context, ZONE)()
    actions.start_run(session, bank.actor("manager"), run_id)
    session.commit()
    workers = [
        threading.Thread(target=through_door(imports, app.app_context, ZONE)) for _ in range(2)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    session.rollback()
    run = session.get_one(ImportRun, run_id, populate_existing=True)
    assert (run.status, run.counts["imported"]) == ("done", {"created": 3})
    finished = select(AuditEntry).where(AuditEntry.action == "import.finish")
    assert len(session.scalars(finished).all()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_worker_process_previews_a_run_and_stops_when_told(
    app: Flask, bank: Bank, session: Session, database_url: str, tmp_path: Path
) -> None:
    _waiting_run(app, bank, session)
    data_dir = app.config["DATA_DIR"]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": "a secret of the tests alone",
        "TAIZHANG_KEYRING": KEYRING,
    }
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.jobs"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).resolve().parents[3],
        )
        try:
            deadline = time.monotonic() + 40
            status = ""
            while status != "previewed" and time.monotonic() < deadline:
                assert process.poll() is None, log.read_text()
                time.sleep(0.3)
                session.rollback()
                status = session.scalar(select(ImportRun.status)) or ""
            assert status == "previewed", log.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    assert "worker stopped" in log.read_text()
    assert "failed" not in log.read_text()


def test_the_worker_acts_as_nobody_with_every_branch() -> None:
    actor = job_actor(ZONE)
    assert (actor.user_id, actor.branch_id, actor.origin) == (None, None, "job")
