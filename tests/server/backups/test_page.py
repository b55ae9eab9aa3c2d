"""The page of backups: who sees it, what it warns of, and that it only asks the worker."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from server.backups.models import Backup
from server.config import BackupSettings
from server.domain.access import Actor
from server.jobs.door import job_actor, through_door
from server.jobs.schedule import make_jobs
from server.operations.models import JobRun, WorkerLease
from tests.server.backups.vault import KEY, around_of
from tests.server.bank import NOW, Bank
from tests.server.pages import text_of
from tests.server.replication.pushing import SignIn

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
PAGE = "/administration/backups"


def a_backup(bank: Bank, name: str, hours: int, **changes: object) -> None:
    at = NOW - dt.timedelta(hours=hours)
    values = {"state": "good", "size": 3_145_728, "rows": 77, "files": 5, **changes}
    bank.session.add(Backup(name=name, place="/vault", started_at=at, ended_at=at, **values))
    bank.session.commit()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_backup_the_page_says_so(app: Flask, bank: Bank, sign_in: SignIn) -> None:
    around_of(app)
    page = text_of(sign_in("administrator"), PAGE)
    assert "还没有一份完整的备份" in page
    assert "备份和数据放在同一个文件夹里" in page
    assert "没有它，备份谁也打不开" not in page


def test_the_page_tells_age_size_and_trial(app: Flask, bank: Bank, sign_in: SignIn) -> None:
    app.config["BACKUPS"] = BackupSettings("s3://vault/bank", KEY, is_key_beside=True)
    a_backup(bank, "one", 3, verified_at=NOW, verified_how="whole")
    a_backup(bank, "two", 50, verify_error="wrong_key")
    a_backup(bank, "three", 60, state="failed", error="disk_full", size=None)
    page = text_of(sign_in("administrator"), PAGE)
    for words in ("3 小时", "3.0 MB", "密钥不对", "磁盘空间不足", "没有它，备份谁也打不开"):
        assert words in page
    assert "备份太旧" not in page
    assert "备份和数据放在同一个文件夹里" not in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_old_backup_is_pointed_out(app: Flask, bank: Bank, sign_in: SignIn) -> None:
    around_of(app)
    a_backup(bank, "old", 40)
    assert "备份太旧" in text_of(sign_in("administrator"), PAGE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("username", ["officer", "manager", "auditor"])
def test_nobody_else_sees_it(app: Flask, bank: Bank, sign_in: SignIn, username: str) -> None:
    around_of(app)
    assert sign_in(username).get(PAGE).status_code in {403, 404}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_asks_the_worker_and_the_worker_makes_and_tries_one(
    app: Flask, bank: Bank, sign_in: SignIn
) -> None:
    around = around_of(app)
    jobs = make_jobs(around.data_dir, lambda: True, "", around.settings)
    ours = [job for job in jobs if job.name.startswith("backups.")]
    browser = sign_in("administrator")
    assert "后台程序没有运行" in browser.post(PAGE, follow_redirects=True).get_data(as_text=True)
    bank.session.add(_lease(bank.actor("chief"), [job.name for job in ours]))
    bank.session.commit()
    assert browser.post(PAGE).status_code == 303
    assert browser.post(f"{PAGE}/verification").status_code == 303
    asked = bank.session.scalars(select(JobRun.job).order_by(JobRun.job)).all()
    assert asked == ["backups.nightly", "backups.verify"]
    bank.session.rollback()
    for job in ours:
        outcome = through_door(job, app.app_context, app.config["TIMEZONE"])()
        assert (outcome.done, outcome.error) == (1, "")
    row = bank.session.scalars(select(Backup)).one()
    assert (row.state, row.verified_how, row.origin) == ("good", "whole", "job")
    assert job_actor(app.config["TIMEZONE"]).name


def _lease(actor: Actor, jobs: list[str]) -> WorkerLease:
    every = {"rule": "hour=2 minute=30", "every": None, "next_at": None, "stuck_after": 60}
    return WorkerLease(
        name="worker",
        holder="a worker",
        term=1,
        first_at=actor.now,
        taken_at=actor.now,
        heartbeat_at=actor.now,
        until=actor.now,
        schedule=[{"job": job, **every} for job in jobs],
    )
