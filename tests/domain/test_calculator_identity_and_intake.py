"""The calculator's areas of identity and intake, by the tables of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.calculator import identity, intake
from server.domain.errors import Invalid

AREAS = identity.AREAS | intake.AREAS
CASES = Path(__file__).parents[1] / "cases"

WHOLE: dict[str, dict[str, Any]] = {
    "idno": {"value": "110199199003070017", "today": "2026-01-31"},
    "uscc": {"value": "91110199MA05YN0182"},
    "phone": {"value": "13800000000"},
    "bankcard": {"value": "6222020000000000018"},
    "mask": {"kind": "name", "value": "张三"},
    "duplicate": {"customers": []},
    "rateparse": {"text": "7.2%"},
    "dateparse": {"value": "2024-01-05"},
    "amountparse": {"value": "10万"},
    "iddamage": {"value": "110199199003070017"},
    "headermap": {"header": "姓名"},
}


def _cases() -> list[Any]:
    return [
        pytest.param(area, case["input"], case["expected"], id=case["id"])
        for area in AREAS
        for case in json.loads((CASES / f"{area}.json").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("area", "given_input", "expected"), _cases())
def test_a_case_of_the_table_is_answered_as_written(
    area: str, given_input: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert AREAS[area](given_input) == expected


def test_every_area_has_a_whole_input_here() -> None:
    assert set(WHOLE) == set(AREAS)


@pytest.mark.parametrize("area", sorted(AREAS))
@pytest.mark.parametrize("amiss", [None, 7.5, True, [], {}, "x" * 60_000], ids=type)
def test_a_field_amiss_is_refused_or_answered_but_never_breaks(area: str, amiss: object) -> None:
    for field in WHOLE[area]:
        try:
            AREAS[area](WHOLE[area] | {field: amiss})
        except Invalid:
            continue


@pytest.mark.parametrize("area", sorted(AREAS))
def test_a_missing_or_endless_field_is_refused(area: str) -> None:
    for field in WHOLE[area]:
        without = {key: value for key, value in WHOLE[area].items() if key != field}
        for amiss in (without, without | {field: "9" * 60_000}):
            with pytest.raises(Invalid):
                AREAS[area](amiss)


@pytest.mark.parametrize("area", sorted(set(AREAS) - {"dateparse", "amountparse", "iddamage"}))
def test_a_null_is_refused_where_no_cell_is_read(area: str) -> None:
    for field in WHOLE[area]:
        with pytest.raises(Invalid):
            AREAS[area](WHOLE[area] | {field: None})


def test_a_null_is_an_empty_cell() -> None:
    assert intake.dateparse({"value": None}) == {"date": None, "flag": None}
    assert intake.amountparse({"value": None}) == {"amount": None, "flag": None}
    assert intake.iddamage({"value": None}) == {"status": "EMPTY"}


@given(st.sampled_from(sorted(set(AREAS) - {"duplicate"})), st.text(max_size=40))
def test_no_text_whatever_raises_anything_but_invalid(area: str, text: str) -> None:
    field = next(iter(set(WHOLE[area]) - {"today", "kind"}))
    try:
        answer = AREAS[area](WHOLE[area] | {field: text})
    except Invalid:
        return
    json.dumps(answer)


@given(
    st.sampled_from(["rateparse", "dateparse", "amountparse", "iddamage"]),
    st.floats() | st.integers(-(10**20), 10**20),
)
def test_no_number_whatever_raises_anything_but_invalid(area: str, number: float) -> None:
    field = "text" if area == "rateparse" else "value"
    try:
        AREAS[area]({field: number})
    except Invalid:
        return


def test_an_old_number_is_told_apart() -> None:
    answer = identity.idno({"value": "110199900307001", "today": "2026-01-31"})

    assert answer == {
        "valid": True,
        "reason": "ok15",
        "birth": "1990-03-07",
        "sex": "M",
        "province": "11",
    }


def test_a_short_card_is_still_put_to_the_luhn_test() -> None:
    assert identity.bankcard({"value": "4111"}) == {"luhn": False, "length_ok": False}
    assert identity.bankcard({"value": "79927398713"}) == {"luhn": True, "length_ok": False}


def test_an_impossible_day_is_refused_as_a_date() -> None:
    with pytest.raises(Invalid) as refused:
        identity.idno({"value": "110199199003070017", "today": "2026-02-30"})

    assert (refused.value.field, refused.value.reason) == ("today", "date")


def test_a_rate_is_read_under_its_heading() -> None:
    answer = intake.rateparse({"text": "6", "header": "月利率(‰)"})

    assert answer == {"annual_rate": "0.072"}


def test_a_spread_without_its_base_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        intake.rateparse({"text": "LPR+155BP"})

    assert (refused.value.field, refused.value.reason) == ("text", "lpr_needed")
    assert intake.rateparse({"text": "LPR+155BP", "lpr": "0.0345"}) == {"annual_rate": "0.05"}


def test_an_amount_is_read_in_the_unit_of_its_heading() -> None:
    answer = intake.amountparse({"value": "5", "header": "贷款金额(万元)"})

    assert answer == {"amount": "50000.00", "flag": None}
