"""The calculator's areas on plans and arrears refuse bad input by name and nothing else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.calculator.plans import AREAS
from server.domain.errors import Invalid

CASES = Path(__file__).parents[1] / "cases"
SAMPLES: dict[str, list[dict[str, Any]]] = {
    area: [case["input"] for case in json.loads((CASES / f"{area}.json").read_text("utf-8"))]
    for area in AREAS
}
ODD: list[Any] = [
    None, True, -1, 0, 10**15, 1.5, "", "x" * 60_000, "-1.00", "1e5", "NaN", "1000", "2024-02-30",
    "0001-01-01", "9999-12-31", "9999999999999.99", [], [None], [{}], {}, {"type": 1},
]  # fmt: skip
LOAN = {
    "method": "EQUAL_INSTALMENT",
    "principal": "100000.00",
    "annual_rate": "0.06",
    "disbursed_on": "2024-01-15",
    "periods": 12,
}


@pytest.mark.parametrize("area", AREAS)
def test_an_empty_object_is_refused(area: str) -> None:
    with pytest.raises(Invalid):
        AREAS[area]({})


@given(st.data())
def test_whatever_is_put_in_place_of_a_value_is_answered_or_refused(data: st.DataObject) -> None:
    area = data.draw(st.sampled_from(sorted(AREAS)))
    given_ = json.loads(json.dumps(data.draw(st.sampled_from(SAMPLES[area]))))
    place = given_
    key = data.draw(st.sampled_from(sorted(place)))
    if isinstance(place[key], dict) and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place)))
    elif isinstance(place[key], list) and place[key] and isinstance(place[key][0], dict):
        place = place[key][0]
        key = data.draw(st.sampled_from(sorted(place)))
    place[key] = data.draw(st.sampled_from(ODD))

    with suppress(Invalid):
        json.dumps(AREAS[area](given_))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"paid_instalments": 3}, "paid_instalments: instalments_due"),
        ({"paid_instalments": 5}, "prepay_on: before_last_paid_due"),
        ({"prepay_on": "2025-01-15"}, "value_on: nothing_to_prepay"),
        ({"prepay_principal": "100000.00"}, "principal: exceeds_balance"),
        ({"mode": "FULL"}, "prepay_principal: not_all"),
        ({"mode": "OTHER"}, "mode: unknown"),
        ({"loan": None}, "loan: missing"),
        ({"loan": 5}, "loan: type"),
        ({"penalty": {"type": "PERCENT", "value": "2"}}, "prepayment_fee: out_of_range"),
    ],
)
def test_an_impossible_prepayment_is_refused(changed: dict[str, Any], reason: str) -> None:
    asked = {
        "loan": LOAN,
        "paid_instalments": 4,
        "prepay_on": "2024-06-01",
        "prepay_principal": "30000.00",
        "mode": "REDUCE_PAYMENT",
    }

    with pytest.raises(Invalid, match=reason):
        AREAS["prepay"](asked | changed)


@pytest.mark.parametrize("months", [{"value": "2"}, {"value": 2}, {"months": 2}])
def test_a_fee_of_months_of_interest_is_a_number_or_its_text(months: dict[str, Any]) -> None:
    asked = {
        "loan": LOAN,
        "paid_instalments": 4,
        "prepay_on": "2024-06-01",
        "prepay_principal": "30000.00",
        "mode": "SHORTEN",
        "penalty": {"type": "MONTHS_INTEREST"} | months,
    }

    assert AREAS["prepay"](asked)["payment_on_prepay_date"] == {
        "principal": "30000.00",
        "interest": "85.00",
        "penalty": "300.00",
        "total": "30385.00",
        "days": 17,
    }


def test_a_bullet_counts_actual_days_unless_told_otherwise() -> None:
    answer = AREAS["schedule"](LOAN | {"method": "BULLET", "periods": None,
                                       "maturity_on": "2024-07-15"})  # fmt: skip

    assert answer["totals"]["interest"] == "3033.33"  # 182 days over 360


def test_thirty_years_are_answered_row_by_row() -> None:
    answer = AREAS["schedule"](LOAN | {"periods": 360})

    assert len(answer["rows"]) == 360
    assert answer["rows"][-1]["balance"] == "0.00"


def test_a_contract_without_the_clause_never_turns_the_order() -> None:
    answer = AREAS["allocation"](
        {
            "items": [{"no": 1, "due_on": "2024-01-15", "interest": "5.00", "principal": "9.00"}],
            "amount": "6.00",
            "dpd_before_payment": 500,
            "principal_first_above_dpd": None,
        }
    )

    assert answer["mode"] == "NORMAL"
    assert answer["totals"]["interest"] == "5.00"


@pytest.mark.parametrize(("name", "reason"), [("P9", "unknown"), (None, "unknown")])
def test_only_a_payment_that_is_there_is_reversed(name: str | None, reason: str) -> None:
    asked = SAMPLES["reversal"][0] | {"reverse": name}

    with pytest.raises(Invalid, match=f"reverse: {reason}"):
        AREAS["reversal"](asked)
