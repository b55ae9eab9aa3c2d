"""The clock against the vectors that the device's clock is held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.clock import Stamp, read_stamp, receive, tick
from sync.errors import Malformed

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "cases" / "clock.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES["texts"], ids=lambda case: str(case["text"]))
def test_a_stamp_has_one_text(case: dict[str, Any]) -> None:
    assert str(Stamp(*case["stamp"])) == case["text"]
    assert read_stamp(case["text"]) == Stamp(*case["stamp"])


@pytest.mark.parametrize("text", CASES["refused"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_stamp(text)


@pytest.mark.parametrize("case", CASES["ticks"], ids=lambda case: str(case["title"]))
def test_ticks(case: dict[str, Any]) -> None:
    assert tick(Stamp(*case["last"]), case["now"]) == Stamp(*case["expected"])


@pytest.mark.parametrize("case", CASES["receives"], ids=lambda case: str(case["title"]))
def test_receives(case: dict[str, Any]) -> None:
    heard = Stamp(*case["heard"])
    assert receive(Stamp(*case["last"]), heard, case["now"]) == Stamp(*case["expected"])
