"""Field templates rendered by the server, for the pages that must come before a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask, current_app
from flask_babel import get_translations

from server.field.environment import Speech, field_environment
from server.web.language import current_language

_KEY: Final = "taizhang-field-environment"


def init_field_templates(app: Flask) -> None:
    """Make the environment of the field templates beside the app's own."""
    app.extensions[_KEY] = field_environment(lambda: _speech(app))


def render_field(name: str, context: Mapping[str, Any]) -> str:
    """The page as HTML; `context` is JSON. Raises what Jinja2 raises for a missing name."""
    html: str = current_app.extensions[_KEY].get_template(name).render(context)
    return html


def _speech(app: Flask) -> Speech:
    translations = get_translations()
    asset: Callable[[str], str] = app.jinja_env.globals["asset"]  # type: ignore[assignment]
    return Speech(
        language=current_language(),
        zone=str(app.config["TIMEZONE"]),
        translate=translations.ugettext,
        translate_count=translations.ungettext,
        asset=asset,
    )
