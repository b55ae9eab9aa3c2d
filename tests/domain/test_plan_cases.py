"""The table of cases for plans and arrears, asked as the auditor asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.domain.calculator.plans import AREAS

CASES = Path(__file__).parents[1] / "cases"


def _cases() -> list[Any]:
    return [
        pytest.param(area, case, id=case["id"])
        for area in AREAS
        for case in json.loads((CASES / f"{area}.json").read_text("utf-8"))
    ]


@pytest.mark.parametrize(("area", "case"), _cases())
def test_the_calculator_answers_each_case_to_the_fen(area: str, case: dict[str, Any]) -> None:
    assert AREAS[area](case["input"]) == case["expected"]
