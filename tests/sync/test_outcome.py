from __future__ import annotations

import pytest

from sync.outcome import Outcome, Result
from sync.policy import KindRules, Policy, read_rules


def test_a_plain_result_travels_short() -> None:
    assert Result("m1", Outcome.APPLIED, 7).as_json() == {
        "mutation": "m1",
        "outcome": "applied",
        "number": 7,
    }


def test_a_full_result_says_what_the_device_cannot_know() -> None:
    result = Result("m1", Outcome.CONFLICT, 7, {"name": None, "deleted": False}, ("c1",), "why")

    assert result.as_json() == {
        "mutation": "m1",
        "outcome": "conflict",
        "number": 7,
        "news": {"name": None, "deleted": False},
        "conflicts": ["c1"],
        "reason": "why",
    }


def test_a_field_without_a_policy_has_the_default_of_its_kind() -> None:
    rules = read_rules({"a": {"fields": {"x": "lww"}}, "b": {"default": "server"}})

    assert rules["a"].policy_of("x") is Policy.LWW
    assert rules["a"].policy_of("y") is Policy.HOLD
    assert rules["b"] == KindRules({}, Policy.SERVER)


def test_a_policy_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="newest"):
        read_rules({"a": {"fields": {"x": "newest"}}})
