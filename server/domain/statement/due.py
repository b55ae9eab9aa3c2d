"""One item of debt while the days go by: an instalment or a fee, with what is left of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.allocation import COMPOUND, FEE, INTEREST, PENALTY, PRINCIPAL
from server.domain.penalty import PenaltyRate


@dataclass(slots=True)
class Due:
    """Mutable state of one item. Days are ordinals, money fen, accruals fen times rate days.

    `due` is the day from which it counts: the planned one, or the working day after it where the
    contract says so.
    `no` is the instalment's number, `event_id` is set for a fee charged on its own.
    `taken_penalty` and `taken_compound` stood at the takeover of the loan. `is_free`: cleared
    within grace, so that no penalty ever counts.
    """

    no: int | None
    due: int
    grace_end: int
    accrued_to: int
    interest: int = 0
    principal: int = 0
    fee: int = 0
    event_id: str = ""
    taken_penalty: int = 0
    taken_compound: int = 0
    penalty_accrued: int = 0
    compound_accrued: int = 0
    is_free: bool = False
    cleared: int = 0
    settled: int = 0
    left: list[int] = field(default_factory=list)
    paid: list[int] | None = None
    waived: list[int] | None = None

    def __post_init__(self) -> None:
        self.left = [self.fee, 0, 0, self.interest, self.principal]

    def accrue(self, day: int, rate: PenaltyRate, *, compound: bool) -> None:
        """Bring `left` up to `day`: penalty and compound as they read then."""
        if day <= self.accrued_to:
            return
        left = self.left
        principal, interest = left[PRINCIPAL], left[INTEREST]
        if principal or interest:
            rate_days = rate.rate_days(self.accrued_to, day)
            self.penalty_accrued += principal * rate_days
            if compound:
                self.compound_accrued += interest * rate_days
        self.accrued_to = day
        if self.is_free or day <= self.grace_end:
            return
        penalty = self.taken_penalty + rate.fen(self.penalty_accrued)
        interest_on_interest = self.taken_compound + rate.fen(self.compound_accrued)
        left[PENALTY] = penalty - self._gone(PENALTY)
        left[COMPOUND] = interest_on_interest - self._gone(COMPOUND)

    def unpaid(self) -> int:
        """Fee, interest and principal left: what makes days overdue."""
        left = self.left
        return left[FEE] + left[INTEREST] + left[PRINCIPAL]

    def take(self, component: int, amount: int) -> None:
        """A payment serves a component."""
        self.left[component] -= amount
        if self.paid is None:
            self.paid = [0, 0, 0, 0, 0]
        self.paid[component] += amount

    def waive(self, component: int, amount: int) -> int:
        """Give up at most `amount` of a component; returns what was given up."""
        given = min(amount, self.left[component])
        if given > 0:
            self.left[component] -= given
            if self.waived is None:
                self.waived = [0, 0, 0, 0, 0]
            self.waived[component] += given
        return given

    def mark(self, day: int, tolerance: int) -> bool:
        """Note on `day` whether the item is cleared and settled; True when nothing is left."""
        unpaid = self.unpaid()
        if unpaid <= tolerance and not self.cleared:
            self.cleared = day
            self.is_free = day <= self.grace_end
        if unpaid == 0 and self.left[PENALTY] == 0 and self.left[COMPOUND] == 0:
            self.settled = day
            return True
        return False

    def days_late(self, day: int) -> int:
        """How long it stood or stands open past grace, in days from the due date; 0 in time."""
        end = self.cleared or day
        return end - self.due if end > self.grace_end else 0

    def _gone(self, component: int) -> int:
        gone = self.paid[component] if self.paid else 0
        return gone + self.waived[component] if self.waived else gone
