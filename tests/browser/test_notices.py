"""Notices reach a tablet by push, are opened without a network, put off and done with."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import expect

from tests.browser.desk import sign_in
from tests.browser.outing import first_stop, synchronise
from tests.browser.pushing import Pushes, payload, tell_person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.site import Site
    from tests.browser.tablet import Tablet
    from tests.browser.wire import Wire

_BODY: Final = "到期 3 笔、逾期 1 笔。"
_TODAY: Final = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
_DIGEST: Final = {"due": 3, "overdue": 1, "promised": 0, "complaints": 0, "tasks": 0, "sum": 123456}
# The browser has no push service here: what it would answer is put in its place.
_SUBSCRIBING: Final = """point => {
  const subscription = {
    endpoint: "https://push.example.com/send/1",
    options: { userVisibleOnly: true },
    toJSON() {
      const keys = { p256dh: point, auth: "AAAAAAAAAAAAAAAAAAAAAA" };
      return { endpoint: this.endpoint, expirationTime: null, keys };
    },
    async unsubscribe() { sessionStorage.removeItem("made"); return true; },
  };
  const made = () => (sessionStorage.getItem("made") ? subscription : null);
  PushManager.prototype.subscribe = async () => {
    sessionStorage.setItem("made", "1");
    return subscription;
  };
  PushManager.prototype.getSubscription = async () => made();
}"""


def test_a_digest_shows_its_words_and_a_press_opens_the_list_offline_too(
    tablet: Tablet, wire: Wire, site: Site
) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer1")
    notice = tell_person(
        site, "officer1", "due_digest", about_on=_TODAY.isoformat(), params=_DIGEST
    )
    pushes = Pushes(page, tablet.url)
    pushes.deliver(payload(notice, "今天的工作", _BODY))
    (shown,) = pushes.shown()
    assert (shown["title"], shown["body"], shown["tag"]) == ("今天的工作", _BODY, notice)
    assert shown["requireInteraction"] is False
    # The push brought the notice with it.
    page.goto(f"{tablet.url}/field/notices")
    expect(page.locator(f"#n-{notice}")).to_contain_text("到期 3 笔", timeout=30_000)
    wire.cut()
    pushes.press(notice)
    page.wait_for_url(f"{tablet.url}/field/")
    expect(page.get_by_role("heading", name="今日收款")).to_be_visible()
    page.goto(f"{tablet.url}/field/notices")
    expect(page.locator(f"#n-{notice}")).not_to_have_class(re.compile("tolds__fresh"))
    wire.mend()


def test_the_same_notice_again_is_one_notification_and_an_urgent_one_stays(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer1")
    pushes = Pushes(page, tablet.url)
    for words in ("一次", "两次"):
        pushes.deliver(
            payload("019d0000-0000-7000-8000-000000000001", "逾期提醒", words, urgent=True)
        )
    page.wait_for_timeout(500)
    (shown,) = pushes.shown()
    assert (shown["body"], shown["requireInteraction"]) == ("两次", True)


def test_a_push_that_cannot_be_read_says_that_there_is_a_notice(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer1")
    pushes = Pushes(page, tablet.url)
    pushes.deliver("{not json")
    (shown,) = pushes.shown()
    assert shown["title"] == "您有一条新通知"
    pushes.press("taizhang")
    page.wait_for_url(f"{tablet.url}/field/")


def test_a_press_while_locked_goes_on_to_the_page_after_unlocking(
    tablet: Tablet, site: Site
) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer2")
    stop = first_stop(page)
    notice = tell_person(
        site,
        "officer2",
        "due_soon",
        ("loan", stop.loan_id),
        customer_id=stop.customer_id,
        params={"name": stop.name, "contract_no": "X-0012", "due_on": _TODAY.isoformat()},
    )
    synchronise(page, tablet.url)
    pushes = Pushes(page, tablet.url)
    page.goto(f"{tablet.url}/field/settings")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.get_by_role("heading", name="解锁")).to_be_visible()
    pushes.deliver(payload(notice, "还款提醒", f"{stop.name[0]}* 尾号 0012"))
    pushes.shown()
    pushes.press(notice, "open")
    page.wait_for_url(f"{tablet.url}/field/notices/{notice}")
    expect(page.get_by_role("heading", name="解锁")).to_be_visible()
    tablet.unlock(page)
    page.wait_for_url(f"{tablet.url}/field/loans/{stop.loan_id}")


def test_what_is_pressed_reaches_the_ledger_also_when_it_was_pressed_while_locked(
    tablet: Tablet, site: Site, page: Page
) -> None:
    field = tablet.start()
    tablet.set_up(field, "officer3")
    later, done = (
        tell_person(site, "officer3", "customer_given", params={"name": name})
        for name in ("甲乙丙", "丁戊己")
    )
    synchronise(field, tablet.url)
    pushes = Pushes(field, tablet.url)
    pushes.deliver(payload(later, "有新客户转到您名下", "甲*"))
    pushes.shown()
    pushes.press(later, "snooze")
    _expect_in_box(field, tablet.url, "snoozed", later)
    field.goto(f"{tablet.url}/field/settings")
    field.get_by_role("button", name="立即锁定").click()
    expect(field.get_by_role("heading", name="解锁")).to_be_visible()
    pushes.deliver(payload(done, "有新客户转到您名下", "丁*"))
    pushes.shown()
    pushes.press(done, "done")
    tablet.unlock(field)
    _expect_in_box(field, tablet.url, "done", done)
    field.wait_for_timeout(10_500)  # an entry can be undone for ten seconds
    synchronise(field, tablet.url)
    sign_in(page, "officer3")
    for box, name in (("snoozed", "甲乙丙"), ("done", "丁戊己")):
        page.goto(f"/notices?box={box}")
        expect(page.locator("#told")).to_contain_text(name)


def test_permission_is_asked_from_a_button_after_an_explanation(tablet: Tablet, site: Site) -> None:
    page = tablet.start()
    page.add_init_script(f"({_SUBSCRIBING})({json.dumps(_point())})")
    tablet.set_up(page, "officer4")
    offer = page.locator("[data-push='offer']")
    expect(offer).to_contain_text("锁屏上不显示证件号码")
    page.context.grant_permissions(["notifications"], origin=tablet.url)
    offer.get_by_role("button", name="打开提醒").click()
    expect(offer).to_be_hidden()
    page.goto(f"{tablet.url}/field/settings")
    card = page.locator("#push")
    expect(card.get_by_text("这台设备会收到提醒")).to_be_visible()
    card.get_by_role("button", name="给我发一条测试通知").click()
    expect(card.get_by_text("已发出")).to_be_visible()
    page.goto(f"{tablet.url}/account/notices")
    expect(page.locator("main")).to_contain_text("外勤设备")
    page.goto(f"{tablet.url}/field/settings")
    card.get_by_role("button", name="这台设备不再提醒").click()
    expect(card.get_by_role("button", name="打开提醒")).to_be_visible()


def test_the_offer_can_be_put_away_for_good(tablet: Tablet) -> None:
    page = tablet.start()
    tablet.set_up(page, "officer5")
    page.locator("[data-push='offer']").get_by_role("button", name="以后再说").click()
    expect(page.locator("[data-push='offer']")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-push='offer']")).to_have_count(0)


def test_the_desk_puts_off_and_is_done_with_the_keyboard(page: Page, site: Site) -> None:
    for name in ("张一", "张二", "张三"):
        tell_person(site, "manager1", "customer_given", params={"name": name})
    sign_in(page, "manager1")
    expect(page.locator("#navigation a[href='/notices'] .count")).not_to_have_text("0")
    page.goto("/notices")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bulk = page.locator("#told-bulk")
    expect(bulk.locator("[data-bulk-count]")).to_have_text("2")
    bulk.get_by_role("button", name="完成").click()
    expect(page.locator("#notices")).to_contain_text("已完成 2 条通知")
    row = page.locator("#told tbody tr").first
    name = row.locator("td").nth(1).inner_text()
    row.get_by_role("button", name="完成", exact=True).click()
    expect(page.locator("#told")).not_to_contain_text(name)
    expect(page).to_have_url(re.compile("/notices"))


def test_the_desk_works_without_javascript(plain_page: Page, site: Site) -> None:
    tell_person(site, "manager2", "customer_given", params={"name": "李一"})
    sign_in(plain_page, "manager2")
    plain_page.goto("/notices")
    plain_page.locator("#told tbody tr").first.get_by_role(
        "button", name="完成", exact=True
    ).click()
    expect(plain_page.locator("#notices")).to_contain_text("已完成 1 条通知")
    plain_page.goto("/notices?box=done")
    plain_page.locator("[data-select]").first.check()
    plain_page.locator("#told-bulk").get_by_role("button", name="放回待处理").click()
    expect(plain_page.locator("#notices")).to_contain_text("已放回 1 条通知")


def _expect_in_box(page: Page, url: str, box: str, notice: str) -> None:
    """A press is worked on beside the page: look again until it shows."""
    for _ in range(20):
        page.goto(f"{url}/field/notices?box={box}")
        if page.locator(f"#n-{notice}").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"the notice is not in the box {box}")


def _point() -> str:
    """A public point as a browser gives it."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
