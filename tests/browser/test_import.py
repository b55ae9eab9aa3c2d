"""A manager brings the bank's own ledger in from a workbook."""

from __future__ import annotations

from secrets import randbelow

from playwright.sync_api import Page, expect

from tests.browser.desk import sign_in
from tests.server.intake.sheets import ledger_row, workbook

_WORKER_MS = 60_000
"""How long the worker may take to find a file and go through it."""


def test_a_manager_maps_previews_and_imports_a_workbook_and_takes_the_refused_rows_home(
    page: Page,
) -> None:
    first = 100 + randbelow(10_000) * 3
    good, other = ledger_row(first), ledger_row(first + 1)
    bad = ledger_row(first + 2, 放款日期="2026-02-30")
    sign_in(page, "manager1")
    page.get_by_role("link", name="导入").first.click()
    page.locator("#f-file").set_input_files(
        {
            "name": "旧台账.xlsx",
            "mimeType": "application/octet-stream",
            "buffer": workbook([good, other, bad]),
        }
    )
    page.get_by_role("button", name="上传并查看").click()

    expect(page.locator("h1")).to_have_text("对应列")
    expect(page.locator("#content")).not_to_contain_text(good[1])
    page.get_by_label("没有写产品的行按").select_option(index=1)
    page.get_by_role("button", name="保存并预览").click()

    start = page.get_by_role("button", name="开始导入")
    expect(start).to_be_visible(timeout=_WORKER_MS)
    expect(page.locator("#content")).to_contain_text("没有这一天")
    start.click()

    expect(page.locator("#content")).to_contain_text("导入完成", timeout=_WORKER_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载不能导入的行").click()
    assert download.value.path().read_bytes().startswith(b"PK")
    page.goto(f"/search?q={good[3]}")
    expect(page.locator("#content")).to_contain_text(good[0])
