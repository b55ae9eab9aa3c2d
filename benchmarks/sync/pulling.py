"""A first pull of a whole portfolio, and a pull after a hundred changes."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figure import Figure
from benchmarks.sync import floor
from benchmarks.sync.device import Device
from benchmarks.sync.link import Link
from benchmarks.sync.portfolio import enrol
from benchmarks.sync.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bank import Bank

LIMIT_FIRST: Final = 1.7
LIMIT_FIRST_MB: Final = 1.9
LIMIT_DELTA_KB: Final = 20
LIMIT_GROWTH: Final = 1.1
_TIMES: Final = 11
_CHANGES: Final = 100


def measure_first(bank: Bank, port: int, cookie: str) -> Iterator[Figure]:
    """The portfolio into an empty device, and the same rows from the floor, in turn."""
    cold = _pulled(bank, port, cookie)
    documents = [json.dumps(each, ensure_ascii=False) for _, each in cold[1].documents.values()]
    weight = sum(len(each.encode()) for each in documents) / len(documents)
    yield Figure("documents of the portfolio", len(documents), "documents")
    yield Figure("weight of a document", weight, "bytes")
    yield Figure("first pull, documents never made before", cold[0] * 1000, "ms")
    taken: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="taizhang-floor-") as folder:
        kept = Path(folder) / "floor.db"
        floor.fill(kept, documents)
        with serving(floor.NAME, {floor.FILE: str(kept)}) as bare:
            for _ in range(_TIMES + 1):
                spent, device = _pulled(bank, port, cookie)
                taken[0].append(spent)
                taken[1].append(_floor(bare, len(documents)))
    value, least = (statistics.median(each[1:]) * 1000 for each in taken)
    yield Figure(
        "first pull", value, "ms", LIMIT_FIRST, least, "the same rows by one route", by_floor=True
    )
    yield Figure("first pull", device.link.received / 1e6, "MB", LIMIT_FIRST_MB)
    yield Figure("answers of the first pull", device.link.requests - 1, "answers")


def measure_delta(bank: Bank, port: int, cookie: str, small: int) -> Iterator[Figure]:
    """A hundred customers edited on one device, pulled by another; `small`: bytes elsewhere."""
    received, spent = delta(bank, port, cookie)
    yield Figure("pull after 100 changes", spent * 1000, "ms")
    yield Figure("pull after 100 changes", received / 1000, "KB", LIMIT_DELTA_KB)
    yield Figure(
        "pull after 100 changes, by the size of the portfolio",
        received,
        "bytes",
        LIMIT_GROWTH,
        small,
        "a tenth of the portfolio",
        by_floor=True,
    )


def delta(bank: Bank, port: int, cookie: str) -> tuple[int, float]:
    """Bytes and seconds of a pull after a hundred changes."""
    writer, reader = (_pulled(bank, port, cookie)[1] for _ in range(2))
    customers = sorted(key for kind, key in writer.documents if kind == "customer")[:_CHANGES]
    for place, key in enumerate(customers):
        writer.edit("customer", key, {"remark": f"第{place}次走访后改的备注"})
    results = writer.push()
    if {each["outcome"] for each in results} != {"applied"}:
        raise RuntimeError("the edits do not stand")
    before, begun = reader.link.received, time.perf_counter()
    came = len(reader.pull())
    spent = time.perf_counter() - begun
    if came != _CHANGES or not reader.agrees():
        raise RuntimeError(f"{came} rows came for {_CHANGES} changes")
    return reader.link.received - before, spent


def _pulled(bank: Bank, port: int, cookie: str) -> tuple[float, Device]:
    device = enrol(bank, port, cookie)
    device.link.received = 0
    begun = time.perf_counter()
    device.pull()
    spent = time.perf_counter() - begun
    if not device.agrees():
        raise RuntimeError("the device does not hold what the server counts")
    return spent, device


def _floor(port: int, documents: int) -> float:
    link = Link(port)
    begun = time.perf_counter()
    rows = link.get("/rows")
    spent = time.perf_counter() - begun
    link.close()
    if len(rows) != documents:
        raise RuntimeError("the floor lost rows")
    return spent
