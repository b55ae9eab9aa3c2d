"""A second, slow way to a statement: live every day and look at everything each time.

It shares the plan with the real one and nothing of the replay, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from server.domain.events import Event, FeeCharge, RateChange, Repayment, Waiver, event_order
from server.domain.plan import walk
from server.domain.statement.make import plan_changes
from server.domain.terms import Terms

PARTS = ("fee", "penalty", "compound", "interest", "principal")


@dataclass
class Item:
    """An instalment or a fee."""

    no: int | None
    due_on: date
    asked: dict[str, Fraction]
    gone: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    cleared_on: date | None = None
    was_awake: bool = False

    def left(self, part: str, on: date, grace: int) -> int:
        """What is left of a part on a day, as people read it."""
        hidden = part in ("penalty", "compound") and self.is_excused(on, grace)
        asked = Fraction(0) if hidden else self.asked[part]
        return _rounded(asked) - self.gone[part]

    def is_excused(self, on: date, grace: int) -> bool:
        """Within grace, or cleared within it."""
        return min(on, self.cleared_on or on) <= self.due_on + timedelta(days=grace)

    def unpaid(self) -> int:
        """What makes days overdue."""
        return sum(_rounded(self.asked[p]) - self.gone[p] for p in ("fee", "interest", "principal"))


class Life:
    """All days of a loan, one after the other."""

    def __init__(self, loan: Terms, events: Sequence[Event], as_of: date) -> None:
        self.loan, self.as_of, self.grace = loan, as_of, loan.grace_days
        self.events = sorted((e for e in events if e.value_on <= as_of), key=event_order)
        self.items = [
            _item(row.no, row.due_on, interest=row.interest, principal=row.principal)
            for row in walk(loan, plan_changes(self.events)).rows
        ]
        self.credit = 0
        self.rate = loan.annual_rate
        self.today = loan.disbursed_on
        while self.today <= as_of:
            self._live()
            self.today += timedelta(days=1)

    def awake(self, on: date) -> list[Item]:
        """What is due by a day, oldest first."""
        return [item for item in self.items if item.due_on <= on]

    def dpd(self, on: date) -> int:
        """Days overdue on a day."""
        for item in self.awake(on):
            past = on > item.due_on + timedelta(days=self.grace)
            if past and item.unpaid() > self.loan.tolerance:
                return (on - item.due_on).days
        return 0

    def owed(self, part: str) -> int:
        """What is due of a part at the end."""
        return sum(item.left(part, self.as_of, self.grace) for item in self.awake(self.as_of))

    def _live(self) -> None:
        self._note_cleared()
        self._use_credit()
        for event in self.events:
            if event.value_on == self.today:
                self._meet(event)
                self._note_cleared()
        self._accrue()

    def _meet(self, event: Event) -> None:
        if isinstance(event, RateChange):
            self.rate = event.annual_rate
        elif isinstance(event, Repayment):
            self.credit += self._lay(event.amount)
        elif isinstance(event, Waiver):
            self._waive(event)
        elif isinstance(event, FeeCharge):
            self._charge(event)

    def _use_credit(self) -> None:
        self.credit = self._lay(self.credit)

    def _lay(self, amount: int) -> int:
        items, limit = self.awake(self.today), self.loan.principal_first_above_dpd
        order = [(item, part) for item in items for part in PARTS]
        if limit is not None and self.dpd(self.today) > limit:
            parts = ("fee", "principal", "interest", "compound", "penalty")
            order = [(item, part) for part in parts for item in items]
        for item, part in order:
            taken = min(amount, item.left(part, self.today, self.grace))
            item.gone[part] += taken
            amount -= taken
        self._note_cleared()
        return amount

    def _waive(self, event: Waiver) -> None:
        amount, no = event.amount, event.instalment_no
        chosen = [
            i for i in self.items if i.no == no and i.asked["principal"] + i.asked["interest"]
        ]
        for item in self.awake(self.today) if no is None else chosen[:1]:
            given = min(amount, item.left(event.component.value, self.today, self.grace))
            item.gone[event.component.value] += given
            amount -= given

    def _charge(self, event: FeeCharge) -> None:
        for item in self.items:
            if item.no is not None and item.no == event.instalment_no and not item.cleared_on:
                item.asked["fee"] += event.amount
                return
        self.items.append(_item(None, self.today, fee=event.amount))
        self.items.sort(key=lambda item: item.due_on)
        self._use_credit()

    def _note_cleared(self) -> None:
        for item in self.awake(self.today):
            if item.cleared_on is None and item.unpaid() <= self.loan.tolerance:
                item.cleared_on = self.today

    def _accrue(self) -> None:
        if self.today == self.as_of:
            return
        daily = Fraction(self.rate) * Fraction(1 + self.loan.penalty_uplift) / 360
        for item in self.awake(self.today):
            for part, base in (("penalty", "principal"), ("compound", "interest")):
                if part == "penalty" or self.loan.compound:
                    item.asked[part] += (item.asked[base] - item.gone[base]) * daily


def _item(no: int | None, due_on: date, **asked: int) -> Item:
    return Item(no, due_on, {part: Fraction(asked.get(part, 0)) for part in PARTS})


def _rounded(value: Fraction) -> int:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
