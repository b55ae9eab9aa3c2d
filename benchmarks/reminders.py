"""The morning: 20,000 instalments that reached one of their days, told to the staff.

The floor selects the due rows once in bare sqlite3 and inserts the very rows that were written
(reminders and notices, sealed as they are) into an empty file by executemany, in one transaction.
Memory is the highest of a process that does the same morning, on a copy, and nothing else.
"""

from __future__ import annotations

import datetime as dt
import importlib
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.bank import open_bank
from benchmarks.figure import Figure
from server.database.doors import in_a_transaction
from server.database.extension import current_session
from server.domain.access import Actor, Role
from server.domain.calendar import add_months
from server.reminders.actions import remind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bank import Bank

_CUSTOMERS: Final = 20_000
_LOANS: Final = 20_000
_DAYS: Final = (7, 3, 1, 0, -1)
_WRITTEN: Final = ("reminders", "notices")
_DUE: Final = (
    "SELECT s.loan_id, s.unpaid_due_on, s.total_due, s.next_due_amount, l.customer_id, c.officer_id"
    " FROM loan_states s JOIN loans l ON l.id = s.loan_id JOIN customers c ON c.id = l.customer_id"
    " WHERE s.unpaid_due_on <= date('now', '+30 days')"
)


def measure() -> Iterator[Figure]:
    """The first morning, and an hour later when nothing is left to tell."""
    with open_bank(_CUSTOMERS, _LOANS, _days_ago) as bank:
        _give_officers(bank)
        actor = _worker(bank)
        copy = _copy(bank.file)
        taken, done = bank.alone(lambda: _morning(actor))
        told = _counts(bank.file)
        floor = min(_floor(bank.file) for _ in range(3))
        yield Figure(
            f"morning of {told['reminders']} instalments, {told['notices']} notices",
            taken,
            "s",
            limit=8,
            floor=floor,
            floor_is="selecting the due rows and inserting the same rows",
            by_floor=True,
        )
        idle, highest = _by_itself(bank, copy)
        yield Figure("a process before its morning", idle, "MB")
        yield Figure("the process at its highest", highest, "MB", limit=220)
        later = replace(actor, now=actor.now + dt.timedelta(hours=1))
        again, more = bank.alone(lambda: _morning(later))
        yield Figure(f"an hour later, with {more} left to tell", again, "s", limit=1.5)
        if done == 0 or more:
            raise RuntimeError("the morning did not tell each thing once")


def _days_ago(number: int) -> int:
    """Each loan's first instalment is due in one of the days."""
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    due_on = today + dt.timedelta(days=_DAYS[number % len(_DAYS)])
    return (today - add_months(due_on, -1)).days


def _give_officers(bank: Bank) -> None:
    """Each customer to an officer of the own branch, in turn."""
    rows = sqlite3.connect(bank.file)
    people: dict[str, list[str]] = {}
    for user_id, branch_id in rows.execute(
        "SELECT id, branch_id FROM users WHERE role = 'officer' AND active"
    ):
        people.setdefault(branch_id, []).append(user_id)
    for number, (customer_id, branch_id) in enumerate(
        rows.execute("SELECT id, branch_id FROM customers").fetchall()
    ):
        officers = people.get(branch_id)
        if officers:
            mine = (officers[number % len(officers)], customer_id)
            rows.execute("UPDATE customers SET officer_id = ? WHERE id = ?", mine)
    rows.commit()
    rows.close()


def _worker(bank: Bank) -> Actor:
    now = bank.chief.now.replace(hour=9, minute=1)
    return replace(bank.chief, user_id=None, name="后台任务", now=now, origin="job")


def _morning(actor: Actor) -> tuple[float, int]:
    session, done, begun = current_session(), 0, time.perf_counter()
    while step := in_a_transaction(session, lambda inside: remind(inside, actor)):
        done += step
    return time.perf_counter() - begun, done


def _counts(file: Path) -> dict[str, int]:
    rows = sqlite3.connect(file)
    counts = {name: _one(rows, f"SELECT count(*) FROM {name}") for name in _WRITTEN}
    rows.close()
    return counts


def _one(rows: sqlite3.Connection, query: str) -> int:
    return int(rows.execute(query).fetchone()[0])


def _floor(file: Path) -> float:
    """Seconds for the same work done barely."""
    source = sqlite3.connect(file)
    written: dict[str, list[Any]] = {
        name: source.execute(f"SELECT * FROM {name}").fetchall() for name in _WRITTEN
    }
    copy = file.with_name("floor.db")
    copy.unlink(missing_ok=True)
    target = sqlite3.connect(copy, isolation_level=None)
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=FULL")
    for (made,) in source.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name IN ('reminders', 'notices')"
        " AND sql IS NOT NULL ORDER BY type DESC"
    ):
        target.execute(made)
    begun = time.perf_counter()
    source.execute(_DUE).fetchall()
    target.execute("BEGIN IMMEDIATE")
    for name, rows in written.items():
        marks = ", ".join("?" * len(rows[0]))
        target.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    target.execute("COMMIT")
    spent = time.perf_counter() - begun
    source.close()
    target.close()
    return spent


def _copy(file: Path) -> Path:
    copy = file.with_name("copy.db")
    source, target = sqlite3.connect(file), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    return copy


def _by_itself(bank: Bank, file: Path) -> tuple[float, float]:
    """Megabytes before and at the highest, of a process that does the morning of a bank's copy."""
    environment = {**os.environ, **bank.environment(), "DATABASE_URL": f"sqlite:///{file}"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reminders"],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    idle, highest = done.stdout.split()[-2:]
    return float(idle), float(highest)


def _alone() -> None:
    """What the process of `_by_itself` does."""
    app: Any = importlib.import_module("server.wsgi").app  # the environment names the bank
    now = dt.datetime.now(app.config["TIMEZONE"]).replace(hour=9, minute=1)
    actor = Actor(None, "后台任务", Role.MANAGER, None, now, now.date(), "job")
    with app.app_context():
        idle = _megabytes("VmRSS")
        _morning(actor)
    print(idle, _megabytes("VmHWM"))


def _megabytes(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    _alone()
