"""A day in the field without a network, whole: taken, killed, unlocked, sent, settled, told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser import outing
from tests.browser.desk import record_payment, sign_in
from tests.browser.tablet import Tablet
from tests.browser.wire import Wire

if TYPE_CHECKING:
    from tests.browser.outing import Stop


def test_a_day_without_a_network_arrives_whole_and_once_and_what_collides_is_settled(
    tablet: Tablet, wire: Wire, page: Page
) -> None:
    phones = outing.any_mobile(), outing.any_mobile()
    mark = phones[0][3:]
    findings, said, newcomer = f"苗木长势好{mark}", f"希望到账有短信{mark}", f"欧阳{mark[:2]}"
    field = tablet.start()
    tablet.set_up(field, "officer1")
    stop = outing.first_stop(field)
    customer_url = tablet.url + stop.url

    wire.cut()
    field.context.set_offline(True)
    outing.take_in_full(field, stop)
    outing.visit(field, customer_url, findings, [outing.photo(field, hue) for hue in (20, 200)])
    outing.log_feedback(field, customer_url, said)
    outing.register(field, tablet.url, newcomer)
    outing.change_phone(field, customer_url, phones[0])
    tablet.kill()

    field = tablet.start()
    field.goto(customer_url)
    tablet.unlock(field)
    expect(field.locator("main")).to_contain_text(findings)
    _shows_pictures(field, 2)
    for each in (said, phones[0], "已收"):
        expect(field.locator("main")).to_contain_text(each)
    field.goto(f"{tablet.url}/field/sync")
    expect(field.locator(".waits > li")).to_have_count(5)
    expect(field.locator(".waits")).to_contain_text("2 张照片待上传")
    expect(field.locator(".waits")).to_contain_text(newcomer)

    sign_in(page, "manager1")
    _change_phone_at_the_desk(page, stop, phones[1])
    record_payment(page, f"/loans/{stop.loan_id}", stop.yuan)

    # The sign-in ended with the browser: the queue waits for another and then goes on.
    wire.mend()
    outing.sign_in_again(tablet, field, "officer1")
    outing.synchronise(field, tablet.url)

    sign_in(page, "reviewer1")
    _desk_sees_the_day_once(page, stop, findings, said, newcomer)
    _settle(page, stop, phones)

    outing.synchronise(field, tablet.url)
    field.goto(f"{tablet.url}/field/notices")
    expect(field.locator(".tolds")).to_contain_text("两笔还款已并为一笔")
    settled = field.locator(".tolds > li", has_text="分歧已经处理").first
    expect(settled).to_contain_text(phones[0])
    expect(settled).to_contain_text("已电话核实")
    field.goto(customer_url)
    expect(field.locator(".ways")).to_contain_text(phones[0])


def _shows_pictures(page: Page, count: int) -> None:
    pictures = page.locator(".timeline .photo__picture")
    expect(pictures).to_have_count(count)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("naturalWidth", 640)


def _change_phone_at_the_desk(page: Page, stop: Stop, number: str) -> None:
    page.goto(f"/customers/{stop.customer_id}/edit")
    page.locator("[name='contacts.0.value']").fill(number)
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(f"{page.url.split('/customers')[0]}/customers/{stop.customer_id}")


def _desk_sees_the_day_once(
    page: Page, stop: Stop, findings: str, said: str, newcomer: str
) -> None:
    page.goto(f"/customers/{stop.customer_id}")
    cases = page.locator("#content td a[href^='/feedback/'], #content th a[href^='/feedback/']")
    addresses = {case.get_attribute("href") or "" for case in cases.all()}
    visits = page.locator("#content tr", has_text=findings)
    expect(visits).to_have_count(1)
    visits.get_by_role("link").first.click()
    pictures = page.locator("#content img")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        expect(picture).to_have_js_property("naturalWidth", 640)
    told = [page.request.get(address).text().count(said) > 0 for address in addresses]
    assert told.count(True) == 1
    page.goto(f"/customers?q={newcomer}")
    expect(page.locator("[data-row-link]", has_text=newcomer)).to_have_count(1)


def _settle(page: Page, stop: Stop, phones: tuple[str, str]) -> None:
    """Both values stand there whole; the officer's phone is right, the payment was one."""
    page.goto("/conflicts")
    of_phone = page.locator("tr", has_text=stop.name).filter(has_text="号码")
    expect(of_phone).to_have_count(1)
    of_phone.get_by_role("link").click()
    expect(page.locator(".choice--box", has_text=phones[1])).to_be_visible()
    page.locator(".choice--box", has_text=phones[0]).click()
    page.get_by_label("说明").fill("已电话核实")
    page.get_by_role("button", name="保存决定").click()
    expect(page.locator("body")).to_contain_text("已处理，结果会送到记录人的设备")

    page.goto("/conflicts")
    of_payment = page.locator("tr", has_text=stop.name).filter(has_text=stop.told)
    expect(of_payment).to_have_count(1)
    of_payment.get_by_role("link").click()
    page.get_by_role("button", name="是同一笔，不另入账").click()
    expect(page.locator("body")).to_contain_text("已并为同一笔")
    page.goto(f"/customers/{stop.customer_id}")
    booked = page.get_by_role("table", name="最近还款").locator("tr", has_text=stop.told)
    expect(booked).to_have_count(1)
