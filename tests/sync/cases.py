"""The test cases that Python and TypeScript share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parents[1] / "cases"


def read_cases(name: str) -> Any:
    """What stands in `tests/cases/<name>.json`."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
