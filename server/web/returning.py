"""Going back to where a person came from, and never to another site."""

from __future__ import annotations

import re
from typing import Final

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

_LOCAL: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]{0,2000}")
"""A path of this site. Browsers read `//host`, `/\\host` and `/<tab>/host` as another site."""

HOME: Final = "/"


def local_path(target: str | None) -> str:
    """`target` when it is a page of this site that can be opened by a link, else the home page."""
    if not target or not _LOCAL.fullmatch(target):
        return HOME
    path = target.partition("?")[0].partition("#")[0]
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return HOME
    except HTTPException:
        return HOME
    return target
