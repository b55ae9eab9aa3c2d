"""Penalty (罚息) on overdue principal and compound (复利) on overdue interest.

Source: the central bank's rule of 2003 on penalty rates (a contract's uplift over its own rate).
Both accrue unrounded for every day [due, paid) and are rounded as a sum when read; neither bears
penalty itself. Grace is retroactive: an item cleared by due date plus grace days costs nothing,
any other is counted from its due date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from server.domain.errors import Invalid
from server.domain.plan.rows import RateStep
from server.domain.terms import Terms


class PenaltyRate(NamedTuple):
    """The yearly rates of a loan with what makes a daily penalty of them.

    Fen times `rate_days` is turned into fen by `top / bottom`.
    """

    steps: Sequence[RateStep]
    top: int
    bottom: int

    def rate_days(self, start: int, end: int) -> int:
        """The sum of the yearly rate (in the steps' scale) over the days [start, end)."""
        steps = self.steps
        rate = steps[0].rate
        if len(steps) == 1 or end <= steps[1].start:
            return rate * (end - start)
        total = 0
        for step in steps[1:]:
            if step.start > start:
                day = min(step.start, end)
                total += rate * (day - start)
                start = day
            rate = step.rate
            if start >= end:
                return total
        return total + rate * (end - start)

    def fen(self, accrued: int) -> int:
        """An accrued sum of fen times rate days, rounded to fen."""
        return (2 * accrued * self.top + self.bottom) // (2 * self.bottom)


def penalty_rate(terms: Terms, steps: Sequence[RateStep], scale: int) -> PenaltyRate:
    """The penalty rate of a loan whose yearly rate went through `steps` (over `scale`)."""
    top, bottom = (1 + terms.penalty_uplift).as_integer_ratio()
    return PenaltyRate(steps, top, bottom * scale * terms.penalty_basis_days)


def flat_penalty_rate(annual_rate: Decimal, uplift: Decimal, basis_days: int) -> PenaltyRate:
    """The penalty rate of a loan whose yearly rate never changes."""
    top, bottom = (annual_rate * (1 + uplift)).as_integer_ratio()
    return PenaltyRate((RateStep(0, 1),), top, bottom * basis_days)


def yearly_penalty_rate(annual_rate: Decimal, uplift: Decimal) -> Decimal:
    """The rate a customer is told: R * (1 + u)."""
    return annual_rate * (1 + uplift)


class Reduction(NamedTuple):
    """A payment on an overdue item: what it took off the principal and the interest."""

    on: date
    principal: int
    interest: int


def penalty_of_item(
    principal: int,
    interest: int,
    due_on: date,
    as_of: date,
    rate: PenaltyRate,
    *,
    grace_days: int = 0,
    compound: bool = True,
    reductions: Iterable[Reduction] = (),
) -> tuple[int, int]:
    """Penalty and compound (fen) accrued by `as_of` on one item due on `due_on`.

    Raises `Invalid("events", "exceeds_unpaid")` when more is taken off than was unpaid.
    """
    due, end = due_on.toordinal(), as_of.toordinal()
    grace_end, counted_to = due + grace_days, due
    accrued = on_interest = 0
    for reduction in sorted(r for r in reductions if r.on <= as_of):
        day = max(reduction.on.toordinal(), due)
        rate_days = rate.rate_days(counted_to, day)
        accrued, on_interest = accrued + principal * rate_days, on_interest + interest * rate_days
        counted_to = day
        principal, interest = principal - reduction.principal, interest - reduction.interest
        if principal < 0 or interest < 0:
            raise Invalid("events", "exceeds_unpaid")
        if principal == interest == 0 and day <= grace_end:
            return 0, 0
    if end <= grace_end:
        return 0, 0
    rate_days = rate.rate_days(counted_to, end)
    accrued, on_interest = accrued + principal * rate_days, on_interest + interest * rate_days
    return rate.fen(accrued), rate.fen(on_interest) if compound else 0
