"""The table of cases for reminders, quiet hours and holidays, asked as the auditor asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.domain.calculator.desk import calculate
from server.domain.calculator.reminders import AREAS
from server.domain.errors import Invalid

CASES = Path(__file__).parents[1] / "cases"
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("reminder", {"due_on": "2024-02-30", "offsets": [0]}, "due_on", "date"),
    ("reminder", {"due_on": "2024-02-29"}, "offsets", "missing"),
    ("reminder", {"due_on": "2024-02-29", "offsets": ["1"]}, "offsets", "type"),
    ("reminder", {"due_on": "2024-02-29", "offsets": [True]}, "offsets", "type"),
    ("reminder", {"due_on": "2024-02-29", "offsets": [4000]}, "offsets", "too_large"),
    ("reminder", {"due_on": "9999-12-31", "offsets": [1]}, "due_on", "date"),
    (
        "quiet",
        {"planned_local": "2024-03-15T25:00", "blocked_from": "22:00", "blocked_to": "08:00"},
        "planned_local",
        "date",
    ),
    (
        "quiet",
        {"planned_local": "2024-03-15T23:00Z", "blocked_from": "22:00", "blocked_to": "08:00"},
        "planned_local",
        "date",
    ),
    (
        "quiet",
        {"planned_local": "2024-03-15T23:00", "blocked_from": "late", "blocked_to": "08:00"},
        "blocked_from",
        "time",
    ),
    (
        "quiet",
        {"planned_local": "9999-12-31T23:00", "blocked_from": "22:00", "blocked_to": "08:00"},
        "planned_local",
        "date",
    ),
    ("holiday", {"due_on": "2024-02-10", "rule": "MAYBE"}, "rule", "unknown"),
    ("holiday", {"due_on": "2024-02-10", "rule": "NONE", "holidays": [1]}, "holidays", "type"),
    ("holiday", {"due_on": "9999-12-31", "rule": "NEXT_WORKDAY",
                 "holidays": ["9999-12-31"]}, "due_on", "date"),
]  # fmt: skip


def _cases() -> list[Any]:
    return [
        pytest.param(area, case, id=case["id"])
        for area in AREAS
        for case in json.loads((CASES / f"{area}.json").read_text("utf-8"))
    ]


@pytest.mark.parametrize(("area", "case"), _cases())
def test_the_calculator_answers_each_case(area: str, case: dict[str, Any]) -> None:
    assert calculate(area, case["input"]) == case["expected"]


@pytest.mark.parametrize(("area", "asked", "field", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_reckoned_is_refused(
    area: str, asked: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        calculate(area, asked)
    assert (refused.value.field, refused.value.reason) == (field, reason)
