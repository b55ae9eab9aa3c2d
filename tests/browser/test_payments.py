"""Money comes in, is receipted, and is taken back where it was a mistake."""

from __future__ import annotations

from secrets import randbelow

from playwright.sync_api import Page, expect

from server.domain.chinese.amounts import capitals
from server.domain.chinese.names import name_pinyin
from tests.browser.desk import open_first, record_payment, sign_in

_OVERDUE = "/loans?bucket=overdue"


def test_an_officer_finds_a_customer_by_initials_records_a_payment_and_prints_the_receipt(
    page: Page,
) -> None:
    sign_in(page, "officer1")
    loan_url = open_first(page, _OVERDUE)
    contract_no = page.locator("h1").inner_text()
    name = page.locator(".head__note a").inner_text()

    page.locator("[data-search]").fill(name_pinyin(name).initials)
    page.locator("[data-search]").press("Enter")
    page.locator(f"#content [data-label='姓名'] a:text-is('{name}')").first.click()
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator(f"#content a:text-is('{contract_no}')").first).to_be_visible()

    # Another amount each time: the same again on one day would be asked about as a double entry.
    fen = 101_01 + randbelow(800_00)
    yuan = f"{fen // 100}.{fen % 100:02d}"
    record_payment(page, loan_url, yuan)
    expect(page.locator(".receipt")).to_contain_text(f"人民币 {yuan} 元")
    expect(page.locator(".receipt")).to_contain_text(capitals(fen))
    receipt_no = page.locator(".receipt__number").inner_text().split()[-1]

    page.evaluate("window.print = () => document.body.setAttribute('data-printed', '')")
    page.get_by_role("button", name="打印").click()
    expect(page.locator("body[data-printed]")).to_be_attached()
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".receipt")).to_be_visible()
    page.emulate_media(media="screen")

    page.get_by_role("link", name="回到贷款").click()
    page.get_by_role("link", name="经过").click()
    expect(page.locator("#content")).to_contain_text(yuan)
    page.goto(f"/repayments?q={receipt_no}")
    expect(page.locator("[data-row-link]")).to_have_text([receipt_no])


def test_an_officer_takes_back_an_own_entry_of_the_day_with_a_reason(page: Page) -> None:
    sign_in(page, "officer1")
    record_payment(page, open_first(page, f"{_OVERDUE}&sort=-contract_no"), "45.67")
    page.get_by_role("link", name="冲正").click()

    page.get_by_role("button", name="冲正 45.67 元").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    page.get_by_label("冲正原因").fill("记到了另一位客户名下")
    page.get_by_role("button", name="冲正 45.67 元").click()

    expect(page.locator(".receipt")).to_contain_text("已冲正作废")


def test_another_persons_entry_is_taken_back_only_when_a_reviewer_agrees(page: Page) -> None:
    sign_in(page, "officer1")
    receipt = record_payment(page, open_first(page, f"{_OVERDUE}&sort=-balance"), "66.60")
    receipt_no = page.locator(".receipt__number").inner_text().split()[-1]

    sign_in(page, "manager1")
    page.goto(receipt)
    page.get_by_role("link", name="冲正").click()
    page.get_by_label("冲正原因").fill("客户要求退回，已电话核实")
    page.get_by_role("button", name="提交申请").click()
    page.goto("/reversal-requests")
    own = page.locator(".card", has_text=receipt_no)
    expect(own).to_contain_text("须由另一位同事审批")

    sign_in(page, "reviewer1")
    page.goto("/reversal-requests")
    waiting = page.locator(".card", has_text=receipt_no)
    waiting.get_by_role("button", name="同意并冲正").click()
    page.goto(receipt)
    expect(page.locator(".receipt")).to_contain_text("已冲正作废")
