"""Reading works in a browser that runs no script."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.desk import open_first, sign_in


def test_lists_a_customer_and_a_loan_are_read_without_javascript(plain_page: Page) -> None:
    page = plain_page
    sign_in(page, "officer1")
    page.goto("/customers")
    page.locator("#customers-sort-name").click()
    expect(page.locator("[data-row-link]").first).to_be_visible()
    page.goto("/loans")
    page.get_by_label("逾期", exact=True).select_option("overdue")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(".row--bad").first).to_be_visible()

    page.locator("[data-row-link]").first.click()
    for tab in ("对账单", "经过", "合同"):
        page.get_by_role("link", name=tab).click()
        expect(page.locator(".card").first).to_be_visible()
    open_first(page, "/customers")
    expect(page.get_by_role("heading", name="基本资料")).to_be_visible()
    expect(page.locator("[data-needs-script]:visible")).to_have_count(0)
