"""Until when something is put off, by the cases that the tablet reads too."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.domain.errors import Invalid
from server.domain.snoozing import snoozed_until

CASES = json.loads((Path(__file__).parents[1] / "cases" / "snoozing.json").read_text())
BANK = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_is_put_off_until(case: dict[str, Any]) -> None:
    now = dt.datetime.fromisoformat(case["now"]).astimezone(BANK)
    on = dt.date.fromisoformat(case["on"]) if case["on"] else None
    if case["until"] is None:
        with pytest.raises(Invalid):
            snoozed_until(case["choice"], now, on)
    else:
        until = dt.datetime.fromisoformat(case["until"])
        assert snoozed_until(case["choice"], now, on) == until
