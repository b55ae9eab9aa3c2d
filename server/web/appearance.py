"""How pages look on this browser: theme and text size, kept in cookies of the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

if TYPE_CHECKING:
    from flask import Flask

THEMES: Final = ("auto", "light", "dark", "sunlight")
TEXT_SIZES: Final = ("normal", "large", "larger")
THEME_COOKIE: Final = "theme"
TEXT_COOKIE: Final = "text_size"


def init_appearance(app: Flask) -> None:
    """Offer `theme` and `text_size` to every template."""
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    return {
        "theme": known(request.cookies.get(THEME_COOKIE), THEMES),
        "text_size": known(request.cookies.get(TEXT_COOKIE), TEXT_SIZES),
    }


def known(chosen: str | None, values: tuple[str, ...]) -> str:
    """The chosen value, or the first (usual) one when it is none of them."""
    return chosen if chosen in values else values[0]
