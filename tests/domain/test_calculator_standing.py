from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.calculator.standing import AREAS
from server.domain.errors import Invalid

CASES_FOLDER = Path(__file__).parents[1] / "cases"
CASES = [
    pytest.param(area, case, id=case["id"])
    for area in AREAS
    for case in json.loads((CASES_FOLDER / f"{area}.json").read_text(encoding="utf-8"))
]
SOUND: dict[str, dict[str, Any]] = {
    "dpd": {"items": [{"due_on": "2024-03-15", "unpaid": "100.00"}], "as_of": "2024-03-16"},
    "classification": {"dpd": 3, "ecl": "0.1", "segment": "RETAIL", "pre_class": "NORMAL"},
    "observation": {"first_due_after_restructure": "2024-03-20", "frequency_months": 1},
    "cure": {"arrears_cleared_on": "2024-03-10", "later_due_dates_paid_on_time": ["2024-03-20"]},
    "consecutive": {"late_flags": [0, 1]},
    "disclosure": {"net_received": "100.00", "payments": ["60.00", "60.00"]},
    "ratecap": {"lpr_1y_pct": "3.10", "effective_annual_pct": "12.41"},
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def refusal(area: str, **given: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        AREAS[area](given)
    return refused.value.field, refused.value.reason


@pytest.mark.parametrize(("area", "case"), CASES)
def test_the_calculator_gives_the_expected_answer(area: str, case: dict[str, Any]) -> None:
    before = copy.deepcopy(case["input"])

    assert AREAS[area](case["input"]) == case["expected"]
    assert case["input"] == before


@pytest.mark.parametrize("area", list(AREAS))
def test_each_area_answers_its_sound_input_in_json(area: str) -> None:
    answer = AREAS[area](SOUND[area])

    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize("area", list(AREAS))
def test_an_empty_object_is_refused_as_missing_something(area: str) -> None:
    assert refusal(area)[1] == "missing"


@given(st.data(), st.sampled_from(list(AREAS)), json_values)
def test_any_value_in_any_key_is_answered_or_refused_and_nothing_else(
    data: st.DataObject, area: str, value: Any
) -> None:
    key = data.draw(st.sampled_from(list(SOUND[area])))
    refused = None
    try:
        AREAS[area]({**SOUND[area], key: value})
    except Invalid as error:
        refused = error

    assert refused is None or refused.reason


@pytest.mark.parametrize(
    ("area", "changes", "expected"),
    [
        ("dpd", {"as_of": None}, ("as_of", "missing")),
        ("dpd", {"as_of": "2024-02-30"}, ("as_of", "date")),
        ("dpd", {"as_of": "20240315"}, ("as_of", "date")),
        ("dpd", {"as_of": "9" * 60_000}, ("as_of", "date")),
        ("dpd", {"items": {}}, ("items", "type")),
        ("dpd", {"items": [1]}, ("items", "type")),
        ("dpd", {"items": [{}] * 5001}, ("items", "too_many")),
        ("dpd", {"items": [{"due_on": "2024-03-15"}]}, ("unpaid", "missing")),
        ("dpd", {"items": [{"due_on": "2024-03-15", "unpaid": "-1.00"}]}, ("unpaid", "negative")),
        ("dpd", {"items": [{"due_on": "2024-03-15", "unpaid": 100}]}, ("unpaid", "type")),
        ("dpd", {"items": [{"due_on": "2024-03-15", "unpaid": "1.005"}]}, ("unpaid", "amount")),
        ("dpd", {"items": [{"due_on": "2024-03-15", "unpaid": "9" * 15}]}, ("unpaid", "too_large")),
        ("dpd", {"grace_days": -1}, ("grace_days", "too_small")),
        ("dpd", {"grace_days": True}, ("grace_days", "type")),
        ("dpd", {"tolerance": "1e2"}, ("tolerance", "amount")),
        ("classification", {"dpd": -1}, ("dpd", "too_small")),
        ("classification", {"dpd": "1"}, ("dpd", "type")),
        ("classification", {"ecl": "1.01"}, ("ecl", "too_large")),
        ("classification", {"ecl": "-0.1"}, ("ecl", "negative")),
        ("classification", {"ecl": "NaN"}, ("ecl", "number")),
        ("classification", {"misuse": 1}, ("misuse", "type")),
        ("classification", {"segment": "CORPORATE"}, ("segment", "unknown")),
        ("classification", {"pre_class": "BAD"}, ("pre_class", "unknown")),
        ("classification", {"bankrupted": True}, ("bankrupted", "unknown_field")),
        ("observation", {"frequency_months": 0}, ("frequency_months", "too_small")),
        ("observation", {"missed": ["2024-04-20"]}, ("missed", "unknown_field")),
        ("observation", {"first_due_after_restructure": "9999-12-31"}, ("date", "out_of_range")),
        ("cure", {"arrears_cleared_on": "10.3.2024"}, ("arrears_cleared_on", "date")),
        (
            "cure",
            {"later_due_dates_paid_on_time": "2024-03-20"},
            ("later_due_dates_paid_on_time", "type"),
        ),
        ("consecutive", {"late_flags": [2]}, ("late_flags", "type")),
        ("consecutive", {"late_flags": ["1"]}, ("late_flags", "type")),
        ("disclosure", {"net_received": "0.00"}, ("net_received", "not_positive")),
        ("disclosure", {"payments": []}, ("payments", "no_solution")),
        ("disclosure", {"payments": ["0.00"]}, ("payments", "no_solution")),
        ("disclosure", {"payments": ["99999999.00"]}, ("payments", "rate_out_of_range")),
        ("ratecap", {"lpr_1y_pct": 3.1}, ("lpr_1y_pct", "type")),
        ("ratecap", {"lpr_1y_pct": "101"}, ("lpr_1y_pct", "too_large")),
        ("ratecap", {"effective_annual_pct": "-1"}, ("effective_annual_pct", "negative")),
    ],
)
def test_a_wrong_input_is_refused_with_its_field_and_reason(
    area: str, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert refusal(area, **(SOUND[area] | changes)) == expected


def test_a_null_is_as_good_as_an_absent_key() -> None:
    for area, key in (("dpd", "grace_days"), ("dpd", "tolerance"), ("classification", "ecl")):
        assert AREAS[area](SOUND[area] | {key: None}) == AREAS[area](
            {name: value for name, value in SOUND[area].items() if name != key}
        )


@pytest.mark.parametrize(
    ("flag", "minimum_class"),
    [("evades_debt", "DOUBTFUL"), ("external_rating_collapse", "SUBSTANDARD")],
)
def test_a_trouble_is_known_by_its_other_names(flag: str, minimum_class: str) -> None:
    answer = AREAS["classification"]({"dpd": 0, flag: True})

    assert answer["minimum_class"] == minimum_class


def test_a_missed_payment_restarts_observation() -> None:
    answer = AREAS["observation"]({**SOUND["observation"], "missed_due_dates": ["2024-09-20"]})

    assert answer == {"observation_ends_on": "2025-09-20"}


def test_too_few_instalments_on_time_leave_no_upgrade_date() -> None:
    assert AREAS["cure"](SOUND["cure"]) == {"earliest_upgrade_on": None}


def test_late_flags_may_be_booleans() -> None:
    assert AREAS["consecutive"]({"late_flags": [True, True, True]})["hit"] is True


def test_a_trouble_may_go_by_another_name() -> None:
    assert AREAS["classification"]({"dpd": 0, "evade": True})["minimum_class"] == "DOUBTFUL"


def test_a_cap_keeps_the_places_it_has() -> None:
    caps = AREAS["ratecap"]({"lpr_1y_pct": "3.1235", "effective_annual_pct": "12.494"})
    plain = AREAS["ratecap"]({"lpr_1y_pct": "3", "effective_annual_pct": "12"})

    assert (caps["four_lpr_pct"], caps["exceeds_4lpr"]) == ("12.494", False)
    assert plain["four_lpr_pct"] == "12.00"
