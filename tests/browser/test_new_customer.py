"""A new customer comes to the counter and leaves with a loan; two people meet at one record."""

from __future__ import annotations

import re
from secrets import randbelow

from playwright.sync_api import Page, expect

from server.domain.identity import check_character
from tests.browser.desk import open_first, sign_in

# Another number each time, so that the journey can be walked again on a ledger that runs on.
_SEVENTEEN = f"33010219900307{randbelow(1000):03d}"


def test_a_new_customer_is_checked_while_typed_kept_on_error_and_given_a_planned_loan(
    page: Page,
) -> None:
    right = check_character(_SEVENTEEN)
    wrong = str((int(right) + 1) % 10) if right.isdigit() else "1"
    sign_in(page, "officer1")
    page.goto("/customers")
    page.get_by_role("link", name="新建个人客户").click()

    page.get_by_label("姓名", exact=False).first.fill("欧阳若兰")
    page.get_by_label("身份证号").fill(_SEVENTEEN + wrong)
    expect(page.locator("#f-id_no-check .check--bad")).to_be_visible()
    page.get_by_label("身份证号").fill(_SEVENTEEN + right)
    expect(page.locator("#f-id_no-check .check--good")).to_contain_text("1990-03-07")
    page.get_by_role("button", name="登记客户").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    expect(page.get_by_label("姓名", exact=False).first).to_have_value("欧阳若兰")

    page.get_by_label("号码或账号").first.fill("13900001234")
    page.get_by_role("button", name="登记客户").click()
    expect(page.locator("h1")).to_contain_text("欧阳若兰")
    expect(page.locator("#content")).not_to_contain_text("13900001234")

    page.get_by_role("link", name="登记贷款").first.click()
    page.get_by_label("贷款产品").select_option(label="个人消费贷款")
    page.get_by_label("贷款金额").fill("120000")
    expect(page.locator("#f-principal-capitals")).to_contain_text("壹拾贰万元整")
    page.get_by_label("年利率").fill("7.2")
    page.get_by_label("还款方式").select_option(label="等额本息")
    page.locator("#f-periods").fill("12")
    page.get_by_role("button", name="计算还款计划").click()
    expect(page.locator("#preview")).to_contain_text("共 12 期")
    page.get_by_role("button", name="登记贷款").click()

    expect(page).to_have_url(re.compile(r"/loans/[0-9a-f-]{36}"))
    expect(page.locator(".head__note")).to_contain_text("欧阳若兰")


def test_two_people_at_one_customer_are_shown_both_versions_and_nothing_is_lost(
    page: Page, colleague: Page
) -> None:
    sign_in(page, "officer1")
    customer = open_first(page, "/customers?kind=person")
    page.goto(f"{customer}/edit")
    sign_in(colleague, "manager1")
    colleague.goto(f"{customer}/edit")

    page.get_by_label("职业").fill("果园主")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#content")).to_contain_text("果园主")
    colleague.get_by_label("职业").fill("茶叶店主")
    colleague.get_by_role("button", name="保存").click()

    expect(colleague.locator("#content")).to_contain_text("您填写的内容还没有保存")
    expect(colleague.locator("#content")).to_contain_text("果园主")
    colleague.locator(".choice--box", has_text="茶叶店主").click()
    colleague.get_by_role("button", name="按所选保存").click()
    expect(colleague.locator("#content")).to_contain_text("茶叶店主")
