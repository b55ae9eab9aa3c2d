from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.provision import provision_for, total_provision
from server.domain.standing import FiveClass


@pytest.mark.parametrize(
    ("five_class", "expected"),
    [("NORMAL", 100), ("SPECIAL_MENTION", 200), ("SUBSTANDARD", 2_500), ("DOUBTFUL", 5_000)],
)
def test_each_class_is_provided_for_at_its_rate(five_class: str, expected: int) -> None:
    assert provision_for(10_000, FiveClass(five_class)) == expected


def test_a_loss_is_provided_for_in_full() -> None:
    assert provision_for(12_345, FiveClass.LOSS) == 12_345


def test_half_a_fen_is_rounded_up_once_per_loan() -> None:
    assert provision_for(50, FiveClass.NORMAL) == 1
    assert provision_for(49, FiveClass.NORMAL) == 0
    assert total_provision([(50, FiveClass.NORMAL)] * 2) == 2


@given(st.integers(0, 10**14), st.sampled_from(FiveClass))
def test_a_provision_lies_between_nothing_and_the_balance(balance: int, cls: FiveClass) -> None:
    assert 0 <= provision_for(balance, cls) <= balance
