"""The walk through a plan's periods, meeting what changes it on the way.

Source of the rules on prepayment and extension: Civil Code 677 and 678. Rates are whole numbers
over one scale and days are ordinals: this runs once for each row of a large import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from server.domain.calendar import is_on_anchor
from server.domain.errors import Invalid
from server.domain.events import Extension, Opening, Prepayment, PrepayMode, RateChange
from server.domain.money import round_half_up
from server.domain.plan.checks import check_opening
from server.domain.plan.grid import Period, anchor_day, periods_of
from server.domain.plan.prepaid import prepayment_fee
from server.domain.plan.rates import Rates, scale_for
from server.domain.plan.rows import Course, Instalment, Prepaid, TakenOver
from server.domain.plan.segment import Segment
from server.domain.terms import Terms, check_rate

PlanChange = RateChange | Prepayment | Extension | Opening


def walk(terms: Terms, changes: Sequence[PlanChange] = (), *, until: date | None = None) -> Course:
    """The plan of `terms` with `changes` (sorted by `event_order`) applied.

    With `until` the rows end with the first one after that day that asks for more than the
    tolerance.

    Raises `Invalid` for impossible terms, a change before the disbursement, a prepayment above
    the balance or after the maturity, and an extension after the maturity it extends.
    """
    terms.check()
    return _Walk(terms, changes, until).run()


class _Walk:
    """The state between two periods; `met` changes have been applied.

    `dirty`: the balance is not what the method was last solved for; `repriced`: the rate is not.
    """

    __slots__ = (
        "balance", "changes", "dirty", "extension", "extensions", "met", "prepaid", "rates",
        "repriced", "rows", "segment", "taken_over", "terms", "until",
    )  # fmt: skip

    def __init__(self, terms: Terms, changes: Sequence[PlanChange], until: date | None) -> None:
        self.terms, self.changes, self.met, self.until = terms, changes, 0, until
        self.rates = Rates(scale_for(_admitted_rates(terms, changes)))
        self.extensions = [change for change in changes if isinstance(change, Extension)]
        self.rows: list[Instalment] = []
        self.prepaid: list[Prepaid] = []
        self.taken_over: TakenOver | None = None
        self.balance = terms.principal
        self._begin(terms, periods_of(terms), terms.annual_rate)

    def run(self) -> Course:
        self._go()
        while self.extension is not None:
            self._extend(self.extension)
            self._go()
        if self.extensions:
            raise Invalid("value_on", "after_maturity")
        self._meet_the_rest()
        return Course(
            self.rows,
            self.prepaid,
            self.taken_over,
            self.rates.steps,
            self.rates.scale,
            self.segment.periods[-1].due_on,
        )

    def _begin(self, terms: Terms, periods: tuple[Period, ...], rate: Decimal | None) -> None:
        """Start a segment: the loan itself, or what an extension adds to it."""
        self.segment = Segment(terms, periods, self.rates, is_strict=not self.changes)
        self.dirty, self.repriced = True, False
        if rate is not None:
            self.rates.set(periods[0].start, rate)
        self.extension = None
        if self.extensions and self.extensions[0].value_on <= periods[-1].due_on:
            self.extension = self.extensions.pop(0)

    def _go(self) -> None:
        """Through the periods of a segment to its last row."""
        k, count = 0, len(self.segment.periods)
        while k < count:
            k, goes_on = self._run_calmly(k)
            if not goes_on or k >= count or not self._step(k, self.segment.periods[k]):
                break
            k += 1

    def _run_calmly(self, k: int) -> tuple[int, bool]:
        """Take the periods before the next change in one go, where nothing else is pending.

        Gives the first period that was not taken, and whether there is more to do.
        """
        segment, rates = self.segment, self.rates
        if self.extension is not None or rates.inside or segment.ends_early or self.balance == 0:
            return k, True
        calm_to = self.changes[self.met].value_on if self.met < len(self.changes) else None
        if calm_to is not None and segment.periods[k].due_on > calm_to:
            return k, True
        if k > segment.grace:
            self._solve(k)
        after, self.balance = segment.run_undisturbed(
            k, self.balance, self.rows, calm_to, self.until
        )
        if after > segment.grace:
            self.dirty = self.repriced = False
        is_over = self.until is not None and bool(self.rows) and self._is_beyond(self.until)
        return after, not is_over

    def _step(self, k: int, period: Period) -> bool:
        """One period that something happens in, or may; False when the segment ends with it."""
        if self.met < len(self.changes):
            self._meet(k, period)
        if self.balance == 0:
            self._drop_extensions()
            return False
        self._solve(k)
        is_last = self._add_row(k, period)
        self.repriced = self.rates.turn()
        return not is_last and (self.until is None or not self._is_beyond(self.until))

    def _solve(self, k: int) -> None:
        """Find anew what a period repays, where something changed and grace is over."""
        if k < self.segment.grace:
            return
        if self.dirty:
            self.segment.solve(k, self.balance)
        elif self.repriced:
            self.segment.reprice(k, self.balance)
        self.dirty = self.repriced = False

    def _is_beyond(self, until: date) -> bool:
        """Whether the last row is all that is wanted of those to come."""
        row = self.rows[-1]
        return row.due_on > until and row.total > self.terms.tolerance and self.extension is None

    def _add_row(self, k: int, period: Period) -> bool:
        """Add the period's instalment; True when it is the last of the segment."""
        balance, segment = self.balance, self.segment
        interest = segment.interest(period, balance)
        is_last = segment.is_last(k, balance, interest)
        if is_last:
            principal = balance if self.extension is None else 0
        else:
            principal = segment.principal(k, period, balance, interest)
        self.balance = balance - principal
        self.rows.append(
            Instalment(
                len(self.rows) + 1, period.start_on, period.due_on, period.days,
                principal, interest, principal + interest, self.balance,
            )
        )  # fmt: skip
        return is_last

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
        if self.segment.is_level:
            self.segment.fix_length(k, self.balance)
        day = change.value_on.toordinal()
        if day > period.start:
            self.rates.step(day, change.annual_rate)
        else:
            self.rates.set(day, change.annual_rate)
            self.repriced = True

    def _prepay(self, k: int, period: Period, change: Prepayment) -> None:
        amount = self.balance if change.principal is None else change.principal
        if amount <= 0:
            raise Invalid("principal", "not_positive")
        if amount > self.balance:
            raise Invalid("principal", "exceeds_balance")
        # While only interest is paid there is no payment yet that could be kept.
        if change.mode is PrepayMode.REDUCE_PAYMENT or k < self.segment.grace:
            self.segment.fix_length(k, self.balance)
            self.dirty = True
        else:
            self._solve(k)  # what is kept is the payment on the balance before this
            self.segment.shorten()
        self.prepaid.append(self._priced(period, change, amount))
        self.balance -= amount
        self.segment.flat_base = self.balance

    def _priced(self, period: Period, change: Prepayment, amount: int) -> Prepaid:
        rates, paid_rows = self.rates, len(self.rows)
        days = change.value_on.toordinal() - period.start
        interest = round_half_up(
            amount * rates.rate_days(period.start, days), self.segment.basis * rates.scale
        )
        fee = change.fee
        if fee is None:
            fee = prepayment_fee(self.terms, amount, rates.latest(), rates.scale, paid_rows)
        return Prepaid(change.id, change.value_on, paid_rows, days, amount, interest, fee)

    def _take_over(self, opening: Opening) -> None:
        """Go on from a position: what is not overdue is spread over the periods to come."""
        check_opening(opening, self.terms)
        is_over = opening.value_on >= self.segment.periods[-1].due_on
        overdue = opening.overdue_principal
        if overdue is None or is_over:
            overdue = max(opening.principal - (0 if is_over else self.balance), 0)
        if overdue > opening.principal:
            raise Invalid("overdue_principal", "exceeds_balance")
        self.taken_over = TakenOver(len(self.rows), overdue)
        left = opening.principal - overdue
        self.dirty = self.dirty or left != self.balance
        self.balance = left

    def _extend(self, change: Extension) -> None:
        last, old = self.rows[-1], self.segment.terms
        if change.value_on > last.due_on:
            raise Invalid("value_on", "after_maturity")
        anchor = anchor_day(old)
        continues = is_on_anchor(last.due_on, anchor)
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

    def _drop_extensions(self) -> None:
        """Paid off: an extension agreed before that has no more to move, a later one is wrong.

        Without a change it was paid off by parts that are rounded up, before the last of many.
        """
        paid_off_on = self.changes[self.met - 1].value_on if self.met else self.rows[-1].due_on
        if any(one.value_on > paid_off_on for one in (self.extension, *self.extensions) if one):
            raise Invalid("value_on", "nothing_to_extend")
        self.extension, self.extensions = None, []

    def _meet_the_rest(self) -> None:
        """What counts from the last due date or later: rates for penalty, a late opening."""
        for change in self.changes[self.met :]:
            if isinstance(change, RateChange):
                self.rates.set(change.value_on.toordinal(), change.annual_rate)
            elif isinstance(change, Opening):
                self._take_over(change)
            elif isinstance(change, Prepayment):
                raise Invalid("value_on", "nothing_to_prepay")


def _admitted_rates(terms: Terms, changes: Sequence[PlanChange]) -> list[Decimal]:
    """All rates of a loan's life, each one possible and none before the disbursement."""
    rates = [terms.annual_rate]
    for change in changes:
        if change.value_on < terms.disbursed_on:
            raise Invalid("value_on", "before_disbursement")
        if isinstance(change, RateChange | Extension) and change.annual_rate is not None:
            check_rate(change.annual_rate)
            rates.append(change.annual_rate)
    return rates
