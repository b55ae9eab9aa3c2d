"""What people do at a desk again and again, in words the journeys share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from server.demo.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page


NAVIGATION: Final = "#navigation a"


def sign_in(page: Page, username: str) -> None:
    """Sign in as one of the demo bank's staff, whoever was signed in before."""
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("#navigation")).to_be_attached()


def choose(page: Page, *, language: str = "zh", theme: str = "light") -> None:
    """Set language and theme as the menus on top would."""
    token = page.locator("[name=csrf_token]").first.input_value()
    headers = {"Referer": page.url}
    tongue: dict[str, str | float | bool] = {"csrf_token": token, "language": language}
    look: dict[str, str | float | bool] = {"csrf_token": token, "theme": theme, "text": "normal"}
    assert page.request.post("/preferences/language", form=tongue, headers=headers).ok
    assert page.request.post("/preferences/appearance", form=look, headers=headers).ok


def open_first(page: Page, url: str) -> str:
    """Open the first record of a list and answer its address."""
    page.goto(url)
    page.locator("[data-row-link]").first.click()
    expect(page.locator(".breadcrumb")).to_be_visible()
    return page.url


def record_payment(page: Page, loan_url: str, yuan: str) -> str:
    """Record a payment on a loan and answer the address of its receipt."""
    page.goto(loan_url)
    page.get_by_role("link", name="记录还款", exact=True).click()
    page.get_by_label("还款金额").fill(yuan)
    page.get_by_role("button", name="记录还款").click()
    expect(page.get_by_role("heading", name="还款收据")).to_be_visible()
    return page.url
