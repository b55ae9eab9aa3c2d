"""Web push: notices from the claim to what is written down, by messages a second.

The receiver is a process of its own on the loopback that reads a request and answers 201. The floor
is the same number of bare POSTs of a message's size by httpx, eight side by side, to the same
receiver: without encryption, signature, claim and record.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.bank import ZONE, open_bank
from benchmarks.figure import Figure
from server.config import ChannelSettings
from server.database.doors import in_a_transaction
from server.database.extension import current_session
from server.database.notices import Told, tell_many
from server.domain.access import Actor, Role
from server.push.actions import Subscribe, deliver_next, subscribe
from server.push.sending.senders import Senders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from benchmarks.bank import Bank

_MESSAGES: Final = 800
_SIZE: Final = 700
_TOLD: Final = 5000
_RECEIVER: Final = """
import http.server, socketserver
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def measure() -> Iterator[Figure]:
    """Messages to browsers, and what telling costs more where people have browsers."""
    receiver = subprocess.Popen(
        [sys.executable, "-c", _RECEIVER], stdout=subprocess.PIPE, text=True
    )
    try:
        if receiver.stdout is None:
            raise RuntimeError("the receiver has no output")
        host = f"127.0.0.1:{int(receiver.stdout.readline())}"
        with open_bank(10, 10) as bank:
            yield from _measured(bank, host)
    finally:
        receiver.terminate()
        receiver.wait()


def _measured(bank: Bank, host: str) -> Iterator[Figure]:
    before = bank.alone(lambda: _tell(bank, _TOLD))
    bank.alone(lambda: _subscribe(bank, host))
    after = bank.alone(lambda: _tell(bank, _TOLD))
    yield Figure(
        f"telling {_TOLD} notices with a delivery each",
        after,
        "s",
        limit=4,
        floor=before,
        floor_is="telling as many to who has no browser",
        by_floor=True,
    )
    floor = _bare(host)
    taken = bank.alone(lambda: _deliver(host))
    yield Figure(
        "a message to a browser",
        taken * 1000,
        "ms",
        limit=8,
        floor=floor * 1000,
        floor_is="a bare POST by httpx",
        by_floor=True,
    )
    yield Figure("messages to browsers in a second", 1 / taken, "messages")


def _now() -> dt.datetime:
    return dt.datetime.now(ZONE)


def _officer(bank: Bank) -> Actor:
    return Actor(bank.chief.user_id, "", Role.MANAGER, None, noon(), noon().date(), "web")


def noon() -> dt.datetime:
    """A time of the day at which nobody's quiet hours hold."""
    return _now().replace(hour=12, minute=0, second=0, microsecond=0)


def _subscribe(bank: Bank, host: str) -> None:
    def work(session: Session) -> None:
        point = ec.generate_private_key(ec.SECP256R1()).public_key()
        raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = base64.urlsafe_b64encode(raw).decode(), base64.urlsafe_b64encode(b"a" * 16).decode()
        command = Subscribe(f"http://{host}/push", *keys)
        subscribe(session, _officer(bank), command, [host])

    in_a_transaction(current_session(), work)


def _tell(bank: Bank, number: int) -> float:
    """Seconds to tell so many notices in one transaction."""
    person = bank.chief.user_id or ""
    tellings = [
        Told(person, "conflict_settled", ("loan", bank.loans[0]), noon()) for _ in range(number)
    ]
    begun = time.perf_counter()
    in_a_transaction(current_session(), lambda session: tell_many(session, tellings))
    return time.perf_counter() - begun


def _deliver(host: str) -> float:
    """Seconds a message."""
    senders = Senders(ChannelSettings(push_hosts=(host,)))
    worker = Actor(None, "worker", Role.MANAGER, None, noon(), noon().date(), "job")
    done, begun = 0, time.perf_counter()
    while done < _MESSAGES:
        step = deliver_next(current_session(), worker, senders, noon)
        if not step:
            raise RuntimeError("too few deliveries")
        done += step
    taken = time.perf_counter() - begun
    senders.close()
    return taken / done


def _bare(host: str) -> float:
    """Seconds a bare POST."""
    content = os.urandom(_SIZE)
    with httpx.Client(trust_env=False) as client, ThreadPoolExecutor(8) as pool:

        def post(_number: int) -> int:
            return client.post(f"http://{host}/push", content=content).status_code

        list(pool.map(post, range(50)))
        begun = time.perf_counter()
        answers = list(pool.map(post, range(_MESSAGES)))
        taken = time.perf_counter() - begun
    if set(answers) != {201}:
        raise RuntimeError("the receiver refused")
    return taken / _MESSAGES
