"""Servers of their own processes on a free loopback port, under the gunicorn of the Procfile."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORKERS: Final = 2
_THREADS: Final = 8
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20


@contextmanager
def serving(app: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Run `module:app` under gunicorn for as long as the block runs; gives its port."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread"]
    command += ["--threads", str(_THREADS), "--workers", str(WORKERS), "--no-control-socket"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", app]
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = subprocess.Popen(command, env={**inherited, **environment})
    try:
        _wait(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Until every worker has answered, as far as one can tell from outside."""
    deadline, answers = time.monotonic() + _START_SECONDS, 0
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
            connection.close()
        except OSError:
            time.sleep(0.1)
            continue
        answers += 1
        if answers >= 4 * WORKERS:
            return
    raise RuntimeError("the server did not start")
