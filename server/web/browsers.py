"""What a browser says of itself, as people know it: `Chrome · Windows`."""

from __future__ import annotations

from typing import Final

_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("HarmonyOS", "HarmonyOS"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Name browser and system; an unknown one shows the beginning of what it sent.

    The order counts: nearly every browser also claims to be those further down.
    """
    names = [_first(agent, _BROWSERS), _first(agent, _SYSTEMS)]
    return " · ".join(filter(None, names)) or agent[:60]


def _first(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in known if mark in agent), "")
