"""A tablet of an officer: set up, locked and unlocked, killed, cut off, updated, signed out."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.tablet import PIN, Tablet
from tests.browser.wire import Wire

_SYNCED = re.compile("已同步")


def _pay_in_full(page: Page) -> str:
    """Take the first payment of the sheet with one tap and give the customer's name."""
    first = page.locator(".stop", has=page.get_by_role("button", name="全额收到")).first
    name = first.locator(".stop__name").inner_text()
    first.get_by_role("button", name="全额收到").first.click()
    expect(page.locator(".just")).to_contain_text(name)
    return name


def test_a_payment_taken_without_a_network_outlives_the_battery_and_arrives_once(
    tablet: Tablet, wire: Wire
) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer1")
    expect(page.locator("#sync-pill")).to_contain_text(_SYNCED)
    wire.cut()
    name = _pay_in_full(page)
    tablet.kill()

    page = tablet.start()
    page.goto(f"{tablet.url}/field/")
    expect(page.get_by_role("heading", name="解锁")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(name)
    tablet.unlock(page, "975310")
    expect(page.get_by_role("alert")).to_contain_text("9")
    tablet.unlock(page)
    expect(page.get_by_role("heading", name="今日收款")).to_be_visible()
    page.goto(f"{tablet.url}/field/sync")
    expect(page.locator(".waits")).to_contain_text(name)

    # The sign-in ended with the browser: the queue waits for another one and then goes on.
    wire.mend()
    page.get_by_role("button", name="现在同步").click()
    page.get_by_role("link", name="重新登录", exact=True).click(timeout=60_000)
    tablet.sign_in(page, "officer1")
    page.wait_for_url(f"{tablet.url}/field/")
    expect(page.locator("#sync-pill")).to_contain_text(_SYNCED, timeout=30_000)
    page.goto(f"{tablet.url}/field/takings")
    expect(page.locator("main")).to_contain_text(name)


def test_a_worker_that_the_browser_stopped_goes_on_without_a_pin(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer2")
    stopper = page.context.new_cdp_session(page)
    stopper.send("ServiceWorker.enable")
    stopper.send("ServiceWorker.stopAllWorkers")
    page.goto(f"{tablet.url}/field/search")
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_a_locked_tablet_shows_nothing_in_any_tab_until_it_is_unlocked(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer2")
    other = tablet.open_tab()
    other.goto(f"{tablet.url}/field/search")
    expect(other.get_by_role("searchbox")).to_be_visible()
    page.goto(f"{tablet.url}/field/settings")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.get_by_role("heading", name="解锁")).to_be_visible()
    expect(other.get_by_role("heading", name="解锁")).to_be_visible()
    tablet.unlock(other)
    expect(other.get_by_role("searchbox")).to_be_visible()


def test_a_form_posted_while_locked_is_taken_after_unlocking(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer2")
    first = page.locator(".stop", has=page.get_by_role("button", name="全额收到")).first
    name = first.locator(".stop__name").inner_text()
    form = first.locator("form", has=page.get_by_role("button", name="全额收到")).first
    held = form.evaluate("form => form.outerHTML")
    page.goto(f"{tablet.url}/field/settings")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.get_by_role("heading", name="解锁")).to_be_visible()
    # A page that the system froze before the lock posts what it showed.
    page.locator("main").evaluate(
        "(main, held) => { main.innerHTML = held; main.querySelector('form').submit(); }", held
    )
    expect(page.locator("body")).to_contain_text("刚才填写的内容会接着保存")
    tablet.unlock(page)
    expect(page.locator(".just")).to_contain_text(name)


def test_signing_out_waits_for_what_is_unsent_and_leaves_nothing(
    tablet: Tablet, wire: Wire
) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer3")
    page.goto(f"{tablet.url}/field/settings")
    wire.cut()
    other = tablet.open_tab()
    other.goto(f"{tablet.url}/field/")
    _pay_in_full(other)
    page.get_by_role("button", name="退出并清除本机资料").click()
    expect(page.get_by_role("heading", name="还有没交上去的记录")).to_be_visible(timeout=90_000)
    wire.mend()
    page.wait_for_timeout(10_500)  # the entry can be undone for ten seconds
    page.get_by_role("button", name="同步后退出").click()
    page.wait_for_url("**/sign-in", timeout=60_000)
    assert page.evaluate("indexedDB.databases().then(all => all.map(one => one.name))") == [
        "taizhang-device"
    ]


def test_two_officers_share_a_tablet_and_neither_sees_the_other(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer1")
    page.goto(f"{tablet.url}/field/search?q=1")
    page.context.clear_cookies()
    page.goto(f"{tablet.url}/field/start")
    tablet.sign_in(page, "officer3")
    page.wait_for_url("**/field/start")
    tablet.fill_start(page, "864203")
    tablet.kill()
    page = tablet.start()
    page.goto(f"{tablet.url}/field/")
    expect(page.get_by_text("张伟")).to_be_visible()
    page.get_by_text("陈静").click()
    tablet.unlock(page, PIN)
    expect(page.get_by_role("alert")).to_be_visible()
    tablet.unlock(page, "864203")
    expect(page.get_by_role("heading", name="今日收款")).to_be_visible()
    page.goto(f"{tablet.url}/field/settings")
    expect(page.locator("main")).to_contain_text("陈静")


def test_another_persons_sign_in_sends_nothing_until_the_right_one_is_back(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer2")
    name = _pay_in_full(page)
    page.context.clear_cookies()
    page.goto(f"{tablet.url}/sign-in")
    tablet.sign_in(page, "officer3")
    page.wait_for_timeout(10_500)  # the entry can be undone for ten seconds
    page.goto(f"{tablet.url}/field/sync")
    expect(page.locator(".waits")).to_contain_text(name)
    page.get_by_role("link", name="重新登录", exact=True).click(timeout=60_000)
    tablet.sign_in(page, "officer2")
    page.wait_for_url("**/field/")
    expect(page.locator("#sync-pill")).to_contain_text(_SYNCED, timeout=30_000)


def test_the_app_can_be_installed(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer4")
    session = page.context.new_cdp_session(page)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each for each in errors if each["errorId"] != "in-incognito"] == []
    manifest = page.request.get(f"{tablet.url}/manifest.webmanifest").json()
    assert manifest["id"] == "/field/"
    pictures = [each["src"] for each in (*manifest["icons"], *manifest["screenshots"])]
    assert all(page.request.get(tablet.url + source).ok for source in pictures)
