"""Two at once, and a process that is killed at any moment: still exactly once each."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database.doors import in_a_transaction
from server.database.extension import current_session, db
from server.database.notices import Notice
from server.reminders.actions import remind
from server.reminders.models import Reminder
from tests.server.bank import Bank
from tests.server.conftest import KEYRING
from tests.server.reminders.conftest import due_in, job

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, signal, sqlite3, sys, time
from server.database.doors import in_a_transaction
from server.database.extension import current_session
from server.reminders.actions import remind
from server.wsgi import app
from tests.server.reminders.conftest import job

def counted():
    rows = sqlite3.connect(sys.argv[1], timeout=20)
    found = [rows.execute(f"SELECT count(*) FROM {each}").fetchone()[0] for each in sys.argv[2:]]
    rows.close()
    return found

for moment in range(10):
    child = os.fork()
    if child == 0:
        with app.app_context():
            while in_a_transaction(current_session(), lambda inside: remind(inside, job())):
                pass
        os._exit(0)
    time.sleep(moment * 0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(*counted(), flush=True)
"""
"""Ten times a child begins the morning and is killed a little later each time."""


def _some(session: Session, bank: Bank) -> None:
    for days in (7, 3, 1, 0, -1, -1):
        due_in(bank, days)
    session.commit()


def _told(session: Session) -> tuple[int, list[tuple[str, int]]]:
    session.rollback()
    kinds = session.execute(
        select(Notice.kind, func.count()).group_by(Notice.kind).order_by(Notice.kind)
    )
    rows = session.scalar(select(func.count()).select_from(Reminder)) or 0
    return rows, [(row[0], row[1]) for row in kinds]


EXPECTED = (6, [("due_digest", 3), ("overdue", 2)])


def test_of_two_at_once_each_thing_is_told_once(app: Flask, bank: Bank, session: Session) -> None:
    _some(session, bank)

    def work(_number: int) -> None:
        with app.app_context():
            while in_a_transaction(current_session(), lambda inside: remind(inside, job())):
                pass
            db.session.remove()

    with ThreadPoolExecutor(2) as both:
        list(both.map(work, range(2)))
    assert _told(session) == EXPECTED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_at_any_moment_and_begun_again_each_thing_is_told_once(
    app: Flask, bank: Bank, session: Session, database_url: str
) -> None:
    _some(session, bank)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "SECRET_KEY": "a secret of the tests alone",
        "TAIZHANG_KEYRING": KEYRING,
    }
    file = database_url.removeprefix("sqlite:///")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, file, "reminders", "notices"],
        env=environment,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        text=True,
    )
    seen = done.stdout.splitlines()
    assert len(seen) == 10
    assert set(seen) <= {"0 0", "6 5"}
    while in_a_transaction(session, lambda inside: remind(inside, job())):
        pass
    assert _told(session) == EXPECTED
