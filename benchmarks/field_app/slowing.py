"""A browser that runs at a fraction of its speed, worker and storage too.

DevTools slows the page's own thread alone and refuses a service worker, in which this app does
its work. So the processes of the browser are stopped for most of every few milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

_RUN_SECONDS: Final = 0.002
_SLOWED: Final = frozenset({"browser", "renderer", "storage.mojom.StorageService"})


@contextmanager
def slowed(page: Page, times: int) -> Iterator[None]:
    """Let the browser of that page run one moment of `times`, as long as the block runs."""
    browser = page.context.browser
    if browser is None:
        raise RuntimeError("the page has no browser")
    session = browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    processes = [each["id"] for each in told if each["type"] in _SLOWED]
    is_over = threading.Event()
    slowing = threading.Thread(target=_slow, args=(processes, times, is_over))
    slowing.start()
    try:
        yield
    finally:
        is_over.set()
        slowing.join()


def _slow(processes: Sequence[int], times: int, is_over: threading.Event) -> None:
    while not is_over.is_set():
        _tell(processes, signal.SIGSTOP)
        time.sleep(_RUN_SECONDS * (times - 1))
        _tell(processes, signal.SIGCONT)
        time.sleep(_RUN_SECONDS)


def _tell(processes: Sequence[int], wish: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, wish)
