"""Which of the two languages a page speaks: the person's, else the cookie's, else Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import g, has_request_context, request
from flask_babel import Babel

if TYPE_CHECKING:
    from flask import Flask

LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "language"


def init_language(app: Flask) -> None:
    """Set up the catalogues; message ids are Chinese, so zh needs none."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=current_language, default_locale="zh")
    app.add_template_global(current_language, "current_language")


def current_language() -> str:
    """`zh` or `en`."""
    if not has_request_context():
        return "zh"
    chosen = getattr(g, "language", None) or request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else "zh"


def read_language(chosen: str) -> str | None:
    """The language a form asks for (`zh`, `zh-CN`, `en`); None for any other."""
    code = chosen.partition("-")[0]
    return code if code in LANGUAGES else None
