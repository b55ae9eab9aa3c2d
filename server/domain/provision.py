"""Loss provision of a loan by its class (银行贷款损失准备计提指引; domain spec, §4)."""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.money import round_half_up
from server.domain.parameters import DEFAULTS, ProvisionRules
from server.domain.standing import FiveClass


def provision_for(
    balance: int, five_class: FiveClass, rules: ProvisionRules = DEFAULTS.provision
) -> int:
    """Fen to set aside for a principal balance of `balance` fen, rounded once per loan."""
    numerator, denominator = rules.rate_of(five_class).as_integer_ratio()
    return round_half_up(balance * numerator, denominator)


def total_provision(
    loans: Iterable[tuple[int, FiveClass]], rules: ProvisionRules = DEFAULTS.provision
) -> int:
    """Fen to set aside for many loans: the sum of the rounded figures, never the rounded sum."""
    return sum(provision_for(balance, five_class, rules) for balance, five_class in loans)
