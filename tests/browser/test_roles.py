"""Each of the six roles signs in and finds its own ways, and closed doors elsewhere."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import NAVIGATION, sign_in

_BUSINESS = {"今日", "客户", "贷款", "还款记录"}
_HOUSE = {"员工", "机构管理", "字段"}


@pytest.mark.parametrize(
    ("username", "sees", "never", "closed"),
    [
        ("officer1", _BUSINESS | {"反馈"}, _HOUSE | {"审计记录"}, "/admin/audit"),
        ("reviewer1", _BUSINESS | {"反馈"}, _HOUSE | {"审计记录"}, "/admin/users"),
        ("risk", _BUSINESS | {"反馈"}, _HOUSE | {"审计记录"}, "/customers/new"),
        ("manager1", _BUSINESS | {"反馈", "审计记录"}, _HOUSE, "/admin/users"),
        ("admin", _HOUSE | {"产品", "参数", "审计记录"}, {"客户", "贷款"}, "/customers"),
        ("auditor", _BUSINESS | {"审计记录"}, _HOUSE | {"反馈"}, "/customers/new"),
    ],
)
def test_a_role_sees_its_ways_and_meets_closed_doors_elsewhere(
    page: Page, username: str, sees: set[str], never: set[str], closed: str
) -> None:
    sign_in(page, username)
    shown = {
        text.strip()
        for text in page.locator(f"{NAVIGATION} > span:first-of-type").all_inner_texts()
    }
    assert sees <= shown
    assert not never & shown
    for url in page.locator(NAVIGATION).evaluate_all("links => links.map(link => link.href)"):
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == HTTPStatus.OK, url
    answer = page.goto(closed)
    assert answer is not None
    assert answer.status == HTTPStatus.FORBIDDEN


def test_an_auditor_reads_a_loan_but_is_offered_no_change(page: Page) -> None:
    sign_in(page, "auditor")
    page.goto("/loans")
    page.locator("[data-row-link]").first.click()
    expect(page.get_by_role("link", name="打印计划")).to_be_visible()
    expect(page.get_by_role("link", name="记录还款")).to_have_count(0)
    page.goto("/customers")
    expect(page.get_by_role("link", name="新建个人客户")).to_have_count(0)
