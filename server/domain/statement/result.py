"""What a statement says. Money is fen; dates are civil dates.

Rows are named tuples: a night's run makes millions of them, and they cost a third of a frozen
dataclass to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from server.domain.events import Component


class Parts(NamedTuple):
    """An amount by component."""

    fee: int = 0
    penalty: int = 0
    compound: int = 0
    interest: int = 0
    principal: int = 0

    @property
    def total(self) -> int:
        """The sum of all components."""
        return self.fee + self.penalty + self.compound + self.interest + self.principal


class InstalmentState(NamedTuple):
    """One instalment as of the statement's day.

    `due` is all that was asked so far (penalty and compound as accrued), `unpaid` is
    `due - paid - waived`. `cleared_on`: principal, interest and fee paid within the tolerance,
    which ends the days overdue. `settled_on`: nothing left at all. `is_late`: unpaid after due
    date and grace, then or now. `balance` is the planned principal after it.
    """

    no: int
    start_on: date
    due_on: date
    days: int
    balance: int
    due: Parts
    paid: Parts
    waived: Parts
    unpaid: Parts
    cleared_on: date | None
    settled_on: date | None
    is_late: bool
    dpd: int


class Charge(NamedTuple):
    """A fee that belongs to no instalment."""

    event_id: str
    due_on: date
    amount: int
    paid: int
    waived: int
    settled_on: date | None


class PrepaidItem(NamedTuple):
    """What one prepayment consisted of. `days` of interest on `principal` up to `on`."""

    event_id: str
    on: date
    days: int
    principal: int
    interest: int
    fee: int

    @property
    def total(self) -> int:
        """The money that came in for it."""
        return self.principal + self.interest + self.fee


class Allocation(NamedTuple):
    """A piece of one payment: what it served and when.

    `instalment_no` is None for a prepayment's own items, a loan-level fee and a refund.
    `from_credit`: kept as credit first and applied on a later due date.
    """

    event_id: str
    on: date
    instalment_no: int | None
    component: Component
    amount: int
    from_credit: bool


class CreditLot(NamedTuple):
    """What one payment has as credit still (`amount`), and what of it was `refunded`.

    A repayment's allocations, `amount` and `refunded` add up to the money received.
    """

    event_id: str
    amount: int
    refunded: int


class NextDue(NamedTuple):
    """The next instalment after the statement's day; `credit` will be applied to it."""

    no: int
    due_on: date
    amount: int
    credit: int

    @property
    def to_pay(self) -> int:
        """What the customer still has to bring."""
        return self.amount - self.credit


class LastPayment(NamedTuple):
    """The latest money received, by value date."""

    event_id: str
    on: date
    amount: int


class LineKind(StrEnum):
    """What a line of the readable statement tells."""

    DISBURSED = "disbursed"
    OPENED = "opened"
    FELL_DUE = "fell_due"
    REPAID = "repaid"
    CREDIT_APPLIED = "credit_applied"
    PREPAID = "prepaid"
    CREDIT_REFUNDED = "credit_refunded"
    FEE_CHARGED = "fee_charged"
    WAIVED = "waived"
    RATE_CHANGED = "rate_changed"
    EXTENDED = "extended"
    WRITTEN_OFF = "written_off"
    REVERSAL = "reversal"


class Line(NamedTuple):
    """One line of the readable statement.

    `amount` is the money of the line (negative for a reversal, zero where none moved), `parts`
    how it was used or what fell due. `is_reversed` marks a fact that a later line undoes; such
    lines move no balance.
    """

    on: date
    posted_on: date
    kind: LineKind
    event_id: str | None
    instalment_no: int | None
    amount: int
    parts: Parts
    principal_balance: int
    credit: int
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Payoff:
    """What settles the loan on `on`.

    `due` is already owed; `principal` is not yet due and costs `interest` for `days` since the
    last due date and the prepayment `fee`; `credit` is deducted from `total`.
    """

    on: date
    due: Parts
    principal: int
    interest: int
    days: int
    fee: int
    credit: int

    @property
    def total(self) -> int:
        """The money to bring; never below zero, credit beyond it is refunded."""
        return max(self.due.total + self.principal + self.interest + self.fee - self.credit, 0)
