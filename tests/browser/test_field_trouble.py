"""What goes wrong on a tablet: each is answered plainly, and what was typed is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.browser import outing
from tests.browser.desk import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.tablet import Tablet
    from tests.browser.wire import Wire

_SMALL_DISK: Final = 4_000_000
_FILL_UP: Final = """async () => {
  const opened = indexedDB.open("ballast", 1);
  const asked = request => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  opened.onupgradeneeded = () => opened.result.createObjectStore("stones", { autoIncrement: true });
  const database = await asked(opened);
  const put = size => new Promise(done => {
    const writing = database.transaction("stones", "readwrite", { durability: "strict" });
    writing.objectStore("stones").add(crypto.getRandomValues(new Uint8Array(size)));
    writing.oncomplete = () => done(true);
    writing.onabort = () => done(false);
  });
  for (const size of [60_000, 6_000, 600]) while (await put(size));
  database.close();
}"""


def test_ten_wrong_pins_clear_the_tablet_and_what_waited_is_handed_in_after_setting_up_again(
    tablet: Tablet, wire: Wire
) -> None:
    field = tablet.start()
    tablet.set_up(field, "officer5")
    stop = outing.first_stop(field)
    wire.cut()
    outing.take_in_full(field, stop)
    field.goto(f"{tablet.url}/field/settings")
    field.get_by_role("button", name="立即锁定").click()
    for left in range(9, 0, -1):
        tablet.unlock(field, "864209")
        expect(field.locator("[data-gap=left]")).to_have_text(str(left))
    tablet.unlock(field, "864209")
    expect(field.locator("main")).to_contain_text("连续输错 10 次，这台设备上的客户资料已清除")
    expect(field.locator("main")).to_contain_text("还有 1 条没有交给服务器的记录")

    wire.mend()
    field.goto(f"{tablet.url}/field/start")
    tablet.fill_start(field, "864203")
    outing.synchronise(field, tablet.url)
    field.goto(f"{tablet.url}/field/takings")
    expect(field.locator("main")).to_contain_text(stop.name)
    field.goto(tablet.url + stop.url)
    expect(field.locator(".timeline li", has_text=stop.told)).to_have_count(1)


def test_where_storage_is_full_what_was_typed_stays_in_sight_and_goes_in_when_there_is_room(
    tablet: Tablet,
) -> None:
    field = tablet.start()
    room = field.context.new_cdp_session(field)
    small = {"origin": tablet.url, "quotaSize": _SMALL_DISK}
    room.send("Storage.overrideQuotaForOrigin", small)
    tablet.set_up(field, "officer5")
    visit = f"{tablet.url}{outing.first_stop(field).url}/visit"
    field.goto(visit)
    field.get_by_label("看到什么").fill("手续费收了两次")
    picture = outing.photo(field, 60)
    field.evaluate(_FILL_UP)
    field.locator("[data-photo-input]").set_input_files([picture])
    expect(field.locator(".toast--bad")).to_contain_text("没有成功，您填写的内容都还在")
    field.get_by_role("button", name="保存走访").click()
    expect(field.get_by_role("heading", name="存储空间不够")).to_be_visible()
    expect(field.locator("main")).to_contain_text("手续费收了两次")

    room.send("Storage.overrideQuotaForOrigin", {"origin": tablet.url})
    field.get_by_role("button", name="再试一次").click()
    expect(field.locator("main")).to_contain_text("已记下，有网络时自动同步")
    expect(field.locator(".timeline")).to_contain_text("手续费收了两次")


def test_a_photo_that_is_no_picture_is_refused_and_the_visit_keeps_its_words(
    tablet: Tablet,
) -> None:
    field = tablet.start()
    tablet.set_up(field, "officer5")
    field.goto(f"{tablet.url}{outing.first_stop(field).url}/visit")
    field.get_by_label("看到什么").fill("库房里存货不多")
    words = b"\xff\xd8\xffthis is no picture at all"
    picture = field.locator("[data-photo-input]")
    picture.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": words})
    expect(field.locator(".toast--bad")).to_contain_text("这个文件不是照片")
    picture.set_input_files([outing.photo(field, 90)])
    expect(field.locator("[data-photos] .photo__picture")).to_have_count(1)
    expect(field.get_by_label("看到什么")).to_have_value("库房里存货不多")
    field.get_by_role("button", name="保存走访").click()
    expect(field.locator(".timeline")).to_contain_text("库房里存货不多")


def test_over_a_slow_link_that_loses_a_third_all_of_it_arrives_once(
    tablet: Tablet, wire: Wire, page: Page
) -> None:
    field = tablet.start()
    tablet.set_up(field, "officer2")
    stop = outing.first_stop(field)
    wire.cut()
    outing.take_in_full(field, stop)
    findings = f"门店照常营业{outing.any_mobile()[3:]}"
    outing.visit(field, tablet.url + stop.url, findings, [outing.photo(field, 130)])
    outing.log_feedback(field, tablet.url + stop.url, "利率能不能低一点")

    wire.bytes_a_second, wire.lost_share = 2_500, 0.3
    wire.mend()
    outing.synchronise(field, tablet.url)
    sign_in(page, "reviewer1")
    page.goto(f"/customers/{stop.customer_id}")
    booked = page.get_by_role("table", name="最近还款").locator("tr", has_text=stop.told)
    expect(booked).to_have_count(1)
    visits = page.locator("#content tr", has_text=findings)
    expect(visits).to_have_count(1)
    visits.get_by_role("link").first.click()
    expect(page.locator("#content img")).to_have_js_property("naturalWidth", 640)
