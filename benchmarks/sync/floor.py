"""The floor: the least that could keep rows and send them.

It reads nothing, checks nothing, merges nothing and asks nobody who they are. Its rows are ready
JSON texts in bare sqlite3, under the same recipe of durability as the ledger (WAL, full
synchronisation). One Flask route joins and compresses them (zstd, as the ledger), under
the same gunicorn with as many workers and threads; another takes rows, each with a commit of its
own, as the simplest server would, its writers in a queue (without, they lose most of the time in
SQLite's waits for the lock). Where one device writes alone, the floor is stricter: the same inserts
without any server or network.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zstandard
from flask import Flask, request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue

FILE: Final = "TAIZHANG_BENCH_FLOOR"
"""The variable that names the floor's database."""

NAME: Final = "benchmarks.sync.floor:create_floor()"
"""What gunicorn is asked for."""

_LEVEL: Final = 3


def open_rows(path: Path | str) -> sqlite3.Connection:
    """A durable table of JSON rows, numbered as they come."""
    rows = sqlite3.connect(path, isolation_level=None, timeout=20)
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("PRAGMA synchronous=FULL")
    rows.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, document TEXT)")
    return rows


def fill(path: Path, documents: Iterable[str]) -> None:
    """Keep some rows, in one transaction: what is measured is the sending."""
    rows = open_rows(path)
    rows.execute("BEGIN")
    rows.executemany("INSERT INTO rows (document) VALUES (?)", ((each,) for each in documents))
    rows.execute("COMMIT")
    rows.close()


def insert_each(path: Path | str, documents: Iterable[str]) -> float:
    """Seconds to insert rows one by one, each durable before the next; no network, no server."""
    rows = open_rows(path)
    begun = time.perf_counter()
    for each in documents:
        rows.execute("BEGIN IMMEDIATE")
        rows.execute("INSERT INTO rows (document) VALUES (?)", (each,))
        rows.execute("COMMIT")
    spent = time.perf_counter() - begun
    rows.close()
    return spent


def create_floor() -> Flask:
    """The server, for gunicorn."""
    app, path = Flask("floor"), os.environ[FILE]

    @app.get("/rows")
    def send() -> ResponseReturnValue:
        rows = open_rows(path)
        after = request.args.get("after", 0, int)
        found = rows.execute("SELECT document FROM rows WHERE number > ?", (after,)).fetchall()
        rows.close()
        body = ("[" + ",".join(row[0] for row in found) + "]").encode()
        headers = {"Content-Type": "application/json", "Content-Encoding": "zstd"}
        return zstandard.ZstdCompressor(level=_LEVEL).compress(body), headers

    @app.post("/rows")
    def keep() -> ResponseReturnValue:
        texts = request.get_data(as_text=True).splitlines()
        with Path(f"{path}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            insert_each(path, texts)
        return "", 204

    return app
