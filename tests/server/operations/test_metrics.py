"""/metrics: who may read it, what it tells, and that two processes count together."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.server.conftest import KEYRING
from tests.server.operations.working import a_leader, a_run

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a token of the tests"


def told(app: Flask, **headers: str) -> str:
    return app.test_client().get("/metrics", headers=headers).get_data(as_text=True)


def test_the_worker_the_jobs_and_the_queues_are_told(app: Flask, session: Session) -> None:
    assert "taizhang_worker_alive 0.0" in told(app)
    a_leader(session)
    a_run(session, "loans.refresh", "done")
    a_run(session, "accounts.sweep", "failed")
    page = told(app)
    assert "taizhang_worker_alive 1.0" in page
    assert "taizhang_worker_heartbeat_age_seconds " in page
    assert 'taizhang_job_last_success_timestamp_seconds{job="loans.refresh"} 1' in page
    assert 'taizhang_job_failed{job="accounts.sweep"} 1.0' in page
    assert 'taizhang_job_stuck{job="loans.refresh"} 0.0' in page
    for queue in ("imports", "deliveries", "conflicts", "held"):
        assert f'taizhang_queue_length{{queue="{queue}"}} 0.0' in page


def test_requests_are_counted_by_route_and_never_by_address(app: Flask) -> None:
    key = "01a20cea-d33b-7000-8000-000000000001"
    app.test_client().get(f"/loans/{key}?q=13800138000")
    page = told(app)
    assert 'route="/loans/<uuid:loan_id>"' in page
    assert "taizhang_request_seconds_bucket" in page
    assert key not in page
    assert "13800138000" not in page


def test_without_a_token_this_machine_alone_may_read(app: Flask) -> None:
    client = app.test_client()

    def status(address: str, **headers: str) -> int:
        answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers)
        return answer.status_code

    assert status("127.0.0.1") == status("::1") == 200
    assert status("10.0.0.7") == status("nonsense") == 403
    assert status("127.0.0.1", **{"X-Forwarded-For": "203.0.113.9"}) == 403


@pytest.mark.parametrize(
    ("given", "status"), [(f"Bearer {TOKEN}", 200), ("Bearer other", 403), ("", 403)]
)
def test_with_a_token_whoever_has_it_may_read(app: Flask, given: str, status: int) -> None:
    app.config["METRICS_TOKEN"] = TOKEN
    client: FlaskClient = app.test_client()
    far = {"REMOTE_ADDR": "10.0.0.7"}
    answer = client.get("/metrics", environ_base=far, headers={"Authorization": given})
    assert answer.status_code == status


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_web_processes_count_together(app: Flask, tmp_path: Path, database_url: str) -> None:
    port, log, folder = _free_port(), tmp_path / "web.log", tmp_path / "shared"
    folder.mkdir()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path / "data"),
        "SECRET_KEY": "a secret of the tests alone",
        "TAIZHANG_KEYRING": KEYRING,
        "TAIZHANG_LOG": "json",
        "TMPDIR": str(folder),
    }
    words = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket")
    with log.open("wb") as output:
        web = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *words, "server.wsgi:app"],
            env=environment,
            cwd=ROOT,
            stderr=output,
        )
    try:
        asked = _ask_until_both_have_answered(port, folder, web, log)
        page = _get(port, "/metrics")
    finally:
        web.terminate()
        try:
            web.wait(60)
        finally:
            web.kill()
            web.wait()
    route = 'taizhang_requests_total{method="GET",route="/sign-in",status="200"}'
    counted = [line for line in page.splitlines() if line.startswith(route)]
    assert [float(line.rpartition(" ")[2]) for line in counted] == [asked]
    assert list(folder.glob("taizhang-metrics-*")) == []
    lines = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
    told = [line for line in lines if line["logger"] == "taizhang.requests"]
    assert {line["route"] for line in told} == {"/sign-in"}
    assert len({line["request_id"] for line in told}) == asked
    assert "13800138000" not in log.read_text()


def _ask_until_both_have_answered(
    port: int, folder: Path, web: subprocess.Popen[bytes], log: Path
) -> int:
    """How often was asked until each of two processes had counted something."""
    asked, deadline = 0, time.monotonic() + 120
    while time.monotonic() < deadline:
        assert web.poll() is None, log.read_text()
        try:
            _get(port, "/sign-in?q=13800138000")
        except urllib.error.URLError:
            time.sleep(0.05)
            continue
        asked += 1
        if len(list(folder.glob("taizhang-metrics-*/counter_*.db"))) == 2:
            return asked
    raise AssertionError(log.read_text())


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
