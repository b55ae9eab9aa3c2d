"""What happens to a loan after its disbursement. Events are facts: never edited, only reversed.

Each has an `id`, the day from which it counts (`value_on`, 起息日), the day it was entered
(`posted_on`) and `order`, which ranks events of one day. A new kind of event (a restructuring, a
disbursement in parts) is one more dataclass here and one more place in `plan.changes` or
`statement.replay`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from server.domain.terms import Method


class Component(StrEnum):
    """The parts of a debt, in the order in which a normal payment serves them."""

    FEE = "fee"
    PENALTY = "penalty"
    COMPOUND = "compound"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class PrepayMode(StrEnum):
    """What a partial prepayment changes: the later payments, or how long they last."""

    REDUCE_PAYMENT = "REDUCE_PAYMENT"
    SHORTEN = "SHORTEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events share."""

    id: str
    value_on: date
    posted_on: date
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Event):
    """The position of a loan taken over from another ledger without its history.

    `principal` is all that is outstanding on `value_on`, overdue parts included. What fell due
    by then counts as paid, except `overdue_principal` and `interest_due`. Where the old ledger
    does not say: `overdue_principal=None` is what exceeds the planned balance;
    `interest_due=None` is the interest of all instalments since `oldest_due_on` (none without
    it); `oldest_due_on=None` is found by laying the arrears on the latest instalments backwards;
    `penalty_due=None` lets penalty and compound accrue from the due dates, while a figure is
    taken as it stands (with `compound_due`) and grows from `value_on`. It comes first of all
    events of its day; what moved before is part of the position, so no payment may carry an
    earlier value date.
    """

    principal: int
    overdue_principal: int | None = None
    interest_due: int | None = None
    penalty_due: int | None = None
    compound_due: int = 0
    fee_due: int = 0
    oldest_due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repayment(Event):
    """Money received; it pays what is due, the rest stays as credit (溢缴)."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Event):
    """Undoes the event `of`, from that event's own value date, as if it had never been."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(Event):
    """Gives up `amount` of what is outstanding of one component (减免).

    Without `instalment_no` the oldest is served first. What exceeds the outstanding has no
    effect, so that a payment found later, with an earlier value date, needs no new waiver.
    """

    component: Component
    amount: int
    instalment_no: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeCharge(Event):
    """A fee, due at once, or with the instalment named."""

    amount: int
    instalment_no: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange(Event):
    """A new yearly rate from `value_on` (LPR 重定价)."""

    annual_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepayment(Event):
    """Principal paid before it is due, with the money for it: principal, its interest and fee.

    `principal=None` pays all that is not yet due (提前结清). `fee=None` takes the fee of the
    terms; a figure is what was agreed instead. The money serves this alone: items already due
    are paid by a `Repayment` beside it.
    """

    principal: int | None
    mode: PrepayMode = PrepayMode.REDUCE_PAYMENT
    fee: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(Event):
    """Moves the principal due at the maturity to a later one (展期); agreed before it.

    The interest up to the old maturity stays due on it. `periods` or `maturity_on` as in the
    terms, counted from the old maturity; None elsewhere keeps what the loan has.
    """

    periods: int | None = None
    maturity_on: date | None = None
    annual_rate: Decimal | None = None
    method: Method | None = None
    frequency_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRefund(Event):
    """Credit paid back to the customer."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff(Event):
    """The loan leaves the balance sheet (核销); the claim and its counting go on."""


event_order = attrgetter("value_on", "posted_on", "order", "id")
"""The key by which events take effect: a set of events has one order, however it arrives."""
