"""Which Chromium the journeys run in."""

from __future__ import annotations

import os
import shutil
from typing import Final

import pytest

_PROGRAMS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def browser_program() -> str:
    """Find the browser: CHROMIUM, else a usual name. Fails when there is none."""
    given = os.environ.get("CHROMIUM")
    found = given or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if not found:
        pytest.fail("Chromium is missing: run `make test` once as root, or name it in CHROMIUM.")
    return found
