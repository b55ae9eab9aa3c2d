"""Times taken on the page itself: from a tap until what it asked for has been painted."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_ROUNDS: Final = 8
_PAINTED: Final = """() => {
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  const tapped = Number(sessionStorage.getItem("tapped"));
  return painted ? performance.timeOrigin + painted.startTime - tapped : null;
}"""
# Links of the field app fetch their page and swap it in. The frame that first finds another
# content in place is painted when the next task after it runs.
_TAP: Final = """link => new Promise(done => {
  const old = document.querySelector("main");
  const begun = performance.now();
  const look = () => {
    const fresh = document.querySelector("main");
    if (!fresh || fresh === old) return requestAnimationFrame(look);
    const after = new MessageChannel();
    after.port1.onmessage = () => done(performance.now() - begun);
    after.port2.postMessage(0);
  };
  link.click();
  requestAnimationFrame(look);
})"""
_TAPS: Final = {
    "a customer": ".stop__name",
    "a visit": ".act[href$='/visit']",
    "back": ".app-top__back",
    "a loan": ".due__contract",
    "the search": ".tabbar__place[href='/field/search']",
    "takings": ".tabbar__place[href='/field/takings']",
    "today with every customer overdue": ".tabbar__place[href='/field/']",
}


def until_painted(page: Page, button: Locator, path: str) -> float:
    """Milliseconds from a tap on the button until another page, at `path`, shows something."""
    button.evaluate(
        "button => { sessionStorage.setItem('tapped', performance.timeOrigin + performance.now());"
        " button.click(); }"
    )
    page.wait_for_url(lambda url: url.endswith(path), timeout=120_000)
    page.locator(".stop").first.wait_for()
    took: float = page.evaluate(_PAINTED)
    return took


def medians_of_taps(page: Page) -> dict[str, float]:
    """Medians of some walks through the pages, each alone and (`median`) all together."""
    taken: dict[str, list[float]] = {name: [] for name in _TAPS}
    for _ in range(_ROUNDS):
        for name, selector in _TAPS.items():
            taken[name].append(_tap(page, selector))
    together = statistics.median([took for each in taken.values() for took in each])
    return {name: statistics.median(each) for name, each in taken.items()} | {"median": together}


def _tap(page: Page, selector: str) -> float:
    link = page.locator(selector).first
    link.wait_for()
    page.wait_for_timeout(100)
    took: float = link.evaluate(_TAP)
    return took
