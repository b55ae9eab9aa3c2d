"""The ledger as a person starts it: web, worker and demo bank, a free port, data of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Site:
    """A running ledger: `url` without a slash at the end, `data_dir` its folder."""

    url: str
    data_dir: Path


@contextmanager
def running_site(data_dir: Path) -> Iterator[Site]:
    """Start the ledger on an SQLite database in `data_dir` for as long as the block runs."""
    port = _free_port()
    environment = dict(os.environ, PORT=str(port), DATA_DIR=str(data_dir), DATABASE_URL="")
    log = data_dir / "start.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, _ROOT / "scripts/start.py"],
            env=environment,
            cwd=_ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_address(process, log)
        yield Site(f"http://127.0.0.1:{port}", data_dir)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_address(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if "台账 Taizhang:" in log.read_text():
            return
        time.sleep(0.1)
    raise RuntimeError(f"the ledger did not start:\n{log.read_text()}")
