"""A thousand entries of one device at once, against bare sqlite3 that commits each row."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figure import Figure
from benchmarks.sync import floor
from benchmarks.sync.device import Device
from benchmarks.sync.portfolio import enrol
from server.database import new_id
from sync.mutation import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bank import Bank

LIMIT_PUSH: Final = 5.0
LIMIT_PUSH_KB: Final = 190
LIMIT_ECHO_KB: Final = 2
_ENTRIES: Final = 1000


def measure(bank: Bank, port: int, cookie: str) -> Iterator[Figure]:
    """Entries of a week; and beside it a thousand payments, each with its statement.

    A payment changes its loan, whose new sums come back; that is no echo of what was written.
    """
    device = enrol(bank, port, cookie)
    device.pull()
    name = f"push of {_ENTRIES:,} entries"
    _a_week(device, payments=200)
    written = {(each.entity, each.entity_id) for each in device.waiting}
    yield from _pushed(device, name, limited=True)
    came = device.pull()
    own = sum(each in written for each in came)
    yield Figure("rows that come back of one's own", own, "rows", 0)
    yield Figure("rows that one's payments changed", len(came) - own, "rows")
    _a_week(device, payments=0)
    device.push()
    received = device.link.received
    device.pull()
    echo = (device.link.received - received) / 1000
    yield Figure("echo of one's own entries", echo, "KB", LIMIT_ECHO_KB)
    if not device.agrees():
        raise RuntimeError("the device does not hold what the server counts")
    _payments(device)
    yield from _pushed(device, f"push of {_ENTRIES:,} payments", limited=False)


def _pushed(device: Device, name: str, *, limited: bool) -> Iterator[Figure]:
    texts = [json.dumps(as_json(each), ensure_ascii=False) for each in device.waiting]
    sent, received, begun = device.link.sent, device.link.received, time.perf_counter()
    results = device.push()
    spent = time.perf_counter() - begun
    if len(results) != _ENTRIES or {each["outcome"] for each in results} != {"applied"}:
        raise RuntimeError(f"not all of {name} stands: {results[:3]}")
    with tempfile.TemporaryDirectory(prefix="taizhang-floor-") as folder:
        least = floor.insert_each(Path(folder) / "floor.db", texts)
    yield Figure(
        name,
        spent * 1000,
        "ms",
        LIMIT_PUSH if limited else None,
        least * 1000,
        "sqlite3, a commit a row",
        by_floor=True,
    )
    if limited:
        yield Figure(name, (device.link.sent - sent) / 1000, "KB", LIMIT_PUSH_KB)
        yield Figure("its answer", (device.link.received - received) / 1000, "KB")


def _a_week(device: Device, *, payments: int) -> None:
    """Edits, feedback, calls, promises and payments of a busy week without a network."""
    customers = sorted(key for kind, key in device.documents if kind == "customer")
    loans = [each for (kind, _), (_, each) in device.documents.items() if kind == "loan"]
    today = loans[0]["as_of"]
    for place in range(500 - payments):
        told = {"remark": f"第{place}户：下午在店里", "employer": f"兴隆粮油{place}号店"}
        device.edit("customer", customers[place % len(customers)], told)
    for place in range(300):
        owner = customers[place % len(customers)]
        device.write("feedback", new_id(), "create", _said(owner, today, place))
    for place in range(payments):
        _pay(device, loans[place % len(loans)]["id"], today, place)
    for place in range(100):
        loan = loans[place % len(loans)]
        device.write("call", new_id(), "create", _call(loan["customer_id"]))
    for place in range(100):
        loan = loans[place % len(loans)]
        promise = _promise(loan["customer_id"], loan["id"], today)
        device.write("promise", new_id(), "create", promise)


def _call(customer_id: str) -> dict[str, object]:
    told = {"relation": "self", "channel": "phone", "result": "reached", "summary": "答应月底前还"}
    return {"customer_id": customer_id, "contact_id": None, **told, "called_at": _now()}


def _promise(customer_id: str, loan_id: str, today: str) -> dict[str, object]:
    about = {"customer_id": customer_id, "loan_id": loan_id}
    return {**about, "amount": 120_000, "promised_on": today, "channel": "phone", "note": ""}


def _said(customer_id: str, today: str, place: int) -> dict[str, object]:
    about = {"customer_id": customer_id, "loan_id": None, "kind": "question", "category": "service"}
    told = {"channel": "visit", "content": f"问第{place}次还款能不能改期", "received_on": today}
    return {**about, **told}


def _payments(device: Device) -> None:
    loans = sorted(key for kind, key in device.documents if kind == "loan")
    today = device.documents["loan", loans[0]][1]["as_of"]
    for place in range(_ENTRIES):
        _pay(device, loans[place % len(loans)], today, 500 + place)


def _pay(device: Device, loan_id: str, today: str, place: int) -> None:
    paid = {"loan_id": loan_id, "amount": 10_000 + place, "paid_on": today, "method": "cash"}
    told = {"reference": "", "payer": "本人", "note": "", "signature": None}
    proof = {"check_code": f"ABCDE{place:05d}"}
    device.write("repayment", new_id(), "create", {**paid, **told, **proof})


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600))
