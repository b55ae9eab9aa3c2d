"""Many devices at once: all push and pull until they agree; and several edit the same documents."""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Final, TypeVar

from benchmarks.figure import Figure
from benchmarks.sync import floor
from benchmarks.sync.device import Device
from benchmarks.sync.link import Link
from benchmarks.sync.portfolio import enrol
from benchmarks.sync.site import serving
from server.database import new_id
from sync.mutation import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.bank import Bank

Each = TypeVar("Each")

LIMIT_TOGETHER: Final = 2.0
DEVICES: Final = 20
ENTRIES: Final = 50
EDITED: Final = 100
_FIELDS: Final = ("employer", "occupation", "spouse_name", "remark")


def measure(bank: Bank, port: int, cookie: str) -> Iterator[Figure]:
    """Twenty devices, fifty new entries each; then a hundred documents edited field by field."""
    devices = [enrol(bank, port, cookie) for _ in range(DEVICES)]
    for device in devices:
        device.pull()
        _write(device)
    texts = [[json.dumps(as_json(each)) for each in device.waiting] for device in devices]
    written = {each.entity_id for device in devices for each in device.waiting}
    spent = _at_once(devices, _push, _until_agreed)
    least = _floor(texts)
    yield Figure(
        f"{DEVICES} devices push {ENTRIES} each and pull until all agree",
        spent * 1000,
        "ms",
        LIMIT_TOGETHER,
        least * 1000,
        "the floor's routes, a commit a row",
        by_floor=True,
    )
    absent = sum(len(written - {key for _, key in each.documents}) for each in devices)
    apart = sum(_numbers(each) != _numbers(devices[0]) for each in devices)
    yield Figure("entries absent on a device", absent, "entries", 0)
    yield Figure("devices that hold something else", apart, "devices", 0)
    yield from _edited(devices[: len(_FIELDS)])


def _write(device: Device) -> None:
    customers = sorted(key for kind, key in device.documents if kind == "customer")
    for place in range(ENTRIES):
        said = {"kind": "question", "category": "service", "channel": "visit", "loan_id": None}
        about = {"customer_id": customers[place % len(customers)], "received_on": _today(device)}
        told = {**said, **about, "content": f"{device.id}的第{place}条反馈"}
        device.write("feedback", new_id(), "create", told)


def _today(device: Device) -> str:
    return next(
        str(each["as_of"]) for (kind, _), (_, each) in device.documents.items() if kind == "loan"
    )


def _push(device: Device) -> None:
    results = device.push()
    if {each["outcome"] for each in results} != {"applied"}:
        raise RuntimeError(f"not all entries stand: {results[:2]}")


def _until_agreed(device: Device) -> None:
    for _ in range(50):
        device.pull()
        if device.agrees():
            return
    raise RuntimeError("a device never agrees with the server")


def _at_once(devices: Sequence[Each], *acts: Callable[[Each], None], seconds: float = 300) -> float:
    """Seconds until every device has done all acts; each act begins when all did the last."""
    barrier = Barrier(len(devices) + 1, timeout=seconds)

    def live(device: Each) -> None:
        try:
            barrier.wait()
            for act in acts:
                act(device)
                barrier.wait()
        except BrokenBarrierError:
            pass  # somebody else failed and says why
        except BaseException:
            barrier.abort()
            raise

    with ThreadPoolExecutor(len(devices)) as pool:
        lives = [pool.submit(live, device) for device in devices]
        with suppress(BrokenBarrierError):
            barrier.wait()
            begun = time.perf_counter()
            for _ in acts:
                barrier.wait()
        spent = time.perf_counter() - begun
        for each in lives:
            each.result()
    return spent


def _floor(texts: Sequence[Sequence[str]]) -> float:
    """The same with a server that only keeps rows and sends them."""
    with tempfile.TemporaryDirectory(prefix="taizhang-floor-") as folder:
        kept = Path(folder) / "floor.db"
        floor.fill(kept, [])
        with serving(floor.NAME, {floor.FILE: str(kept)}) as port:
            clients = [(Link(port), "\n".join(each).encode()) for each in texts]
            return _at_once(clients, _post_all, _get_all)


def _post_all(client: tuple[Link, bytes]) -> None:
    client[0].post("/rows", client[1])


def _get_all(client: tuple[Link, bytes]) -> None:
    if len(client[0].get("/rows")) != DEVICES * ENTRIES:
        raise RuntimeError("the floor lost rows")


def _edited(devices: Sequence[Device]) -> Iterator[Figure]:
    """Each device writes another field of the same hundred customers, none knowing of the rest."""
    customers = sorted(key for kind, key in devices[0].documents if kind == "customer")[:EDITED]
    for device, name in zip(devices, _FIELDS, strict=True):
        for key in customers:
            device.edit("customer", key, {name: f"{device.id}填的"})
    for device in devices:
        device.push()
    lost = 0
    for reader in devices:
        _until_agreed(reader)
        for key in customers:
            _, document = reader.documents["customer", key]
            lost += sum(
                document[name] != f"{device.id}填的"
                for device, name in zip(devices, _FIELDS, strict=True)
            )
    asked = len(devices) * EDITED
    yield Figure(f"edits of {asked} in different fields that do not stand", lost, "edits", 0)


def _numbers(device: Device) -> dict[tuple[str, str], int]:
    return {key: number for key, (number, _) in device.documents.items()}
