"""What every journey stands on: the running ledger, Chromium, and a page that watches itself.

A page fails its test when a script threw, the console showed an error (a broken content security
policy shows as one) or anything was asked of another machine. A failed journey leaves a picture in
test-results/.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browser.program import browser_program
from tests.browser.site import Site, running_site
from tests.browser.tablet import Tablet, tablet_at
from tests.browser.wire import Wire, wire_to

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_HERE: Final = Path(__file__).parent
_PICTURES: Final = Path("test-results")
_FAILED: Final = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m browser` finds it."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember on the test that it failed, for the picture."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The ledger with the demo bank, one for the session; SITE_URL names one that runs already."""
    if running_url := os.environ.get("SITE_URL"):
        yield Site(running_url, _HERE)
        return
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives every browser of the session."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, which resolves no name and so reaches loopback alone."""
    browser = playwright.chromium.launch(
        executable_path=browser_program(),
        # Chromium refuses its sandbox to root, as whom a continuous integration often runs.
        chromium_sandbox=os.geteuid() != 0,
        args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    )
    yield browser
    browser.close()


@pytest.fixture
def page(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page of a desk: signed out, zh-CN, Shanghai time, 1440 by 900, addresses relative."""
    with _opened(chromium, site, request) as opened:
        yield opened


@pytest.fixture
def colleague(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page of a second person, at a browser of their own."""
    with _opened(chromium, site, request) as opened:
        yield opened


@pytest.fixture
def plain_page(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page whose browser runs no JavaScript."""
    with _opened(chromium, site, request, java_script_enabled=False) as opened:
        yield opened


@pytest.fixture
def wire(site: Site) -> Iterator[Wire]:
    """What lies between the tablet and the ledger."""
    address = urlsplit(site.url)
    with wire_to(address.hostname or "", address.port or 80) as wire:
        yield wire


@pytest.fixture
def tablet(playwright: Playwright, tmp_path: Path, wire: Wire) -> Iterator[Tablet]:
    """A tablet that nobody has used."""
    with tablet_at(playwright, tmp_path / "profile", wire.url) as tablet:
        yield tablet


@contextmanager
def _opened(
    chromium: Browser,
    site: Site,
    request: pytest.FixtureRequest,
    *,
    java_script_enabled: bool = True,
) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=site.url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1440, "height": 900},
        java_script_enabled=java_script_enabled,
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults = _watch(page, site)
    yield page
    if request.node.stash.get(_FAILED, False):
        _PICTURES.mkdir(exist_ok=True)
        name = f"{request.node.name}-{len(list(_PICTURES.glob(request.node.name + '*')))}"
        page.screenshot(path=_PICTURES / f"{name}.png", full_page=True)
    context.close()
    assert faults == []


def _watch(page: Page, site: Site) -> list[str]:
    """Gather what must not happen on a page, as it happens."""
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A refused form answers 422 and a hidden customer 404: the journeys look at those.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url),
    )
    return faults
