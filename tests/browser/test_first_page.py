"""A stranger comes to the ledger."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_a_stranger_is_asked_to_sign_in_in_chinese_and_sees_nothing_else(page: Page) -> None:
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("input[type=password]")).to_be_visible()
    expect(page.locator("table")).to_have_count(0)
