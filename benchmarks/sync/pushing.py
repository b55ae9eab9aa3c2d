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
    from collections.abc import Callable, Iterator

    from benchmarks.bank import Bank

LIMIT_PUSH: Final = 5.0
LIMIT_PUSH_KB: Final = 190
LIMIT_ECHO_KB: Final = 2
_ENTRIES: Final = 1000


def measure(bank: Bank, port: int, cookie: str) -> Iterator[Figure]:
    """Edits and notes of a week; and beside it a thousand payments, each with its statement."""
    yield from _measured(bank, port, cookie, "push of 1,000 entries", _a_week, limited=True)
    yield from _measured(bank, port, cookie, "push of 1,000 payments", _payments, limited=False)


def _measured(
    bank: Bank, port: int, cookie: str, name: str, write: Callable[[Device], None], *, limited: bool
) -> Iterator[Figure]:
    device = enrol(bank, port, cookie)
    device.pull()
    write(device)
    texts = [json.dumps(as_json(each), ensure_ascii=False) for each in device.waiting]
    sent, begun = device.link.sent, time.perf_counter()
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
        received = device.link.received
        came = device.pull()
        echo = (device.link.received - received) / 1000
        yield Figure("rows that come back of one's own", came, "rows", 0)
        yield Figure("echo of one's own entries", echo, "KB", LIMIT_ECHO_KB)
        if not device.agrees():
            raise RuntimeError("the device does not hold what the server counts")


def _a_week(device: Device) -> None:
    """Two fifths edits, the rest calls, promises and feedback."""
    customers = sorted(key for kind, key in device.documents if kind == "customer")
    loans = [each for (kind, _), (_, each) in device.documents.items() if kind == "loan"]
    for place in range(_ENTRIES * 2 // 5):
        told = {"remark": f"第{place}户：下午在店里", "employer": f"兴隆粮油{place}号店"}
        device.edit("customer", customers[place % len(customers)], told)
    for place in range(_ENTRIES // 5):
        loan = loans[place % len(loans)]
        owner, today = loan["customer_id"], loan["as_of"]
        device.write("call", new_id(), "create", _call(owner))
        device.write("promise", new_id(), "create", _promise(owner, loan["id"], today))
        device.write("feedback", new_id(), "create", _said(owner, today, place))


def _call(customer_id: str) -> dict[str, object]:
    told = {"relation": "self", "channel": "phone", "result": "promised", "summary": "答应月底前还"}
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
        paid = {"loan_id": loans[place % len(loans)], "amount": 10_000 + place, "paid_on": today}
        told = {"method": "cash", "reference": "", "payer": "本人", "note": ""}
        proof = {"check_code": "ABCDE23456", "signature": None}
        device.write("repayment", new_id(), "create", {**paid, **told, **proof})


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600))
