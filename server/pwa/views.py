"""The manifest of the app and the script of its service worker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, abort, current_app
from flask_babel import gettext as _

from server.web.assets import asset_file, asset_url, send_built
from server.web.doors import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("pwa", __name__)

SCOPE: Final = "/field/"
_INK: Final = "#12312d"
_PAPER: Final = "#f6f4ee"


@blueprint.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """The worker's script: never from a cache, or an update would come a day late."""
    script = asset_file("sw.js")
    if script is None:
        abort(404)
    answer = send_built(script)
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Service-Worker-Allowed"] = SCOPE
    return answer


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """What a browser installs."""
    body = json.dumps(_manifest(), ensure_ascii=False)
    answer = Response(body, mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "max-age=3600"
    return answer


def _manifest() -> dict[str, Any]:
    return {
        "id": SCOPE,
        "start_url": SCOPE,
        # Signing in again lies outside /field/ and must not leave the app's window.
        "scope": "/",
        "name": _("%(bank)s · 台账外勤", bank=current_app.config["BANK_NAME"]),
        "short_name": _("台账"),
        "description": _("没有网络也能查客户、收款、记走访，连上网络自动同步。"),
        "lang": "zh-CN",
        "dir": "ltr",
        "display": "standalone",
        "orientation": "any",
        "background_color": _PAPER,
        "theme_color": _INK,
        "categories": ["finance", "business"],
        "icons": [
            _icon("icon-192.png", "192x192", "any"),
            _icon("icon-512.png", "512x512", "any"),
            _icon("icon-maskable.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            _shortcut(_("今日收款"), "/field/"),
            _shortcut(_("收款"), "/field/search?for=pay"),
            _shortcut(_("找客户"), "/field/search"),
            _shortcut(_("日结"), "/field/takings"),
        ],
        "screenshots": [_screenshot()],
    }


def _icon(name: str, sizes: str, purpose: str) -> dict[str, str]:
    return {"src": asset_url(name), "sizes": sizes, "type": "image/png", "purpose": purpose}


def _shortcut(name: str, url: str) -> dict[str, Any]:
    return {"name": name, "url": url, "icons": [_icon("icon-192.png", "192x192", "any")]}


def _screenshot() -> dict[str, str]:
    return {
        "src": asset_url("screenshot-field.png"),
        "sizes": "390x844",
        "type": "image/png",
        "form_factor": "narrow",
        "label": _("今日收款"),
    }
