"""The page of jobs: what stands on it, asking for a run, and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.operations.models import JobRun
from tests.server.operations.working import a_leader, a_run

SignIn = Callable[[str], FlaskClient]
PAGE = "/administration/jobs"


def page_of(sign_in: SignIn) -> str:
    return sign_in("administrator").get(PAGE).get_data(as_text=True)


def test_without_a_worker_the_page_says_how_to_start_one(sign_in: SignIn) -> None:
    page = page_of(sign_in)
    assert "后台程序没有运行" in page
    assert "立即运行" not in page


def test_each_job_stands_there_with_its_rule_its_next_time_and_what_became_of_it(
    sign_in: SignIn, session: Session
) -> None:
    a_leader(session)
    a_run(session, "accounts.sweep", "done")
    a_run(session, "loans.refresh", "failed", error="KeyError at server/loans/x.py:7 f")
    page = page_of(sign_in)
    for words in ("后台程序正常", "更新贷款逾期和分类", "每天 00:10", "每 2 秒", "空闲"):
        assert words in page
    assert "KeyError at server/loans/x.py:7 f" in page
    assert page.count("立即运行</") == 3
    assert 'hx-trigger="every 5s"' in page


def test_a_run_that_does_not_get_on_is_shown_as_stuck(sign_in: SignIn, session: Session) -> None:
    a_leader(session)
    a_run(session, "loans.refresh", "running")
    assert "卡住了" not in page_of(sign_in)
    hung = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    session.execute(update(JobRun).values(heartbeat_at=hung))
    session.commit()
    assert "卡住了" in page_of(sign_in)


def test_a_run_is_asked_for_once_and_told_to_the_audit(
    app: Flask, sign_in: SignIn, session: Session
) -> None:
    a_leader(session)
    browser = sign_in("administrator")
    for _ in range(2):
        assert browser.post(f"{PAGE}/loans.refresh/run").status_code == 303
    run = session.scalars(select(JobRun)).one()
    assert (run.job, run.state, run.started_at) == ("loans.refresh", "asked", None)
    assert run.asked_by_name
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "job.ask")).one()
    assert (entry.entity, entry.entity_id) == ("job", "loans.refresh")
    assert "等待运行" in browser.get(PAGE).get_data(as_text=True)


def test_a_job_that_nobody_knows_is_not_found(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("administrator")
    assert browser.post(f"{PAGE}/loans.refresh/run").status_code == 404
    a_leader(session)
    assert browser.post(f"{PAGE}/loans.forget/run").status_code == 404


def test_only_administrators_see_the_jobs(sign_in: SignIn, session: Session) -> None:
    a_leader(session)
    for role in ("officer", "manager", "auditor"):
        browser = sign_in(role)
        assert browser.get(PAGE).status_code == 403
        assert browser.post(f"{PAGE}/loans.refresh/run").status_code == 403
    assert session.scalars(select(JobRun)).all() == []
