"""`make run`, tried on a house of cardboard: what it starts, keeps, tells and stops."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

_START = Path(__file__).resolve().parents[2] / "scripts/start.py"

_HOUSE = {
    "server/__init__.py": "",
    "server/wsgi.py": """
import os
import click
from flask import Flask
app = Flask(__name__)
@app.cli.command("demo")
@click.argument("what")
@click.option("--if-empty", is_flag=True)
def demo(what, if_empty):
    print("sign in with", os.environ["DATA_DIR"])
""",
    "web.py": """
import os, http.server
http.server.HTTPServer(
    ("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler
).serve_forever()
""",
    "worker.py": "import time\ntime.sleep(60)\n",
    "Procfile": "release: python -c 'import pathlib; pathlib.Path(\"released\").touch()'\n"
    "web: python web.py\nworker: python worker.py\n",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in _HOUSE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "scripts").mkdir()
    shutil.copy(_START, tmp_path / "scripts")
    return tmp_path


def test_it_releases_starts_both_tells_the_address_and_stops_both(house: Path) -> None:
    port = _free_port()
    process = _start(house, port)
    told = _wait_for(house / "told", "Ctrl-C")
    assert (house / "released").exists()
    assert f"http://127.0.0.1:{port}/" in told
    assert "sign in with" in told

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_when_the_worker_dies_the_web_process_stops_too(house: Path) -> None:
    (house / "worker.py").write_text("raise SystemExit(3)")
    port = _free_port()
    assert _start(house, port).wait(timeout=20) == 3
    assert "worker ended with 3" in (house / "told").read_text()


def test_when_a_step_fails_nothing_is_started(house: Path) -> None:
    procfile = _HOUSE["Procfile"].replace("pathlib.Path", "pathlib.Nothing")
    (house / "Procfile").write_text(procfile)
    assert _start(house, _free_port()).wait(timeout=20) == 1
    assert "failed; nothing was started" in (house / "told").read_text()


def _start(house: Path, port: int) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with (house / "told").open("w") as told:
        return subprocess.Popen(
            [sys.executable, house / "scripts/start.py"],
            env=kept | {"PORT": str(port), "PYTHONPATH": str(house)},
            stdout=told,
            stderr=subprocess.STDOUT,
        )


def _wait_for(file: Path, words: str) -> str:
    deadline = time.monotonic() + 30
    while words not in file.read_text():
        assert time.monotonic() < deadline, file.read_text()
        time.sleep(0.05)
    return file.read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
