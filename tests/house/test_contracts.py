"""Each import contract holds in a small well-built house and breaks on its own kind of fault."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_CONTRACTS = Path(__file__).resolve().parents[2] / ".importlinter"

_SOUND = {
    "server/app.py": "import server.loans.views\nimport server.customers.views\n",
    "server/config.py": "import os\n",
    "server/migrations/__init__.py": "",
    "server/domain/money.py": "import decimal\n",
    "server/database/extension.py": "import flask_sqlalchemy\n",
    "server/web/writing.py": "import flask\nimport server.database.extension\n",
    "server/jobs/__main__.py": "import server.wsgi\nimport server.jobs.schedule\n",
    "server/wsgi.py": "import server.app\n",
    "server/jobs/schedule.py": "import apscheduler\nimport server.loans.actions\n",
    "server/customers/models.py": "import sqlalchemy\nimport server.database.extension\n",
    "server/customers/queries.py": "import server.customers.models\n",
    "server/customers/views.py": "import server.web.writing\nimport server.customers.queries\n",
    "server/loans/models.py": "import sqlalchemy\nimport server.customers.models\n",
    "server/loans/queries.py": "import server.loans.models\nimport server.domain.money\n",
    "server/loans/actions.py": "import server.loans.queries\nimport sync.clock\n",
    "server/loans/forms.py": "import server.domain.money\n",
    "server/loans/views.py": "import flask\nimport server.loans.forms\nimport server.loans.actions",
    "sync/clock.py": "import dataclasses\n",
    "sync/merge.py": "import sync.clock\n",
}

_FAULTS = {
    "engine: sync imports the server": ("engine", "sync/feed.py", "import server.domain.money"),
    "rooms: a lower room imports a higher": (
        "rooms",
        "server/customers/queries.py",
        "import server.loans.queries",
    ),
    "rooms: neighbours of one height import each other": (
        "rooms",
        "server/visits/queries.py",
        "import server.feedback.queries",
    ),
    "rooms: a stray room": ("rooms", "server/utils.py", ""),
    "slice: models import queries": (
        "slice",
        "server/loans/models.py",
        "import server.loans.queries",
    ),
    "slice: actions import forms": (
        "slice",
        "server/loans/actions.py",
        "import server.loans.forms",
    ),
    "domain: a framework": ("domain", "server/domain/money.py", "import flask"),
    "domain: the database": ("domain", "server/domain/money.py", "import sqlalchemy"),
    "domain: the clock": ("domain", "server/domain/money.py", "import time"),
    "sync: a library": ("sync", "sync/clock.py", "import sqlalchemy.orm"),
    "request: an action sees flask": ("request", "server/loans/actions.py", "import flask"),
    "request: a model sees werkzeug": ("request", "server/loans/models.py", "import werkzeug"),
    "request: a query sees the web room": (
        "request",
        "server/loans/queries.py",
        "import server.web.writing",
    ),
    "request: a job sees flask": ("request", "server/jobs/schedule.py", "import flask"),
    "views: models": ("views", "server/loans/views.py", "import server.loans.models"),
    "views: sqlalchemy": ("views", "server/loans/views.py", "import sqlalchemy"),
    "extension: outside the database room": (
        "extension",
        "server/loans/models.py",
        "import flask_sqlalchemy",
    ),
    "acyclic: two modules of a room import each other": (
        "acyclic",
        "sync/clock.py",
        "import sync.merge",
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copy(_CONTRACTS, tmp_path)
    for name, source in _SOUND.items():
        _write(tmp_path / name, source)
    for room in ("visits", "feedback"):
        _write(tmp_path / "server" / room / "queries.py", "import server.loans.queries\n")
    return tmp_path


def test_a_well_built_house_keeps_every_contract(house: Path) -> None:
    names = re.findall(r"\[importlinter:contract:(\w+)\]", _CONTRACTS.read_text())
    assert {contract for contract, _, _ in _FAULTS.values()} == set(names)
    ended = _lint(house)
    assert f"Contracts: {len(names)} kept, 0 broken." in ended.stdout, ended.stdout


@pytest.mark.parametrize("fault", _FAULTS)
def test_each_contract_breaks_on_its_own_kind_of_fault(house: Path, fault: str) -> None:
    contract, file, line = _FAULTS[fault]
    _write(house / file, line)
    ended = _lint(house, "--contract", contract)
    assert ended.returncode == 1, ended.stdout
    assert "0 kept, 1 broken." in ended.stdout


def _write(file: Path, source: str) -> None:
    for folder in file.parent, file.parent.parent:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name in {"server", "sync"} or folder.parent.name == "server":
            (folder / "__init__.py").touch()
    with file.open("a") as opened:
        opened.write(f"{source}\n")


def _lint(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", *words],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )
