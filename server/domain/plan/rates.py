"""The yearly rate of a loan through time, as whole numbers over one scale."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from server.domain.plan.rows import RateStep


def scale_for(rates: Iterable[Decimal]) -> int:
    """The power of ten that makes all of these rates whole."""
    places = 4
    for rate in rates:
        exponent = rate.as_tuple().exponent
        if isinstance(exponent, int):
            places = max(places, -exponent)
    return int(10**places)


class Rates:
    """The rate `now` (from the start of the period at hand) and its steps `inside` the period."""

    __slots__ = ("inside", "now", "scale", "steps")

    def __init__(self, scale: int) -> None:
        self.scale = scale
        self.now = 0
        self.inside: list[RateStep] = []
        self.steps: list[RateStep] = []

    def set(self, day: int, rate: Decimal) -> None:
        """A rate that holds for the whole period at hand."""
        self.now = int(rate * self.scale)
        self.steps.append(RateStep(day, self.now))

    def step(self, day: int, rate: Decimal) -> None:
        """A rate that begins inside the period at hand."""
        step = RateStep(day, int(rate * self.scale))
        self.inside.append(step)
        self.steps.append(step)

    def turn(self) -> bool:
        """Go to the next period; True when the rate there is a new one."""
        if not self.inside:
            return False
        self.now, self.inside = self.inside[-1].rate, []
        return True

    def latest(self) -> int:
        """The rate after all steps so far."""
        return self.inside[-1].rate if self.inside else self.now

    def rate_days(self, start: int, days: int) -> int:
        """The sum of rate times days over `days` from `start`, a day of the period at hand."""
        if not self.inside:
            return self.now * days
        total, rate, end = 0, self.now, start + days
        for step in self.inside:
            day = min(step.start, end)
            total += rate * (day - start)
            start, rate = day, step.rate
        return total + rate * (end - start)
