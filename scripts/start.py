"""Starts what the Procfile names, together, with a demo bank; Ctrl-C stops all.

Whoever runs the ledger for real sets the variables of the README and starts the Procfile instead.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOT: Final = Path(__file__).resolve().parent.parent
_FLASK: Final = ("flask", "--app", "server.wsgi")
_ANSWER_SECONDS: Final = 60
_STOP_SECONDS: Final = 15

Processes = dict[str, subprocess.Popen[bytes]]


def main() -> int:
    """Prepare, start, tell, wait. Answers the exit code of the first process that ended."""
    environment = _environment()
    commands = _read_procfile(_ROOT / "Procfile")
    _run(commands.pop("release"), environment)
    logins = _run([*_FLASK, "demo", "load", "--if-empty"], environment)
    # Also where whoever started it in the background had it ignore Ctrl-C.
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, _interrupt)
    processes = {name: _start(words, environment) for name, words in commands.items()}
    try:
        _wait_for_answer(environment, processes)
        if _all_run(processes):
            _tell(environment, logins)
        return _wait_for_end(processes)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(processes)


def _environment() -> dict[str, str]:
    """Answer the environment of all started here: settings, the PATH of .venv."""
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment.setdefault("PORT", "8000")
    environment.setdefault("DATA_DIR", "var")
    environment.setdefault("WEB_CONCURRENCY", "2")
    environment.setdefault("GUNICORN_CMD_ARGS", f"--bind=127.0.0.1:{environment['PORT']}")
    return environment


def _read_procfile(file: Path) -> dict[str, list[str]]:
    lines = (line.partition(":") for line in file.read_text().splitlines() if ":" in line)
    return {name.strip(): shlex.split(command) for name, _, command in lines}


def _run(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command to its end and answer what it printed; a failure ends the start."""
    ran = subprocess.run(
        words, env=environment, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if ran.returncode != 0:
        sys.exit(f"{ran.stdout}\n`{shlex.join(words)}` failed; nothing was started.")
    return ran.stdout


def _start(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches this process alone, which then stops each in turn.
    return subprocess.Popen(words, env=environment, cwd=_ROOT, start_new_session=True)


def _wait_for_answer(environment: Mapping[str, str], processes: Processes) -> None:
    deadline = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < deadline and _all_run(processes):
        try:
            urllib.request.urlopen(_address(environment), timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return


def _tell(environment: Mapping[str, str], logins: str) -> None:
    print(f"\n{logins.strip()}\n", flush=True)
    print(f"台账 Taizhang: {_address(environment)}  (Ctrl-C stops it)\n", flush=True)


def _address(environment: Mapping[str, str]) -> str:
    return f"http://127.0.0.1:{environment['PORT']}/"


def _wait_for_end(processes: Processes) -> int:
    while _all_run(processes):
        time.sleep(0.5)
    name, ended = next((name, each) for name, each in processes.items() if each.poll() is not None)
    print(f"{name} ended with {ended.returncode}; stopping the others.", file=sys.stderr)
    return ended.returncode or 1


def _all_run(processes: Processes) -> bool:
    return all(process.poll() is None for process in processes.values())


def _stop(processes: Processes) -> None:
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
