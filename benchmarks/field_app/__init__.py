"""The field app in a real Chromium that runs four times slower, on 2,000 documents.

`slowing` says how it is made slow, `meter` counts what the first load takes over the wire,
`watching` takes the times on the page itself.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from benchmarks.bank import open_bank
from benchmarks.field_app import watching
from benchmarks.field_app.meter import metered
from benchmarks.field_app.slowing import slowed
from benchmarks.figure import Figure
from benchmarks.sync.portfolio import OFFICER, fill
from benchmarks.sync.site import serving
from tests.browser.tablet import Tablet, tablet_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from benchmarks.field_app.meter import Meter

_DOCUMENTS: Final = 2_000
_TIMES_SLOWER: Final = 4
_FIRST_LOAD_KB: Final = 120
_STORED_MS: Final = 4_000
_UNLOCK_MS: Final = 1_500
_PAGE_MS: Final = 100
_SOON: Final = {"GUNICORN_CMD_ARGS": "--graceful-timeout=2"}
"""A tablet that is gone still waits for news: the server does not wait for it to have any."""
_WORKER_READY: Final = "navigator.serviceWorker.ready.then(ready => ready.active.state)"


def measure() -> Iterator[Figure]:
    """First load, storing, unlocking, and from a tap to a page."""
    with open_bank(0) as bank:
        fill(bank, _DOCUMENTS)
        with (
            serving("server.wsgi:app", {**bank.environment(), **_SOON}) as port,
            metered(port) as meter,
            sync_playwright() as playwright,
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            tablet_at(playwright, Path(folder), f"http://127.0.0.1:{meter.port}") as tablet,
        ):
            yield from _measure(tablet, meter)


def _measure(tablet: Tablet, meter: Meter) -> Iterator[Figure]:
    page = tablet.start()
    yield Figure("first load, compressed", _first_load(tablet, page, meter), "KB", _FIRST_LOAD_KB)
    with slowed(page, _TIMES_SLOWER):
        took = _set_up(page)
        yield Figure(f"set up with {_DOCUMENTS:,} documents", took, "ms", _STORED_MS)
        yield Figure("unlock", _unlock(tablet, page), "ms", _UNLOCK_MS)
        for name, took in watching.medians_of_taps(page).items():
            yield Figure(
                f"tap to paint, {name}", took, "ms", _PAGE_MS if name == "median" else None
            )


def _first_load(tablet: Tablet, page: Page, meter: Meter) -> float:
    """All that comes to a browser that has never been here, until it works without a network."""
    page.goto(f"{tablet.url}/sign-in")
    tablet.sign_in(page, OFFICER)
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto("about:blank")
    meter.received = 0
    page.goto(f"{tablet.url}/field/")
    page.wait_for_url("**/field/start")
    page.evaluate(_WORKER_READY)
    page.wait_for_load_state("networkidle")
    return meter.received / 1024


def _set_up(page: Page) -> float:
    page.fill("#s-name", "平板")
    page.fill("#s-secret", "135791")
    page.fill("#s-again", "135791")
    return watching.until_painted(page, page.get_by_role("button", name="开始使用"), "/field/")


def _unlock(tablet: Tablet, page: Page) -> float:
    page.goto(f"{tablet.url}/field/settings")
    page.get_by_role("button", name="立即锁定").click()
    page.locator("#s-secret").wait_for()
    page.goto(f"{tablet.url}/field/")
    page.fill("#s-secret", "135791")
    return watching.until_painted(page, page.get_by_role("button", name="解锁"), "/field/")
