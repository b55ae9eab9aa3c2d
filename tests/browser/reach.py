"""Whether everybody can read a page: the rules of axe, and no scrolling sideways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AXE: Final = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_WIDTHS: Final = (320, 390, 820, 1440)
_HEIGHT: Final = 900
_TALLEST: Final = 12_000


def faults_of(page: Page, url: str, width: int) -> list[str]:
    """Say what shuts somebody out of a page: axe at `width`, scrolling sideways at any width."""
    page.goto(url)
    found = [fault for each in _WIDTHS for fault in _wider_than_the_screen(page, each)]
    # Axe takes what lies under a bar that sticks to the screen's edge for covered, so it looks
    # at the page as if the whole of it fitted on the screen.
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height, _TALLEST)})
    return [f"{url}: {fault}" for fault in found + _shut_out(page)]


def _wider_than_the_screen(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"at {width} px it is {over} px too wide"] if over > 0 else []


def _shut_out(page: Page) -> list[str]:
    page.evaluate(_AXE.read_text())
    answer = page.evaluate(
        "rules => axe.run({runOnly: rules, resultTypes: ['violations']})", _RULES
    )
    return [
        f"{violation['id']} at {violation['nodes'][0]['target']}"
        for violation in answer["violations"]
    ]
