"""What an officer does on a tablet at a customer's, in words the journeys share."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from secrets import randbelow
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from server.domain.identity import check_character

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

    from tests.browser.tablet import Tablet

_SYNC_MS: Final = 45_000
_JPEG: Final = """async hue => {
  const canvas = new OffscreenCanvas(640, 480);
  const brush = canvas.getContext("2d");
  brush.fillStyle = `hsl(${hue} 70% 50%)`;
  brush.fillRect(0, 0, 640, 480);
  const blob = await canvas.convertToBlob({ type: "image/jpeg" });
  return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}"""
_DEVICE: Final = """() => new Promise(done => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = event => done(event.data.device);
  navigator.serviceWorker.controller.postMessage({ ask: "listening" }, [port2]);
})"""


@dataclass(frozen=True, slots=True)
class Stop:
    """A customer of today's sheet who has a phone and owes on one loan; `due` in fen."""

    name: str
    customer_id: str
    loan_id: str
    due: int

    @property
    def yuan(self) -> str:
        """What is due, as one types it."""
        return f"{self.due // 100}.{self.due % 100:02d}"

    @property
    def told(self) -> str:
        """What is due, as a table shows it."""
        return f"{self.due // 100:,}.{self.due % 100:02d}"

    @property
    def url(self) -> str:
        """The customer's page on the tablet."""
        return f"/field/customers/{self.customer_id}"


def first_stop(page: Page, skip: int = 0) -> Stop:
    """Answer a customer of the sheet that shows, one who can be rung up and owes on one loan."""
    stops = page.locator(".stop").filter(has=page.locator("a[href^='tel:']"))
    stops = stops.filter(has=page.get_by_role("button", name="全额收到"))
    stop = stops.filter(has_not=page.locator(".due ~ .due")).nth(skip)
    form = stop.locator("form[action$='/paid']")
    address = stop.locator(".stop__name").get_attribute("href") or ""
    return Stop(
        stop.locator(".stop__name").inner_text(),
        address.rpartition("/")[2],
        (form.get_attribute("action") or "").split("/")[-2],
        int(form.locator("[name=seen]").input_value()),
    )


def take_in_full(page: Page, stop: Stop) -> None:
    """One tap on today's sheet."""
    form = page.locator(f"form[action='/field/loans/{stop.loan_id}/paid']")
    form.get_by_role("button", name="全额收到").click()
    expect(page.locator(".just")).to_contain_text(stop.name)


def photo(page: Page, hue: int) -> FilePayload:
    """Draw a JPEG as a camera would hand over, another one for each hue."""
    drawn = base64.b64decode(page.evaluate(_JPEG, hue))
    return {"name": f"photo-{hue}.jpg", "mimeType": "image/jpeg", "buffer": drawn}


def visit(page: Page, customer_url: str, findings: str, photos: list[FilePayload]) -> None:
    """Write down a visit with its photos."""
    page.goto(f"{customer_url}/visit")
    page.get_by_label("看到什么").fill(findings)
    page.locator("[data-photo-input]").set_input_files(photos)
    expect(page.locator("[data-photos] .photo__picture")).to_have_count(len(photos))
    page.get_by_role("button", name="保存走访").click()
    expect(page.locator("main")).to_contain_text("已记下，有网络时自动同步")


def log_feedback(page: Page, customer_url: str, said: str) -> None:
    """Write down what the customer said."""
    page.goto(f"{customer_url}/feedback")
    page.locator("[name=kind]").first.check()
    page.locator("[name=category]").first.check()
    page.get_by_label("客户怎么说").fill(said)
    page.get_by_role("button", name="记下反馈").click()
    expect(page.locator("main")).to_contain_text("已记下，有网络时自动同步")


def register(page: Page, url: str, name: str) -> None:
    """Register a new customer with an ID number that nobody else has."""
    seventeen = (
        f"330102198{randbelow(10)}0{1 + randbelow(9)}{10 + randbelow(18)}{randbelow(1000):03d}"
    )
    page.goto(f"{url}/field/customers/new")
    page.get_by_label("姓名", exact=False).first.fill(name)
    page.get_by_label("身份证号码").first.fill(seventeen + check_character(seventeen))
    page.get_by_label("手机").fill(any_mobile())
    page.get_by_role("button", name="保存新客户").click()
    expect(page.locator("main")).to_contain_text("新客户已保存在本机")


def change_phone(page: Page, customer_url: str, number: str) -> str:
    """Give the customer's first number another value; answers the one before."""
    page.goto(f"{customer_url}/edit")
    field = page.locator("[name^='contact.'][name$='.value']").first
    before = field.input_value()
    field.fill(number)
    page.get_by_role("button", name="保存修改").click()
    expect(page.locator("main")).to_contain_text("已记下，有网络时自动同步")
    return before


def any_mobile() -> str:
    """Another number each time, so that a journey can be walked again."""
    return f"139{randbelow(10**8):08d}"


def sign_in_again(tablet: Tablet, page: Page, username: str) -> None:
    """After the sign-in lapsed: the pill asks for another, the tablet stays unlocked."""
    page.goto(f"{tablet.url}/field/sync")
    page.get_by_role("button", name="现在同步").click()
    page.get_by_role("link", name="重新登录", exact=True).click(timeout=_SYNC_MS)
    tablet.sign_in(page, username)
    page.wait_for_url(f"{tablet.url}/field/")


def synchronise(page: Page, url: str) -> None:
    """Press the button and wait until nothing is left to send."""
    page.goto(f"{url}/field/sync")
    with page.expect_response("**/field/device/sync", timeout=_SYNC_MS):
        page.get_by_role("button", name="现在同步").click()
    expect(page.locator("#sync-pill")).to_contain_text("已同步", timeout=_SYNC_MS)


def device_id(page: Page) -> str:
    """Answer what the ledger calls this tablet."""
    found: str = page.evaluate(_DEVICE)
    return found
