"""The walk through a plan's periods, meeting what changes it on the way.

Sources of the rules: rate change, prepayment and extension as in the ledger's specification
(Civil Code 677, 678; irregular and split periods keep the principal of a regular one). Rates are
whole numbers over one `scale`, days are ordinals: this runs once for each row of a large import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from server.domain.calendar import is_on_anchor
from server.domain.errors import Invalid
from server.domain.events import Extension, Opening, Prepayment, PrepayMode, RateChange
from server.domain.plan.checks import check_opening
from server.domain.plan.grid import Period, anchor_day, periods_of
from server.domain.plan.methods import MONTHS_BASIS, level_payment, periods_to_repay
from server.domain.plan.prepaid import prepayment_fee
from server.domain.plan.rows import Course, Instalment, Prepaid, RateStep, TakenOver
from server.domain.terms import Method, Terms, check_rate

PlanChange = RateChange | Prepayment | Extension | Opening

_LEVEL = (Method.EQUAL_INSTALMENT, Method.BALLOON)
_EQUAL = (Method.EQUAL_PRINCIPAL, Method.FLAT)


def walk(terms: Terms, changes: Sequence[PlanChange] = ()) -> Course:
    """The plan of `terms` with `changes` (sorted by `event_order`) applied.

    Raises `Invalid` for impossible terms, a change before the disbursement, a prepayment above
    the balance or after the maturity, and an extension after the maturity it extends.
    """
    terms.check()
    return _Walk(terms, changes).run()


class _Walk:
    """The state between two periods. `k` counts the periods of the current segment from 0."""

    __slots__ = (
        "balance", "base", "basis", "changes", "dirty", "ends_early", "extension", "extensions",
        "first_terms", "flat_base", "is_strict", "level", "met", "method", "periods", "pieces",
        "prepaid", "rate", "rates", "rows", "scale", "taken_over", "terms", "until",
    )  # fmt: skip

    def __init__(self, terms: Terms, changes: Sequence[PlanChange]) -> None:
        self.scale = 10 ** max(_places(terms.annual_rate), 4)
        self.extensions: list[Extension] = []
        for change in changes:
            self._admit(change, terms)
        self.changes, self.first_terms = changes, terms
        self.met = 0
        self.is_strict = not changes
        self.rows: list[Instalment] = []
        self.prepaid: list[Prepaid] = []
        self.taken_over: TakenOver | None = None
        self.rates: list[RateStep] = []
        self.balance = terms.principal
        self.rate = 0
        self._begin(terms, periods_of(terms), terms.annual_rate)

    def run(self) -> Course:
        self._segment()
        while self.extension is not None:
            self._extend(self.extension)
            self._segment()
        if self.extensions:
            raise Invalid("value_on", "after_maturity")
        self._meet_the_rest()
        maturity = self.periods[-1].due_on
        return Course(self.rows, self.prepaid, self.taken_over, self.rates, self.scale, maturity)

    def _admit(self, change: PlanChange, terms: Terms) -> None:
        if change.value_on < terms.disbursed_on:
            raise Invalid("value_on", "before_disbursement")
        if isinstance(change, Extension):
            self.extensions.append(change)
        if isinstance(change, RateChange | Extension) and change.annual_rate is not None:
            check_rate(change.annual_rate)
            self.scale = max(self.scale, 10 ** _places(change.annual_rate))

    def _begin(self, terms: Terms, periods: list[Period], rate: Decimal | None) -> None:
        """Start a segment: the loan itself, or what an extension adds to it."""
        if terms.grace_periods >= len(periods):
            raise Invalid("grace_periods", "not_below_periods")
        if terms.amort_periods is not None and terms.amort_periods <= len(periods):
            raise Invalid("amort_periods", "not_longer_than_periods")
        self.terms, self.periods, self.method = terms, periods, terms.method
        self.basis = terms.day_count.basis
        self.until = len(periods)
        self.level = self.base = 0
        self.flat_base = self.balance
        self.ends_early, self.dirty = False, False
        self.pieces: list[RateStep] = []
        if rate is not None:
            self._set_rate(periods[0].start, rate)
        self.extension = None
        if self.extensions and self.extensions[0].value_on <= periods[-1].due_on:
            self.extension = self.extensions.pop(0)

    def _set_rate(self, start: int, rate: Decimal) -> None:
        self.rate = int(rate * self.scale)
        self.rates.append(RateStep(start, self.rate))

    def _segment(self) -> None:
        changes, grace = self.changes, self.terms.grace_periods
        for k, period in enumerate(self.periods):
            if self.met < len(changes):
                self._meet(k, period)
            if self.balance == 0:
                self._drop_extensions()
                break
            if k == grace or (self.dirty and k > grace):
                self._solve(k)
            self.dirty = False
            if self._add_row(k, period):
                break
            if self.pieces:
                self.rate = self.pieces[-1].rate
                self.pieces, self.dirty = [], True

    def _drop_extensions(self) -> None:
        """Paid off: an extension agreed before that has no more to move, a later one is wrong."""
        paid_off_on = self.changes[self.met - 1].value_on
        if any(one.value_on > paid_off_on for one in (self.extension, *self.extensions) if one):
            raise Invalid("value_on", "nothing_to_extend")
        self.extension, self.extensions = None, []

    def _meet(self, k: int, period: Period) -> None:
        """Apply all changes that count from a day inside [start, due)."""
        changes, due_on = self.changes, period.due_on
        while self.met < len(changes) and (change := changes[self.met]).value_on < due_on:
            self.met += 1
            if isinstance(change, RateChange):
                self._change_rate(k, period, change)
            elif isinstance(change, Prepayment):
                self._prepay(k, period, change)
            elif isinstance(change, Opening):
                self._take_over(change)

    def _change_rate(self, k: int, period: Period, change: RateChange) -> None:
        self._fix_length(k)
        start = change.value_on.toordinal()
        if start > period.start:
            step = RateStep(start, int(change.annual_rate * self.scale))
            self.pieces.append(step)
            self.rates.append(step)
            return
        self._set_rate(start, change.annual_rate)
        self.dirty = True

    def _fix_length(self, k: int) -> None:
        """After a SHORTEN, turn "until paid off" into a number of periods to solve anew for."""
        if not self.ends_early:
            return
        self.ends_early = False
        if self.method in _LEVEL:
            left = periods_to_repay(
                self.balance, self.level, self.rate, self.scale, self.terms.frequency_months
            )
        else:
            left = -(-self.balance // max(self.base, 1))
        self.until = min(self.until, k + left)

    def _prepay(self, k: int, period: Period, change: Prepayment) -> None:
        amount = self.balance if change.principal is None else change.principal
        if amount <= 0:
            raise Invalid(
                "principal", "nothing_to_prepay" if change.principal is None else "not_positive"
            )
        if amount > self.balance:
            raise Invalid("principal", "exceeds_balance")
        if change.mode is PrepayMode.REDUCE_PAYMENT or k < self.terms.grace_periods:
            self._fix_length(k)
            self.dirty = True
        else:
            self.ends_early = self.method in _LEVEL or self.method in _EQUAL
        days = change.value_on.toordinal() - period.start
        interest = _round(amount * self._rate_days(period.start, days), self.basis * self.scale)
        fee = change.fee
        if fee is None:
            rate = self.pieces[-1].rate if self.pieces else self.rate
            fee = prepayment_fee(self.terms, amount, rate, self.scale, len(self.rows))
        self.prepaid.append(
            Prepaid(change.id, change.value_on, len(self.rows), days, amount, interest, fee)
        )
        self.balance -= amount
        self.flat_base = self.balance

    def _take_over(self, opening: Opening) -> None:
        check_opening(opening, self.first_terms)
        overdue = opening.overdue_principal
        if overdue is None or self._is_over(opening):
            overdue = max(opening.principal - self._planned_at(opening), 0)
        if overdue > opening.principal:
            raise Invalid("overdue_principal", "exceeds_balance")
        self.taken_over = TakenOver(len(self.rows), overdue)
        left = opening.principal - overdue
        self.dirty = self.dirty or left != self.balance
        self.balance = left

    def _is_over(self, opening: Opening) -> bool:
        return opening.value_on >= self.periods[-1].due_on

    def _planned_at(self, opening: Opening) -> int:
        return 0 if self._is_over(opening) else self.balance

    def _rate_days(self, start: int, days: int) -> int:
        """The sum of rate times days over `days` from `start`, through the rate's steps."""
        if not self.pieces:
            return self.rate * days
        total, rate, end = 0, self.rate, start + days
        for step in self.pieces:
            day = min(step.start, end)
            total += rate * (day - start)
            start, rate = day, step.rate
        return total + rate * (end - start)

    def _solve(self, k: int) -> None:
        if self.method in _EQUAL:
            self.base = _round(self.balance, self.until - k)
        elif self.method in _LEVEL:
            self.level = self._level(k)

    def _level(self, k: int) -> int:
        terms, left = self.terms, self.until - k
        if self.method is Method.BALLOON and terms.amort_periods is not None:
            left = terms.amort_periods - k
        level = level_payment(self.balance, self.rate, self.scale, terms.frequency_months, left)
        if self.is_strict and left > 1 and level <= self._regular_interest():
            raise Invalid("periods", "negative_amortisation")
        return level

    def _regular_interest(self) -> int:
        counted = 30 * self.terms.frequency_months
        return _round(self.balance * self.rate * counted, MONTHS_BASIS * self.scale)

    def _interest(self, period: Period) -> int:
        if self.method is Method.FLAT:
            balance, counted, basis = self.flat_base, 30 * self.terms.frequency_months, 360
        else:
            balance, counted, basis = self.balance, period.counted_days, self.basis
        if not self.pieces:  # written out: this runs for every row of an import
            denominator = basis * self.scale
            return (2 * balance * self.rate * counted + denominator) // (2 * denominator)
        rate_days = self._rate_days(period.start, period.days)
        return _round(balance * rate_days * counted, basis * self.scale * period.days)

    def _add_row(self, k: int, period: Period) -> bool:
        """Add the period's instalment; True when it is the last of the segment."""
        balance, interest = self.balance, self._interest(period)
        is_last = k == self.until - 1 or (self.ends_early and self._pays_off(interest))
        if is_last:
            principal = balance if self.extension is None else 0
        else:
            principal = self._principal(k, period, interest)
        self.balance = balance - principal
        self.rows.append(
            Instalment(
                len(self.rows) + 1, period.start_on, period.due_on, period.days,
                principal, interest, principal + interest, self.balance,
            )
        )  # fmt: skip
        return is_last

    def _pays_off(self, interest: int) -> bool:
        if self.method in _LEVEL:
            return self.balance + interest <= self.level
        return self.balance <= self.base

    def _principal(self, k: int, period: Period, interest: int) -> int:
        if k < self.terms.grace_periods:
            return 0
        if self.method in _EQUAL:
            return min(self.base, self.balance)
        if self.method not in _LEVEL:
            return 0
        if self.pieces or not period.is_regular:
            interest = self._regular_interest()
        principal = self.level - interest
        if principal < 0 and self.is_strict:
            raise Invalid("periods", "negative_amortisation")
        return max(min(principal, self.balance), 0)

    def _extend(self, change: Extension) -> None:
        last, old = self.rows[-1], self.terms
        if change.value_on > last.due_on:
            raise Invalid("value_on", "after_maturity")
        anchor = anchor_day(old)
        continues = is_on_anchor(last.due_on, anchor)
        if self.pieces:
            self.rate, self.pieces = self.pieces[-1].rate, []
        terms = replace(
            old,
            method=change.method or old.method,
            principal=self.balance,
            disbursed_on=last.due_on,
            periods=change.periods,
            maturity_on=change.maturity_on,
            frequency_months=change.frequency_months or old.frequency_months,
            repay_day=anchor if continues else None,
            first_due_on=None,
            amort_periods=None,
            grace_periods=0,
        )
        terms.check()
        periods = periods_of(terms, starts_on_anchor=continues)
        self._begin(terms, periods, change.annual_rate)

    def _meet_the_rest(self) -> None:
        """What counts from the last due date or later: rates for penalty, a late opening."""
        for change in self.changes[self.met :]:
            if isinstance(change, RateChange):
                self._set_rate(change.value_on.toordinal(), change.annual_rate)
            elif isinstance(change, Opening):
                self._take_over(change)
            elif isinstance(change, Prepayment):
                raise Invalid("value_on", "nothing_to_prepay")


def _round(numerator: int, denominator: int) -> int:
    """`money.round_half_up` for amounts that are never negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def _places(rate: Decimal) -> int:
    exponent = rate.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
