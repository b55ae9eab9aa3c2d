"""How each method splits principal over the periods left. All arithmetic is on whole numbers."""

from __future__ import annotations

from math import gcd
from typing import Final

from server.domain.money import round_half_up

MONTHS_BASIS: Final = 360
"""Twelve months of thirty days: what `counted_days` of regular periods are divided by."""


def level_payment(balance: int, rate: int, scale: int, step: int, periods: int) -> int:
    """The equal payment (fen) that repays `balance` in `periods` of `step` months.

    `rate / scale` is the yearly rate. A = B*i*(1+i)^n / ((1+i)^n - 1), rounded once; without
    interest round(B/n). Exact for any size: the powers are whole numbers.
    """
    if rate == 0:
        return round_half_up(balance, periods)
    numerator, denominator = rate * step, 12 * scale
    shared = gcd(numerator, denominator)
    numerator, denominator = numerator // shared, denominator // shared
    grown = (numerator + denominator) ** periods
    return round_half_up(balance * numerator * grown, denominator * (grown - denominator**periods))


def periods_to_repay(balance: int, level: int, rate: int, scale: int, step: int) -> int:
    """How many payments of `level` repay `balance`; 600 when they never do."""
    count = 1
    while count < 600:
        interest = round_half_up(balance * rate * step, 12 * scale)
        if balance + interest <= level:
            break
        balance -= level - interest
        count += 1
    return count
