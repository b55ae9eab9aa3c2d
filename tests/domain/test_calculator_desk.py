from __future__ import annotations

from typing import Any

import pytest

from server.domain.calculator import standing
from server.domain.calculator.desk import AREAS, calculate
from server.domain.errors import Invalid


def test_the_desk_answers_for_an_area_of_a_family() -> None:
    assert calculate("consecutive", {"late_flags": [0]}) == standing.AREAS["consecutive"](
        {"late_flags": [0]}
    )


def test_every_area_of_a_family_is_on_the_desk() -> None:
    assert set(standing.AREAS) <= set(AREAS)


@pytest.mark.parametrize("area", ["", "portfolio ", "DPD", "__class__"])
def test_an_unknown_area_is_refused(area: str) -> None:
    with pytest.raises(Invalid) as refused:
        calculate(area, {})

    assert (refused.value.field, refused.value.reason) == ("area", "unknown")


@pytest.mark.parametrize("given", [None, [], "dpd", 1])
def test_anything_but_an_object_is_refused(given: object) -> None:
    with pytest.raises(Invalid) as refused:
        calculate("dpd", given)

    assert (refused.value.field, refused.value.reason) == ("input", "type")


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("mask", {"kind": "name", "value": "\ud800"}, "value", "text"),
    ("dateparse", {"value": "\ud800"}, "value", "text"),
    ("classification", {"dpd": 0, "\ud800": True}, "?", "unknown_field"),
    ("duplicate", {"customers": [{"id": "\ud800"}]}, "id", "text"),
    ("duplicate", {"customers": [{}] * 10_001}, "customers", "too_long"),
    ("reversal", {"items": [{}] * 701, "payments": [], "reverse": "P"}, "items", "too_many"),
    ("allocation", {"items": [{}] * 701, "amount": "1.00"}, "items", "too_many"),
]


@pytest.mark.parametrize(("area", "asked", "field", "reason"), WRONG, ids=range(len(WRONG)))
def test_half_a_character_or_a_list_without_end_is_refused(
    area: str, asked: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        calculate(area, asked)

    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize("number", [10**400, -(10**400)], ids=["huge", "far below"])
def test_a_number_beyond_any_float_is_no_date_and_no_whole_id(number: int) -> None:
    assert calculate("dateparse", {"value": number}) == {"date": None, "flag": "INVALID_DATE"}
    assert calculate("iddamage", {"value": number})["action"] == "REQUIRE_REENTRY"
