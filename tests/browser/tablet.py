"""An officer's tablet: a Chromium with a profile on the disk, to be killed and started again."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Browser, Page, Playwright, expect

from server.demo.people import PASSWORD
from tests.browser.program import browser_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIN: Final = "135791"
_START_SECONDS: Final = 20
_SIZE: Final = (820, 1180)


class Tablet:
    """One browser with one profile; `url` is where the ledger is for it."""

    def __init__(self, playwright: Playwright, profile: Path, url: str) -> None:
        self._playwright = playwright
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None
        self.url = url
        self.faults: list[str] = []

    def start(self) -> Page:
        """Switch it on and open a page: nothing but what lies on its disk is left."""
        port_file = self._profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                browser_program(),
                "--headless=new",
                "--remote-debugging-port=0",
                f"--user-data-dir={self._profile}",
                f"--window-size={_SIZE[0]},{_SIZE[1]}",
                "--lang=zh-CN",
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "Asia/Shanghai"},
        )
        address = f"http://127.0.0.1:{_port_in(port_file)}"
        self._browser = self._playwright.chromium.connect_over_cdp(address)
        context = self._browser.contexts[0]
        context.set_default_timeout(15_000)
        page = context.pages[0] if context.pages else context.new_page()
        self._watch(page)
        return page

    def kill(self) -> None:
        """The battery is empty: no goodbye to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._browser = None

    def open_tab(self) -> Page:
        """Another tab of the same browser."""
        assert self._browser is not None
        page = self._browser.contexts[0].new_page()
        self._watch(page)
        return page

    def sign_in(self, page: Page, username: str) -> None:
        """Sign in on the way to where the page was going."""
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")

    def set_up(self, page: Page, username: str, pin: str = PIN) -> None:
        """From nothing to today's sheet: sign in, choose a PIN, wait for the documents."""
        page.goto(f"{self.url}/field/")
        page.wait_for_url("**/sign-in?**")
        self.sign_in(page, username)
        page.wait_for_url("**/field/start")
        self.fill_start(page, pin)

    def fill_start(self, page: Page, pin: str = PIN) -> None:
        """The set-up page of a person who is signed in."""
        page.fill("#s-name", "红色平板")
        page.fill("#s-secret", pin)
        page.fill("#s-again", pin)
        page.get_by_role("button", name="开始使用").click()
        page.wait_for_url("**/field/", timeout=60_000)
        expect(page.get_by_role("heading", name="今日收款")).to_be_visible()

    def unlock(self, page: Page, pin: str = PIN) -> None:
        """Type the PIN on the unlock page."""
        page.fill("#s-secret", pin)
        page.get_by_role("button", name="解锁").click()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.faults.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )


@contextmanager
def tablet_at(playwright: Playwright, profile: Path, url: str) -> Iterator[Tablet]:
    """A tablet for as long as the block runs; a script that threw fails it."""
    tablet = Tablet(playwright, profile, url)
    try:
        yield tablet
    finally:
        tablet.kill()
    assert tablet.faults == []


def _port_in(file: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        lines = file.read_text().splitlines() if file.exists() else []
        if lines and lines[0].isdecimal():
            return int(lines[0])
        time.sleep(0.05)
    raise RuntimeError("Chromium did not start")
