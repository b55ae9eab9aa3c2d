"""Tablets that are taken back or lost, and a customer who changes hands while two are away."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Playwright, expect

from tests.browser import outing
from tests.browser.desk import sign_in
from tests.browser.tablet import Tablet, tablet_at
from tests.browser.wire import Wire, wire_to

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.outing import Stop
    from tests.browser.site import Site

_SYNCHRONISE = """navigator.serviceWorker.controller.postMessage({ ask: "sync", why: "button" })"""
_REPLICAS = """indexedDB.databases().then(all =>
  all.map(one => one.name).filter(name => name.includes("replica")))"""


def test_a_revoked_tablet_hands_in_what_it_had_is_wiped_and_a_person_lets_it_count(
    tablet: Tablet, wire: Wire, page: Page
) -> None:
    field, stop = _taken_away_with_a_payment(tablet, wire, "officer3")
    _revoke(page, outing.device_id(field), "access")
    wire.mend()
    _synchronise_to_the_end(field)
    expect(field.locator("main")).to_contain_text("这台设备已被管理员停用，客户资料已清除")
    assert field.evaluate(_REPLICAS) == []

    sign_in(page, "manager2")
    page.goto("/conflicts")
    waiting = page.locator("tr", has_text=stop.name).filter(has_text="陈静")
    expect(waiting).to_have_count(1)
    waiting.get_by_role("link").click()
    expect(page.locator("#content")).to_contain_text(stop.told)
    page.get_by_role("button", name="采用", exact=True).click()
    expect(page.locator("body")).to_contain_text("已处理，结果会送到记录人的设备")
    page.goto(f"/customers/{stop.customer_id}")
    booked = page.get_by_role("table", name="最近还款").locator("tr", has_text=stop.told)
    expect(booked).to_have_count(1)


def test_a_lost_tablet_is_wiped_and_nothing_is_taken_from_it(
    tablet: Tablet, wire: Wire, page: Page
) -> None:
    field, stop = _taken_away_with_a_payment(tablet, wire, "officer4")
    _revoke(page, outing.device_id(field), "lost")
    wire.mend()
    _synchronise_to_the_end(field)
    expect(field.locator("main")).to_contain_text("这台设备已报失，客户资料已清除")
    expect(field.locator("main")).to_contain_text("还有 1 条没有交给服务器的记录")
    assert field.evaluate(_REPLICAS) == []
    page.goto("/conflicts")
    expect(page.locator("tr", has_text=stop.name)).to_have_count(0)
    page.goto(f"/customers/{stop.customer_id}")
    expect(page.locator("#content")).not_to_contain_text("待确认的外勤还款")


def test_a_customer_who_changes_hands_while_both_are_away_keeps_what_both_wrote(
    tablet: Tablet, wire: Wire, page: Page, playwright: Playwright, tmp_path: Path, site: Site
) -> None:
    address = urlsplit(site.url)
    with (
        wire_to(address.hostname or "", address.port or 80) as other_wire,
        tablet_at(playwright, tmp_path / "other", other_wire.url) as other,
    ):
        field, stop = _taken_away_with_a_payment(tablet, wire, "officer1")
        second = other.start()
        other.set_up(second, "officer2")
        own = outing.first_stop(second)
        other_wire.cut()
        outing.take_in_full(second, own)
        _hand_over(page, stop, "刘洋")

        other_wire.mend()
        outing.synchronise(second, other.url)
        second.goto(f"{other.url}/field/notices")
        expect(second.locator(".tolds")).to_contain_text("有新客户转到您名下")
        outing.log_feedback(second, other.url + stop.url, "想改到每月十五日还")
        outing.synchronise(second, other.url)

        wire.mend()
        outing.synchronise(field, tablet.url)
        field.goto(f"{tablet.url}/field/notices")
        expect(field.locator(".tolds")).to_contain_text("客户已转给别的客户经理")
        field.goto(tablet.url + stop.url)
        expect(field.get_by_role("heading", name="找不到")).to_be_visible()
        field.goto(f"{tablet.url}/field/sync")
        expect(field.locator(".waits")).to_contain_text("这位客户已转给别的客户经理")

        page.goto("/conflicts")
        held = page.locator("tr", has_text=stop.name).filter(has_text=stop.told)
        held.get_by_role("link").click()
        page.get_by_role("button", name="确认入账").click()
        expect(page.locator("body")).to_contain_text("已入账，收据号")
        outing.synchronise(field, tablet.url)
        field.goto(f"{tablet.url}/field/notices")
        expect(field.locator(".tolds")).to_contain_text("待审核的还款已入账")
        outing.synchronise(second, other.url)
        second.goto(other.url + stop.url)
        expect(second.locator(".timeline")).to_contain_text(stop.told)
        expect(second.locator(".timeline")).to_contain_text("想改到每月十五日还")


def _taken_away_with_a_payment(tablet: Tablet, wire: Wire, username: str) -> tuple[Page, Stop]:
    field = tablet.start()
    tablet.set_up(field, username)
    stop = outing.first_stop(field)
    wire.cut()
    outing.take_in_full(field, stop)
    return field, stop


def _revoke(page: Page, device: str, kind: str) -> None:
    sign_in(page, "manager2")
    page.goto("/devices")
    page.locator(f"[commandfor='revoke-{device}'][command='show-modal']").click()
    dialog = page.locator(f"#revoke-{device}")
    dialog.locator(f"[name=kind][value={kind}]").check()
    dialog.get_by_label("原因").fill("平板没有带回来")
    dialog.get_by_role("button", name="确认停用").click()
    expect(page.locator("body")).to_contain_text("设备已停用")


def _synchronise_to_the_end(field: Page) -> None:
    field.goto(f"{field.url.split('/field')[0]}/field/sync")
    # The page that opens may have synchronised, and with it been wiped, before one could tap; then
    # it is being loaded anew just now.
    with suppress(Error):
        field.evaluate(_SYNCHRONISE)
    expect(field.get_by_role("heading", name="解锁")).to_be_visible(timeout=30_000)


def _hand_over(page: Page, stop: Stop, to: str) -> None:
    sign_in(page, "manager1")
    page.goto(f"/customers?q={stop.name}")
    page.locator(f"[name=ids][value='{stop.customer_id}']").check()
    page.get_by_label("交给客户经理").select_option(label=to)
    page.get_by_label("未结清的贷款一并移交").check()
    page.get_by_role("button", name="更换客户经理").click()
    expect(page.locator("body")).to_contain_text("位客户已更换客户经理")
