"""The built front end: logical names to hashed files, and sending these, compressed where taken.

The build lays compressed forms beside each text file: the worker's script is 240 KB, over a slow
link at a customer's site that is a minute, compressed it is a quarter of it.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import current_app, request, send_from_directory, url_for

if TYPE_CHECKING:
    from flask import Flask, Response

BUILD_DIR: Final = Path(__file__).resolve().parents[2] / "static" / "build"
_FORMS: Final = (("br", ".br"), ("gzip", ".gz"))
_EXTENSION: Final = "taizhang-assets"
_MISSING: Final = "the front end is not built: run `make build`"


def init_assets(app: Flask) -> None:
    """Offer `asset(name)` to the templates; hashed files may be kept for a year."""
    manifest_path = BUILD_DIR / "manifest.json"
    names: dict[str, str] = json.loads(manifest_path.read_text()) if manifest_path.exists() else {}
    if not names:
        app.logger.warning(_MISSING)
    app.extensions[_EXTENSION] = names
    app.add_template_global(asset_url, "asset")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000
    app.add_url_rule("/static/<path:filename>", "static", send_built)


def send_built(filename: str) -> Response:
    """Send a built file in the smallest form that the browser takes; 404 for what is not built."""
    for encoding, ending in _FORMS:
        taken = request.accept_encodings.quality(encoding) > 0
        if taken and (BUILD_DIR / f"{filename}{ending}").is_file():
            answer = send_from_directory(
                BUILD_DIR, f"{filename}{ending}", mimetype=mimetypes.guess_type(filename)[0]
            )
            answer.headers["Content-Encoding"] = encoding
            break
    else:
        answer = send_from_directory(BUILD_DIR, filename)
    answer.vary.add("Accept-Encoding")
    return answer


def asset_url(name: str) -> str:
    """The URL of a built file by its logical name."""
    return url_for("static", filename=asset_file(name) or name)


def asset_file(name: str) -> str | None:
    """The file in `BUILD_DIR` with this logical name; None when it is not built."""
    names: dict[str, str] = current_app.extensions[_EXTENSION]
    return names.get(name)
