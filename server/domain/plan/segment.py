"""A stretch of a plan under one method: what a period costs and how much principal it repays.

A loan is one segment; each extension adds another. `k` counts a segment's periods from 0.
"""

from __future__ import annotations

from datetime import date

from server.domain.errors import Invalid
from server.domain.plan.grid import Period
from server.domain.plan.methods import MONTHS_BASIS, level_payment, periods_to_repay
from server.domain.plan.rates import Rates
from server.domain.plan.rows import Instalment
from server.domain.terms import Method, Terms

_LEVEL = (Method.EQUAL_INSTALMENT, Method.BALLOON)
_EQUAL = (Method.EQUAL_PRINCIPAL, Method.FLAT)


class Segment:
    """The method at work. It ends with the period `until - 1`, or earlier after a SHORTEN."""

    __slots__ = (
        "base", "basis", "ends_early", "flat_base", "grace", "is_strict", "level", "method",
        "periods", "rates", "step", "terms", "until",
    )  # fmt: skip

    def __init__(
        self, terms: Terms, periods: tuple[Period, ...], rates: Rates, *, is_strict: bool
    ) -> None:
        if terms.grace_periods >= len(periods):
            raise Invalid("grace_periods", "not_below_periods")
        if terms.amort_periods is not None and terms.amort_periods <= len(periods):
            raise Invalid("amort_periods", "not_longer_than_periods")
        self.terms, self.periods, self.rates, self.is_strict = terms, periods, rates, is_strict
        self.method, self.step, self.grace = (
            terms.method,
            terms.frequency_months,
            terms.grace_periods,
        )
        self.basis, self.until = terms.day_count.basis, len(periods)
        self.flat_base = terms.principal
        self.level = self.base = 0
        self.ends_early = False

    def solve(self, k: int, balance: int) -> None:
        """Find the payment, or the principal, that repays `balance` from period `k` on.

        Raises `Invalid("periods", "negative_amortisation")` for a contract whose payment does not
        cover its interest; later in a loan's life such a payment repays nothing instead.
        """
        left = self.until - k
        if self.method in _EQUAL:
            self.base = _round(balance, left)
        elif self.method in _LEVEL:
            if self.method is Method.BALLOON and self.terms.amort_periods is not None:
                left = self.terms.amort_periods - k
            self.level = level_payment(balance, self.rates.now, self.rates.scale, self.step, left)
            if self.is_strict and left > 1 and self.level <= self._regular_interest(balance):
                raise Invalid("periods", "negative_amortisation")

    @property
    def is_level(self) -> bool:
        """Whether what is paid each period depends on the rate."""
        return self.method in _LEVEL

    def reprice(self, k: int, balance: int) -> None:
        """Meet a new rate from period `k` on: equal principal stays, only its interest changes."""
        if self.is_level:
            self.solve(k, balance)

    def run_undisturbed(
        self,
        k: int,
        balance: int,
        rows: list[Instalment],
        calm_to: date | None,
        until: date | None,
    ) -> tuple[int, int]:
        """The periods from `k` that end by `calm_to` (None: all), which nothing changes.

        Gives the first period not taken and the balance before it. It says what the steps below
        say one by one, for half the time: an import makes a million rows this way. `until` as in
        `walk`.
        """
        grace, last, now = self.grace, self.until - 1, self.rates.now
        is_level, is_equal = self.method in _LEVEL, self.method in _EQUAL
        is_flat = self.method is Method.FLAT
        bottom = 2 * (MONTHS_BASIS if is_flat else self.basis) * self.rates.scale
        half = bottom // 2
        offset = len(rows) - k + 1
        for start_on, due_on, _, days, counted, is_regular in self.periods[k:]:
            if balance == 0 or (calm_to is not None and due_on > calm_to):
                break
            if k == grace:
                self.solve(k, balance)
            base, share = (self.flat_base, 30 * self.step) if is_flat else (balance, counted)
            interest = (2 * base * now * share + half) // bottom
            if k == last:
                principal = balance
            elif k < grace:
                principal = 0
            elif is_level:
                usual = interest if is_regular else self._regular_interest(balance)
                principal = self.level - usual
                if principal < 0 or principal > balance:
                    principal = self._repaid(principal, balance)
            else:
                principal = min(self.base, balance) if is_equal else 0
            balance -= principal
            total = principal + interest
            row = (offset + k, start_on, due_on, days, principal, interest, total, balance)
            rows.append(tuple.__new__(Instalment, row))
            k += 1
            if until is not None and due_on > until and total > self.terms.tolerance:
                break
        return k, balance

    def _repaid(self, principal: int, balance: int) -> int:
        if principal < 0 and self.is_strict:
            raise Invalid("periods", "negative_amortisation")
        return max(min(principal, balance), 0)

    def shorten(self) -> None:
        """Keep what is paid each period and end when the balance is gone."""
        self.ends_early = self.method in _LEVEL or self.method in _EQUAL

    def fix_length(self, k: int, balance: int) -> None:
        """After `shorten`, turn "until paid off" into a number of periods to solve anew for."""
        if not self.ends_early:
            return
        self.ends_early = False
        if self.method in _LEVEL:
            rates = self.rates
            left = periods_to_repay(balance, self.level, rates.now, rates.scale, self.step)
        else:
            left = -(-balance // max(self.base, 1))
        self.until = min(self.until, k + left)

    def interest(self, period: Period, balance: int) -> int:
        """The interest of a period, rounded once; FLAT counts it on what was lent."""
        if self.method is Method.FLAT:
            balance, counted, basis = self.flat_base, 30 * self.step, MONTHS_BASIS
        else:
            counted, basis = period.counted_days, self.basis
        rates = self.rates
        denominator = basis * rates.scale
        if not rates.inside:  # rounding written out: this runs for every row of an import
            return (2 * balance * rates.now * counted + denominator) // (2 * denominator)
        rate_days = rates.rate_days(period.start, period.days)
        return _round(balance * rate_days * counted, denominator * period.days)

    def is_last(self, k: int, balance: int, interest: int) -> bool:
        """Whether the segment ends with this period."""
        if k == self.until - 1:
            return True
        if not self.ends_early:
            return False
        if self.method in _LEVEL:
            return balance + interest <= self.level
        return balance <= self.base

    def principal(self, k: int, period: Period, balance: int, interest: int) -> int:
        """The principal of a period that is not the last.

        A period that is irregular or split by a rate change repays what a regular one would, so
        that the rows after it stay as they were.
        """
        if k < self.grace:
            return 0
        if self.method in _EQUAL:
            return min(self.base, balance)
        if self.method not in _LEVEL:
            return 0
        if self.rates.inside or not period.is_regular:
            interest = self._regular_interest(balance)
        return self._repaid(self.level - interest, balance)

    def _regular_interest(self, balance: int) -> int:
        rates = self.rates
        return _round(balance * rates.now * 30 * self.step, MONTHS_BASIS * rates.scale)


def _round(numerator: int, denominator: int) -> int:
    """`money.round_half_up` for amounts that are never negative."""
    return (2 * numerator + denominator) // (2 * denominator)
