"""Every main page at four widths, in both languages and all themes: to be read by everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.desk import NAVIGATION, choose, open_first, sign_in
from tests.browser.reach import faults_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

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
    found = [fault for url in urls for fault in faults_of(page, url, width)]
    # The language is the person's, kept for the next journey.
    choose(page)
    assert found == []


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
