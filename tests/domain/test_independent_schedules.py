"""Schedules computed elsewhere, in their own conventions (fen, percent, months)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.domain.plan import make_plan
from server.domain.terms import DayCount, Method, Terms

SCHEDULES = json.loads((Path(__file__).parents[1] / "cases" / "schedules.json").read_text("utf-8"))
METHODS = {
    "equal_instalment": (Method.EQUAL_INSTALMENT, 1),
    "equal_principal": (Method.EQUAL_PRINCIPAL, 1),
    "monthly_interest": (Method.INTEREST_ONLY, 1),
    "quarterly_interest": (Method.INTEREST_ONLY, 3),
    "bullet": (Method.BULLET, 1),
    "flat": (Method.FLAT, 1),
    "balloon": (Method.BALLOON, 1),
}
DAY_COUNTS = {
    "30/360": DayCount.M30_360,
    "actual/360": DayCount.ACT_360,
    "actual/365": DayCount.ACT_365,
}


def _terms(case: dict[str, Any]) -> Terms:
    method, step = METHODS[case["method"]]
    return Terms(
        method=method,
        principal=case["principal"],
        annual_rate=Decimal(case["annual_rate_percent"]) / 100,
        disbursed_on=date.fromisoformat(case["disbursed"]),
        periods=case["months"] // step,
        frequency_months=step,
        day_count=DAY_COUNTS[case["day_count"]],
        repay_day=case["due_day"],
        amort_periods=case["amortise_over"],
    )


@pytest.mark.parametrize("case", SCHEDULES, ids=lambda case: str(case["method"]))
def test_the_plan_equals_the_independent_schedule(case: dict[str, Any]) -> None:
    plan = make_plan(_terms(case))

    rows = [
        {
            "n": row.no,
            "due": row.due_on.isoformat(),
            "principal": row.principal,
            "interest": row.interest,
            "total": row.total,
        }
        for row in plan.rows
    ]
    assert rows == case["instalments"]
    assert plan.interest == case["total_interest"]
