"""Where the built front end lies: logical names to hashed files, read once from the manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import current_app, url_for

if TYPE_CHECKING:
    from flask import Flask

BUILD_DIR: Final = Path(__file__).resolve().parents[2] / "static" / "build"
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


def asset_url(name: str) -> str:
    """The URL of a built file by its logical name."""
    return url_for("static", filename=asset_file(name) or name)


def asset_file(name: str) -> str | None:
    """The file in `BUILD_DIR` with this logical name; None when it is not built."""
    names: dict[str, str] = current_app.extensions[_EXTENSION]
    return names.get(name)
