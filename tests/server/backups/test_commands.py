"""The commands of the bad day, and processes that are killed at their work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from server.backups.actions import open_store
from server.backups.models import Backup
from tests.server.backups.vault import KEY, around_of, file_of, fill, statements
from tests.server.bank import Bank
from tests.server.conftest import KEYRING

_SLOWLY = """
import dataclasses, sys, time
from server.backups import commands
from server.wsgi import app
usual = commands.around
commands.around = lambda: dataclasses.replace(usual(), goes_on=lambda: time.sleep(0.05) is None)
sys.exit(app.test_cli_runner().invoke(args=["backup", "create"]).exit_code)
"""


def run(app: Flask, *words: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["backup", *words])
    return answer.exit_code, answer.output


def test_the_four_commands(app: Flask, bank: Bank) -> None:
    fill(bank, app, 2)
    before, around = statements(bank), around_of(app)
    bank.session.rollback()
    assert run(app, "verify")[1].startswith("Error: missing: ")
    code, said = run(app, "create")
    assert (code, "2 files" in said) == (0, True), said
    name = said.split()[0]
    assert "not verified" in run(app, "list")[1]
    code, said = run(app, "verify")
    assert code == 0, said
    assert "audit chain of" in said
    assert f"{name}  " in run(app, "list")[1]
    assert " verified 2" in run(app, "list")[1]
    assert run(app, "verify", str(file_of(around, name)))[0] == 0
    code, said = run(app, "restore", name)
    assert (code, "not_empty" in said) == (1, True), said
    bank.session.rollback()
    bank.session.expunge_all()
    code, said = run(app, "restore", str(file_of(around, name)), "--replace")
    assert code == 0, said
    assert "new epoch" in said
    assert statements(bank) == before
    file_of(around, name).write_bytes(b"TAIZHANG")
    assert "BAD" not in run(app, "list")[1]
    code, said = run(app, "verify", name)
    assert (code, "cut_short" in said) == (1, True), said
    assert "BAD: cut_short" in run(app, "list")[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_ended_in_the_middle_leaves_no_backup(
    app: Flask, bank: Bank, database_url: str, wish: signal.Signals
) -> None:
    fill(bank, app, 2)
    around = around_of(app)
    bank.session.rollback()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "SECRET_KEY": "a secret of the tests alone",
        "TAIZHANG_KEYRING": KEYRING,
        "TAIZHANG_BACKUP_KEY": KEY,
    }
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen([sys.executable, "-c", _SLOWLY], env=environment, cwd=root)
    deadline = time.monotonic() + 30
    while not list(Path(around.place).glob("*.part")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(wish)
    assert process.wait(20) == (143 if wish == signal.SIGTERM else -9)
    left = list(Path(around.place).glob("*"))
    assert bool(left) == (wish == signal.SIGKILL)
    assert open_store(around.place).list() == []
    assert run(app, "create")[0] == 0
    assert len(list(Path(around.place).glob("*"))) == 1
    assert not list(app.config["DATA_DIR"].glob(".backup-*"))
    bank.session.rollback()
    states = sorted(bank.session.scalars(select(Backup.state)))
    assert states == ["failed", "good"]
