"""Every main page at four widths, in both languages and all themes: to be read by everybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.desk import NAVIGATION, choose, open_first, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_AXE: Final = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_WIDTHS: Final = (320, 390, 820, 1440)
_HEIGHT: Final = 900
_TALLEST: Final = 12_000
_SHEETS: Final = ("/account/sessions", "/account/password", "/search?q=zw", "/nothing-here")


@pytest.mark.parametrize(
    ("username", "language", "theme", "width"),
    [
        ("manager1", "zh", "light", 1440),
        ("manager1", "zh", "dark", 820),
        ("manager1", "en", "sunlight", 390),
        ("admin", "en", "dark", 1440),
    ],
)
def test_no_page_scrolls_sideways_or_shuts_anybody_out(
    page: Page, username: str, language: str, theme: str, width: int
) -> None:
    sign_in(page, username)
    urls = list(_main_pages(page, username))
    choose(page, language=language, theme=theme)
    found = [fault for url in urls for fault in _faults(page, url, width)]
    # The language is the person's, kept for the next journey.
    choose(page)
    assert found == []


def _faults(page: Page, url: str, width: int) -> list[str]:
    page.goto(url)
    found = [fault for each in _WIDTHS for fault in _wider_than_the_screen(page, each)]
    # Axe takes what lies under a bar that sticks to the screen's edge for covered, so it looks
    # at the page as if the whole of it fitted on the screen.
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height, _TALLEST)})
    return [f"{url}: {fault}" for fault in found + _shut_out(page)]


def _main_pages(page: Page, username: str) -> Iterator[str]:
    page.goto("/")
    links = page.locator(NAVIGATION)
    yield from [url for url in links.evaluate_all("links => links.map(link => link.href)") if url]
    yield from _SHEETS
    if username == "admin":
        yield from ("/admin/users/new", "/admin/branches/new", "/products/new", "/fields/new")
        return
    customer = open_first(page, "/customers")
    loan = open_first(page, "/loans?bucket=overdue")
    receipt = open_first(page, "/repayments?from=2020-01-01")
    yield from (customer, f"{customer}/edit", "/customers/new", "/customers/new?kind=company")
    yield from (loan, f"{loan}?tab=statement", f"{loan}?tab=events", f"{loan}?tab=terms")
    yield from (f"{loan}/plan", f"{loan}/repayments/new", f"{loan}/prepayment", receipt)
    yield f"/loans/new?customer_id={customer.rpartition('/')[2]}"
    yield from ("/reversal-requests", "/feedback/new")


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
