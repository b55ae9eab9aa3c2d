"""The annualised cost a borrower is told, and the ceilings it must keep under (domain spec, §3).

Source: PBoC announcement 2021 No. 3: all costs over the principal really had, annualised. The
rate is the root of an equation, so this is the one place that calculates in floating point: the
answer is a rate, good to better than 1e-10, and never an amount of money.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from server.domain.errors import Invalid
from server.domain.money import MAX_FEN
from server.domain.parameters import (
    DEFAULTS,
    Ceiling,
    CeilingKind,
    CostRules,
    Institution,
    LprQuote,
    LprTenor,
)

_PLACES: Final = Decimal("1e-12")
_MAX_PERIODS: Final = 1200
_MAX_LOG_FACTOR: Final = math.log(11)
"""Beyond 1000 % a month the input is a mistake, and its compound a number nobody can read."""
_MAX_STEPS: Final = 80
_STEP: Final = 1e-16


@dataclass(frozen=True, slots=True)
class AnnualCost:
    """A loan's cost as fractions of 12 places: `monthly` IRR, simple (单利) and compound (复利)."""

    monthly: Decimal
    annual_simple: Decimal
    annual_compound: Decimal


@dataclass(frozen=True, slots=True)
class CeilingCheck:
    """A cost beside the ceiling it must not exceed; `lpr` and `multiple` when it rests on LPR."""

    cost: Decimal
    limit: Decimal
    kind: CeilingKind
    lpr: Decimal | None
    multiple: Decimal | None

    @property
    def is_exceeded(self) -> bool:
        """Strictly above; a cost equal to the ceiling is allowed."""
        return self.cost > self.limit


@dataclass(frozen=True, slots=True)
class RateCaps:
    """A cost held against four times LPR and the lines of 24 % and 36 %."""

    lpr_limit: Decimal
    exceeds_lpr_limit: bool
    exceeds_lower_line: bool
    exceeds_upper_line: bool


def monthly_cost(net_received: int, payments: Sequence[int]) -> AnnualCost:
    """Annualise payments (fen, fees included) that follow each other at monthly intervals.

    `net_received` is what the borrower got in hand, in fen. Raises `Invalid` on `net_received`
    or `payments`: `not_positive`, `negative`, `too_many`, `too_large`, `no_solution` (nothing is
    paid back), `rate_out_of_range` (above 1000 % a month).
    """
    _check_flows(net_received, payments)
    log_factor = _solve(net_received, [float(k) for k in range(1, len(payments) + 1)], payments)
    monthly = _rounded(math.expm1(log_factor))
    return AnnualCost(
        monthly=monthly,
        annual_simple=12 * monthly,
        annual_compound=_rounded(math.expm1(12 * log_factor)),
    )


def dated_cost(
    net_received: int, received_on: date, payments: Sequence[tuple[date, int]]
) -> Decimal:
    """The compound annual cost of payments on any dates (XIRR, ACT/365), a fraction.

    What is paid on the day of disbursement lowers what was received. Raises `Invalid` as
    `monthly_cost` does, and `Invalid("payments", "before_disbursement")`.
    """
    _check_flows(net_received, [amount for _, amount in payments])
    if any(paid_on < received_on for paid_on, _ in payments):
        raise Invalid("payments", "before_disbursement")
    later = [(paid_on, amount) for paid_on, amount in payments if paid_on > received_on]
    at_once = sum(amount for paid_on, amount in payments if paid_on == received_on)
    if at_once >= net_received:
        raise Invalid("payments", "no_solution")
    months = [12 * (paid_on - received_on).days / 365 for paid_on, _ in later]
    log_factor = _solve(net_received - at_once, months, [amount for _, amount in later])
    return _rounded(math.expm1(12 * log_factor))


def _check_flows(net_received: int, payments: Sequence[int]) -> None:
    if net_received <= 0:
        raise Invalid("net_received", "not_positive")
    if len(payments) > _MAX_PERIODS:
        raise Invalid("payments", "too_many")
    if any(amount < 0 for amount in payments):
        raise Invalid("payments", "negative")
    if net_received > MAX_FEN or any(amount > MAX_FEN for amount in payments):
        raise Invalid("payments", "too_large")


def _solve(net: int, months: Sequence[float], amounts: Sequence[int]) -> float:
    """The u at which the payments, each times exp(-u·month), are worth `net`: r = exp(u) - 1.

    The logarithm of that worth falls with u and is convex. So Newton's step from the left never
    passes the root, and each halving of the bracket makes sure of the end; both are taken.
    """
    flows = [(month, amount / net) for month, amount in zip(months, amounts, strict=True) if amount]
    if not flows:
        raise Invalid("payments", "no_solution")
    excess = math.log(math.fsum(share for _, share in flows))
    ends = (excess / max(months), excess / min(month for month, _ in flows))
    low, high = min(ends), max(ends)
    if low > _MAX_LOG_FACTOR:
        raise Invalid("payments", "rate_out_of_range")
    root = _close_in(flows, low, high)
    if root > _MAX_LOG_FACTOR:
        raise Invalid("payments", "rate_out_of_range")
    return root


def _close_in(flows: Sequence[tuple[float, float]], low: float, high: float) -> float:
    for _ in range(_MAX_STEPS):
        worth, slope = _log_worth(flows, low)
        step = worth / slope
        low += step
        if step <= _STEP * max(1.0, abs(low)) or low >= high:
            break
        middle = (low + high) / 2
        if _log_worth(flows, middle)[0] >= 0:
            low = middle
        else:
            high = middle
    return low


def _log_worth(flows: Sequence[tuple[float, float]], u: float) -> tuple[float, float]:
    """The logarithm of the worth at u, and how fast it falls (months, positive)."""
    # The largest exponent is taken out first: at a wild u a power would overflow by itself.
    largest = max(-month * u for month, _ in flows)
    worths = [(month, share * math.exp(-month * u - largest)) for month, share in flows]
    total = math.fsum(worth for _, worth in worths)
    slope = math.fsum(month * worth for month, worth in worths) / total
    return math.log(total) + largest, slope


def _rounded(rate: float) -> Decimal:
    return Decimal(repr(rate)).quantize(_PLACES, rounding=ROUND_HALF_UP)


def lpr_on(quotes: Sequence[LprQuote], on: date, tenor: LprTenor = LprTenor.ONE_YEAR) -> Decimal:
    """The LPR in force on a day, an annual fraction: the latest published on or before it.

    Raises `Invalid("lpr", "missing")` for a day before the table begins.
    """
    published = [quote for quote in quotes if quote.tenor is tenor and quote.published_on <= on]
    if not published:
        raise Invalid("lpr", "missing", on=on.isoformat())
    return max(published, key=lambda quote: quote.published_on).rate


def check_ceiling(
    cost: Decimal, institution: Institution, signed_on: date, rules: CostRules = DEFAULTS.cost
) -> CeilingCheck | None:
    """Hold an annualised cost (fraction) against the lowest ceiling for a contract of that day.

    None when the table has no ceiling for this kind of lender on that day.
    """
    standing = [
        _stated(ceiling, cost, signed_on, rules)
        for ceiling in rules.ceilings
        if ceiling.institution is institution and _covers(ceiling, signed_on)
    ]
    return min(standing, key=lambda check: check.limit, default=None)


def rate_caps(lpr: Decimal, cost: Decimal, rules: CostRules = DEFAULTS.cost) -> RateCaps:
    """Hold a cost against the multiple of the one-year LPR and the two lines (all fractions)."""
    lpr_limit = lpr * rules.lpr_multiple
    return RateCaps(
        lpr_limit=lpr_limit,
        exceeds_lpr_limit=cost > lpr_limit,
        exceeds_lower_line=cost > rules.lower_line,
        exceeds_upper_line=cost > rules.upper_line,
    )


def _covers(ceiling: Ceiling, on: date) -> bool:
    return ceiling.from_on <= on and (ceiling.to_on is None or on <= ceiling.to_on)


def _stated(ceiling: Ceiling, cost: Decimal, on: date, rules: CostRules) -> CeilingCheck:
    if ceiling.kind is CeilingKind.FIXED:
        return CeilingCheck(cost, ceiling.value, ceiling.kind, lpr=None, multiple=None)
    lpr = lpr_on(rules.lpr, on)
    return CeilingCheck(cost, lpr * ceiling.value, ceiling.kind, lpr=lpr, multiple=ceiling.value)
