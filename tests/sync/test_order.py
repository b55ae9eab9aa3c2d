from __future__ import annotations

from typing import Any

import pytest

from sync.errors import Clone, Gap
from sync.order import Sent, Step, decide, walk
from tests.sync.cases import read_cases

CASES: list[dict[str, Any]] = read_cases("merge_order")


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']} {c['title']}" for c in CASES])
def test_a_push_is_judged_as_written(case: dict[str, Any]) -> None:
    expected = case["expected"]
    push = [Sent(n, mutation, digest) for n, mutation, digest in case["push"]]

    if "gap" in expected:
        with pytest.raises(Gap) as gap:
            walk(case["last"], push, case["known"])
        assert gap.value.expected == expected["gap"]
    elif "clone" in expected:
        with pytest.raises(Clone) as clone:
            walk(case["last"], push, case["known"])
        assert clone.value.n == expected["clone"]
    else:
        judged = walk(case["last"], push, case["known"])
        assert (list(judged.steps), judged.last) == (expected["steps"], expected["last"])


def test_one_mutation_is_judged_alone() -> None:
    assert decide(4, Sent(5, "m5", "h5"), None) is Step.ACCEPT
    assert decide(5, Sent(5, "m5", "h5"), "h5") is Step.STORED
