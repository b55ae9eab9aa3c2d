from __future__ import annotations

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
