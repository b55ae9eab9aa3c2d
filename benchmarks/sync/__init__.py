"""Synchronising, over real HTTP on loopback with real gunicorn processes, each against a floor.

`benchmarks.sync.floor` says what the floor does and leaves out. A model device (`device`, `link`)
speaks the protocol as the worker in the browser does; `portfolio` is what its officer holds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from benchmarks.bank import open_bank
from benchmarks.figure import Figure
from benchmarks.sync import pulling, pushing, together
from benchmarks.sync.link import sign_in
from benchmarks.sync.portfolio import OFFICER, fill
from benchmarks.sync.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE: Final = 10_000
SMALL: Final = 1_000
_APP: Final = "server.wsgi:app"


def measure() -> Iterator[Figure]:
    """The small portfolio first: what twenty devices do, and what a hundred changes weigh."""
    with open_bank(0) as bank:
        fill(bank, SMALL)
        with serving(_APP, bank.environment()) as port:
            cookie = sign_in(port, OFFICER)
            small, _ = pulling.delta(bank, port, cookie)
            yield from together.measure(bank, port, cookie)
    with open_bank(0) as bank:
        begun = time.perf_counter()
        fill(bank, LARGE)
        yield Figure(f"making a portfolio of {LARGE:,}", time.perf_counter() - begun, "s")
        with serving(_APP, bank.environment()) as port:
            cookie = sign_in(port, OFFICER)
            yield from pulling.measure_first(bank, port, cookie)
            yield from pulling.measure_delta(bank, port, cookie, small)
            yield from pushing.measure(bank, port, cookie)
