"""The replay: day by day through due dates and events, to the state at the end.

Instalments wake up when they fall due; a payment is laid on what is awake, the rest waits as
credit and is laid on the next item that falls due. Nothing rounds here but `Due.accrue`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from server.domain.allocation import FEE, INTEREST, PRINCIPAL, allocate, mode_for
from server.domain.errors import Invalid
from server.domain.events import (
    Component,
    CreditRefund,
    Event,
    FeeCharge,
    Opening,
    Prepayment,
    Repayment,
    Waiver,
    WriteOff,
)
from server.domain.money import MAX_FEN
from server.domain.penalty import penalty_rate
from server.domain.plan.rows import Course, Prepaid
from server.domain.statement.due import Due
from server.domain.statement.result import Allocation
from server.domain.statement.takeover import dues_of
from server.domain.terms import Terms

COMPONENTS: Final = tuple(Component)


@dataclass(slots=True)
class Lot:
    """What is left of one payment as credit."""

    event_id: str
    amount: int
    refunded: int = 0


class Replay:
    """The moving state. `awake` holds what is due and not settled, oldest first."""

    __slots__ = (
        "allocations", "awake", "by_no", "charges", "course", "credit", "ends", "grace", "lots",
        "next_row", "opening", "penalty", "prepaid", "terms", "waivers", "written_off_on",
    )  # fmt: skip

    def __init__(self, terms: Terms, course: Course) -> None:
        self.terms, self.course, self.grace = terms, course, terms.grace_days
        self.penalty = penalty_rate(terms, course.rates, course.scale)
        self.ends = [row.due_on.toordinal() for row in course.rows]
        self.prepaid: dict[str, Prepaid] = {item.event_id: item for item in course.prepaid}
        self.awake: list[Due] = []
        self.by_no: dict[int, Due] = {}
        self.charges: list[Due] = []
        self.lots: list[Lot] = []
        self.next_row = self.credit = 0
        self.allocations: list[Allocation] = []
        self.waivers: list[Allocation] = []
        self.opening: Opening | None = None
        self.written_off_on: date | None = None

    def run(self, events: Sequence[Event], as_of: date) -> None:
        """Go through `events` (in order) and the due dates up to `as_of`."""
        if self.course.taken_over is not None:
            self._take_over(next(event for event in events if isinstance(event, Opening)))
        for event in events:
            act = _ACTS.get(type(event))
            if act is not None:
                day = event.value_on.toordinal()
                self._advance(day)
                act(self, event, day)
        self.go_on_to(as_of.toordinal())

    def go_on_to(self, day: int) -> None:
        """Through the due dates up to `day`, on which nothing but time passes; days only grow."""
        self._advance(day)
        self._accrue(day)

    def dpd(self, day: int) -> int:
        """Days overdue on `day`: of the oldest item unpaid above the tolerance, past grace."""
        tolerance = self.terms.tolerance
        for item in self.awake:
            if day > item.grace_end and item.unpaid() > tolerance:
                return day - item.due
        return 0

    def _take_over(self, opening: Opening) -> None:
        taken = self.course.taken_over
        assert taken is not None  # noqa: S101 (the caller looked)
        self.opening, self.next_row = opening, taken.rows
        rows = self.course.rows[: taken.rows]
        self.awake = dues_of(opening, rows, taken.overdue_principal, self.terms)
        self.by_no = {item.no: item for item in self.awake if item.no is not None}

    def _advance(self, day: int) -> None:
        """Wake up what falls due by `day`; credit serves each on its own due date."""
        ends, rows = self.ends, self.course.rows
        while self.next_row < len(ends) and ends[self.next_row] <= day:
            row, due = rows[self.next_row], ends[self.next_row]
            self.next_row += 1
            item = self.by_no.get(row.no) or self._due_of(row.no)
            if item.unpaid() <= self.terms.tolerance and item.mark(due, self.terms.tolerance):
                continue
            self.awake.append(item)
            if self.credit:
                self._apply_credit(row.due_on, due)

    def _due_of(self, no: int) -> Due:
        row = self.course.rows[no - 1]
        due = self.terms.counts_from(row.due_on).toordinal()
        item = Due(no, due, due + self.grace, due, row.interest, row.principal)
        self.by_no[no] = item
        return item

    def _accrue(self, day: int) -> None:
        penalty, compound = self.penalty, self.terms.compound
        for item in self.awake:
            item.accrue(day, penalty, compound=compound)

    def _settle(self, day: int) -> None:
        """Drop from `awake` what has nothing left."""
        tolerance = self.terms.tolerance
        self.awake = [item for item in self.awake if not item.mark(day, tolerance)]

    def _pay(self, event_id: str, amount: int, on: date, day: int, *, from_credit: bool) -> int:
        """Lay `amount` on what is awake; returns what is left of it."""
        awake = self.awake
        if not awake:
            return amount
        self._accrue(day)
        mode = mode_for(self.dpd(day), self.terms.principal_first_above_dpd)
        pieces, left = allocate([item.left for item in awake], amount, mode)
        for index, component, taken in pieces:
            item = awake[index]
            item.take(component, taken)
            self.allocations.append(
                Allocation(event_id, on, item.no, COMPONENTS[component], taken, from_credit)
            )
        self._settle(day)
        return left

    def _apply_credit(self, on: date, day: int) -> None:
        for lot in self.lots:
            if lot.amount and self.awake:
                left = self._pay(lot.event_id, lot.amount, on, day, from_credit=True)
                self.credit -= lot.amount - left
                lot.amount = left

    def repay(self, event: Repayment, day: int) -> None:
        """Money comes in."""
        _check_amount(event.amount)
        left = self._pay(event.id, event.amount, event.value_on, day, from_credit=False)
        if left:
            self.lots.append(Lot(event.id, left))
            self.credit += left

    def prepay(self, event: Prepayment, day: int) -> None:  # noqa: ARG002 (all acts look alike)
        """The prepayment's own money serves its own items."""
        item = self.prepaid[event.id]
        for component, amount in (
            (FEE, item.fee),
            (INTEREST, item.interest),
            (PRINCIPAL, item.principal),
        ):
            if amount:
                self.allocations.append(
                    Allocation(event.id, item.on, None, COMPONENTS[component], amount, False)
                )

    def waive(self, event: Waiver, day: int) -> None:
        """Give up part of what is outstanding, oldest item first."""
        _check_amount(event.amount)
        self._accrue(day)
        component, left = COMPONENTS.index(event.component), event.amount
        for item in self._waived_items(event.instalment_no):
            given = item.waive(component, left)
            left -= given
            if given:
                self.waivers.append(
                    Allocation(event.id, event.value_on, item.no, event.component, given, False)
                )
        self._settle(day)

    def _waived_items(self, no: int | None) -> Sequence[Due]:
        if no is None:
            return self.awake
        item = self.by_no.get(no)
        if item is None and self.next_row < no <= len(self.ends):
            item = self._due_of(no)
        return () if item is None else (item,)

    def charge(self, event: FeeCharge, day: int) -> None:
        """A fee joins its instalment while that is open or to come, else it is due at once."""
        _check_amount(event.amount)
        no = event.instalment_no
        item = self.by_no.get(no) if no is not None else None
        if item is None and no is not None and self.next_row < no <= len(self.ends):
            item = self._due_of(no)
        if item is not None and not item.cleared:
            item.fee += event.amount
            item.left[FEE] += event.amount
            return
        item = Due(no, day, day + self.grace, day, fee=event.amount, event_id=event.id)
        self.charges.append(item)
        self.awake.append(item)
        if self.credit:
            self._apply_credit(event.value_on, day)

    def refund(self, event: CreditRefund, day: int) -> None:  # noqa: ARG002
        """Credit goes back to the customer, the oldest first."""
        _check_amount(event.amount)
        if event.amount > self.credit:
            raise Invalid("amount", "exceeds_credit")
        self.credit -= event.amount
        left = event.amount
        for lot in self.lots:
            given = min(lot.amount, left)
            lot.amount -= given
            lot.refunded += given
            left -= given

    def write_off(self, event: WriteOff, day: int) -> None:  # noqa: ARG002
        """The claim goes on; only where it stands changes."""
        self.written_off_on = self.written_off_on or event.value_on


_ACTS: Final[dict[type[Event], Callable[[Replay, Any, int], None]]] = {
    Repayment: Replay.repay,
    Prepayment: Replay.prepay,
    Waiver: Replay.waive,
    FeeCharge: Replay.charge,
    CreditRefund: Replay.refund,
    WriteOff: Replay.write_off,
}


def _check_amount(amount: int) -> None:
    if amount <= 0:
        raise Invalid("amount", "not_positive")
    if amount > MAX_FEN:
        raise Invalid("amount", "too_large")
