"""The table of cases for score, first-payment default, calls and complaints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.calculator.desk import calculate
from server.domain.calculator.risk import AREAS
from server.domain.errors import Invalid

CASES = Path(__file__).parents[1] / "cases"
SOUND: dict[str, Any] = json.loads((CASES / "score.json").read_text("utf-8"))[0]["input"]
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("score", {**SOUND, "current_dpd": -1}, "current_dpd", "too_small"),
    ("score", {**SOUND, "dti": "much"}, "dti", "number"),
    ("score", {**SOUND, "security": "GOLD"}, "security", "unknown"),
    ("score", {**SOUND, "warning": None}, "warning", "missing"),
    ("score", {**SOUND, "impostor_open": 1}, "impostor_open", "type"),
    ("fpd", {"loans": [{"first_due_on": "2024-02-30"}], "as_of": "2024-03-31", "k": 7},
     "first_due_on", "date"),
    ("fpd", {"loans": [], "as_of": "2024-03-31", "k": -1}, "k", "too_small"),
    ("contactlimit", {"attempts": [], "now": "2024-03-15T09:00Z"}, "now", "date"),
    ("contactlimit", {"attempts": [{"number": "1"}], "now": "2024-03-15T09:00"}, "at", "missing"),
    ("complaint", {"received_on": "9999-12-31"}, "received_on", "date"),
    ("complaint", {}, "received_on", "missing"),
]  # fmt: skip


def _cases() -> list[Any]:
    return [
        pytest.param(area, case, id=case["id"])
        for area in AREAS
        for case in json.loads((CASES / f"{area}.json").read_text("utf-8"))
    ]


@pytest.mark.parametrize(("area", "case"), _cases())
def test_the_worked_examples_come_out(area: str, case: dict[str, Any]) -> None:
    assert calculate(area, case["input"]) == case["expected"]


@pytest.mark.parametrize(("area", "asked", "field", "reason"), REFUSED)
def test_bad_input_is_refused_by_field(
    area: str, asked: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        calculate(area, asked)
    assert (refused.value.field, refused.value.reason) == (field, reason)


@given(low=st.integers(0, 400), more=st.integers(0, 400), late=st.integers(0, 12))
def test_more_days_overdue_never_make_a_better_grade(low: int, more: int, late: int) -> None:
    facts = {**SOUND, "late_count_12": late}
    better, worse = (
        calculate("score", {**facts, "current_dpd": dpd, "max_dpd_12m": dpd})
        for dpd in (low, low + more)
    )
    assert worse["total"] <= better["total"]
    assert worse["grade"] >= better["grade"]
    assert worse["total"] == sum(worse["points"].values())
