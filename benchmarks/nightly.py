"""The night: 100,000 loans brought to the next day, of which the day touches a tenth.

The floor reads the rows that the job is about (loans, their states, their events) once, in bare
sqlite3 and in one go, and does nothing with them. The worker's memory is the highest that its
process ever had while it did the same night by itself.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.bank import open_bank
from benchmarks.figure import Figure
from server.database.doors import in_a_transaction
from server.database.extension import current_session
from server.loans.actions import refresh_due_states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bank import Bank

_CUSTOMERS: Final = 20_000
_LOANS: Final = 100_000
_ROOT: Final = Path(__file__).resolve().parents[1]
_READ: Final = (
    "SELECT * FROM loans",
    "SELECT * FROM loan_states",
    "SELECT * FROM loan_events",
)


def measure() -> Iterator[Figure]:
    """The night in this process, then by the worker."""
    with open_bank(_CUSTOMERS, _LOANS, _days_ago) as bank:
        floor = min(_read_once(bank.file) for _ in range(3))
        taken, done = bank.alone(lambda: _night(bank.chief.today + dt.timedelta(days=1)))
        yield Figure(
            f"night of {done} loans, a tenth of them overdue",
            taken,
            "s",
            limit=12,
            floor=floor,
            floor_is="reading their rows once",
            by_floor=True,
        )
        idle, peak, seconds = _worker_memory(bank)
        yield Figure("the worker before its first job", idle, "MB")
        yield Figure("the worker at its highest, in the same night", peak, "MB", limit=220)
        yield Figure("the worker's night, as it wrote it down", seconds, "s")


def _days_ago(number: int) -> int:
    """Every tenth loan is overdue; of the others none falls due within a week."""
    return 40 + number % 300 if number % 10 == 0 else number % 20


def _read_once(file: Path) -> float:
    rows = sqlite3.connect(file)
    begun = time.perf_counter()
    for query in _READ:
        rows.execute(query).fetchall()
    spent = time.perf_counter() - begun
    rows.close()
    return spent


def _night(day: dt.date) -> tuple[float, int]:
    """Seconds until all loans are of that day, with a commit a step, and how many there were."""
    session, done, begun = current_session(), 0, time.perf_counter()
    while step := in_a_transaction(session, lambda inside: refresh_due_states(inside, day)):
        done += step
    return time.perf_counter() - begun, done


def _worker_memory(bank: Bank) -> tuple[float, float, float]:
    """Megabytes at the start and at the highest, and the seconds of the job's run."""
    yesterday = (bank.chief.today - dt.timedelta(days=1)).isoformat()
    rows = sqlite3.connect(bank.file, isolation_level=None, timeout=20)
    rows.execute("UPDATE loan_states SET as_of = ? WHERE settled_on IS NULL", (yesterday,))
    worker = subprocess.Popen(
        [sys.executable, "-m", "server.jobs"],
        env={**os.environ, **bank.environment()},
        cwd=_ROOT,
        stderr=subprocess.DEVNULL,
    )
    idle = 0.0
    try:
        while not (ran := _run_of(rows)) and worker.poll() is None:
            idle = idle or (_megabytes(worker.pid, "VmRSS") if _leads(rows) else 0.0)
            time.sleep(0.05)
        return idle, _megabytes(worker.pid, "VmHWM"), ran
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
        rows.close()


def _leads(rows: sqlite3.Connection) -> bool:
    return bool(rows.execute("SELECT 1 FROM worker_leases WHERE term > 0").fetchone())


def _run_of(rows: sqlite3.Connection) -> float:
    found = rows.execute(
        "SELECT (julianday(ended_at) - julianday(started_at)) * 86400 FROM job_runs"
        " WHERE job = 'loans.refresh' AND state = 'done'"
    ).fetchone()
    return float(found[0]) if found else 0.0


def _megabytes(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0
