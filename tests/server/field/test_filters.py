"""The filters of field templates, on the vectors that the TypeScript twins are held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import Invalid
from server.field import filters
from server.field.compiler.subset import FILTERS
from server.field.environment import field_environment
from tests.server.field.twins import speech_of

CASES = json.loads((Path(__file__).parents[2] / "cases" / "filters.json").read_text())
SHOWN = [case for case in CASES if case["shown"] is not None]
REFUSED = [case for case in CASES if case["shown"] is None]


def _apply(case: dict[str, Any]) -> str:
    told = [case["told"]] if "told" in case else []
    shown: str = getattr(filters, case["filter"])(case["value"], *told)
    return shown


@pytest.mark.parametrize("case", SHOWN, ids=str)
def test_a_filter_shows_its_value(case: dict[str, Any]) -> None:
    assert _apply(case) == case["shown"]


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_filter_refuses_what_has_not_the_expected_shape(case: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError, Invalid)):
        _apply(case)


def test_every_filter_of_the_product_has_vectors() -> None:
    own = {name for name in FILTERS if hasattr(filters, name)}
    assert {case["filter"] for case in CASES} == own


def test_the_environment_has_the_listed_filters_and_no_other() -> None:
    environment = field_environment(lambda: speech_of("zh", {}))
    assert set(environment.filters) == {*FILTERS, "default", "d"}
