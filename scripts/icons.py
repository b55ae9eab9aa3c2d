"""Draw the app's icons (static/icons/icon-*.png) from static/icons/seal.svg with Chromium.

Run again after the seal changed: `.venv/bin/python scripts/icons.py`.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

ICONS: Final = Path(__file__).resolve().parents[1] / "static" / "icons"
SAFE: Final = 0.72
"""How much of a maskable icon the seal fills: a launcher may cut a circle of 80 %."""


def main() -> None:
    """Write the pictures."""
    seal = (ICONS / "seal.svg").read_text()
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=program, chromium_sandbox=os.geteuid() != 0
        )
        for name, size, picture in (
            ("icon-192.png", 192, seal),
            ("icon-512.png", 512, seal),
            ("icon-maskable.png", 512, bled(seal)),
            ("icon-apple.png", 180, bled(seal)),
        ):
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>*{{margin:0}}svg{{display:block;width:100vw}}</style>{picture}"
            )
            page.screenshot(path=ICONS / name, omit_background=True)
        browser.close()


def bled(seal: str) -> str:
    """The seal with its red to every edge and its sign in the middle."""
    match = re.fullmatch(r"(<svg[^>]*>)<rect[^>]*fill=\"([^\"]*)\"[^>]*/>(.*)</svg>\s*", seal)
    if match is None:
        raise SystemExit("the seal is no longer a square and a sign")
    head, red, sign = match.groups()
    moved = f'<g transform="translate(16 16) scale({SAFE}) translate(-16 -16)">{sign}</g>'
    return f'{head}<rect width="32" height="32" fill="{red}"/>{moved}</svg>'


if __name__ == "__main__":
    main()
