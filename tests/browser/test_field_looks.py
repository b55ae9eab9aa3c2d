"""The pages of the tablet at hand and at arm's length, in all themes: to be read by everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.browser import outing
from tests.browser.reach import faults_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.outing import Stop
    from tests.browser.tablet import Tablet

_LOOKS: Final = (
    ("zh", "light", "normal", 820),
    ("en", "dark", "larger", 390),
    ("zh", "sunlight", "normal", 390),
)
_LANGUAGES: Final = {"zh": "中文", "en": "English"}


def test_no_page_of_the_tablet_scrolls_sideways_or_shuts_anybody_out(tablet: Tablet) -> None:
    field = tablet.start()
    tablet.set_up(field, "officer4")
    stop = outing.first_stop(field)
    outing.take_in_full(field, stop)
    urls = list(_pages(field, stop))
    found = []
    for language, theme, text, width in _LOOKS:
        _choose(field, tablet.url, language, theme, text)
        for url in urls:
            faults = faults_of(field, f"{tablet.url}{url}", width)
            found += [f"{theme} {language} {width}: {fault}" for fault in faults]
    field.goto(f"{tablet.url}/field/settings")
    field.locator("[action='/field/device/lock'] button").click()
    expect(field.locator("#s-secret")).to_be_visible()
    found += faults_of(field, f"{tablet.url}/field/", 390)
    assert found == []


def _pages(field: Page, stop: Stop) -> Iterator[str]:
    yield from ("/field/", "/field/?show=week", "/field/?arrange=1", "/field/search?q=1")
    yield from ("/field/search?for=pay", "/field/takings", "/field/notices", "/field/sync")
    yield from ("/field/ready", "/field/settings", "/field/customers/new", "/field/nothing")
    yield stop.url
    yield from (f"{stop.url}/{part}" for part in ("visit", "call", "promise", "feedback", "edit"))
    yield from (f"/field/loans/{stop.loan_id}", f"/field/loans/{stop.loan_id}/pay")
    field.goto(f"{field.url.split('/field')[0]}/field/takings")
    receipt = field.locator("a[href^='/field/receipts/']").first.get_attribute("href")
    yield receipt or ""


def _choose(field: Page, url: str, language: str, theme: str, text: str) -> None:
    field.goto(f"{url}/field/settings")
    for name, value in (("language", language), ("theme", theme), ("text_size", text)):
        field.locator(f"[name={name}][value={value}]").check()
    field.locator("form[action='/field/settings'] button[type=submit]").click()
    expect(field.locator(f"html[data-theme={theme}][data-text={text}]")).to_be_attached()
