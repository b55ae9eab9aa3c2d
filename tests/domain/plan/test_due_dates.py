"""Where due dates fall when nothing is regular."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.domain.calendar import add_months, whole_months
from server.domain.plan import due_dates, make_plan
from server.domain.terms import Method
from tests.domain.builders import day, loan


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"repay_day": 20, "periods": 2}, ["2024-02-20", "2024-03-20"]),
        ({"repay_day": 5, "periods": 2}, ["2024-02-05", "2024-03-05"]),
        ({"first_due_on": date(2024, 2, 20), "periods": 2}, ["2024-02-20", "2024-03-20"]),
        (
            {"disbursed_on": date(2024, 1, 31), "first_due_on": date(2024, 2, 29), "periods": 2},
            ["2024-02-29", "2024-03-31"],
        ),
        (
            {"periods": None, "maturity_on": date(2024, 3, 20)},
            ["2024-02-15", "2024-03-15", "2024-03-20"],
        ),
        ({"periods": None, "maturity_on": date(2024, 3, 15)}, ["2024-02-15", "2024-03-15"]),
        ({"periods": None, "maturity_on": date(2024, 2, 1)}, ["2024-02-01"]),
        ({"disbursed_on": date(2023, 1, 29), "periods": 3},
         ["2023-02-28", "2023-03-29", "2023-04-29"]),
        ({"method": Method.BULLET}, ["2024-07-15"]),
        ({"method": Method.BULLET, "frequency_months": 3, "periods": 2}, ["2024-07-15"]),
    ],
)  # fmt: skip
def test_due_dates(changed: dict[str, Any], expected: list[str]) -> None:
    assert [due.isoformat() for due in due_dates(loan(**changed))] == expected


def test_a_first_period_of_two_months_counts_its_days() -> None:
    plan = make_plan(loan(method=Method.INTEREST_ONLY, first_due_on=day("2024-03-15")))

    assert plan.rows[0].interest == 72_000  # 60 days
    assert plan.rows[1].interest == 36_000


def test_thirty_days_hath_september() -> None:
    assert add_months(day("2024-08-31"), 1) == day("2024-09-30")
    assert add_months(day("2023-12-31"), 2) == day("2024-02-29")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01-31", "2024-06-10", (4, 10)),
        ("2024-01-31", "2024-02-29", (1, 0)),
        ("2024-01-15", "2024-02-14", (0, 30)),
    ],
)
def test_whole_months_and_odd_days(start: str, end: str, expected: tuple[int, int]) -> None:
    assert whole_months(day(start), day(end)) == expected
