"""The statement itself: one loan, one day, every figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from server.domain.events import Event
from server.domain.standing import Status
from server.domain.statement.result import (
    Allocation,
    Charge,
    CreditLot,
    InstalmentState,
    LastPayment,
    NextDue,
    Parts,
    PrepaidItem,
)
from server.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Statement:
    """A loan as of one day. Amounts in fen.

    Two statements are equal when all figures are, whatever was posted and reversed on the way:
    `history` takes no part in the comparison. `due` is what may be asked for on `as_of`
    (instalments of that day included), `overdue` the part that is past due and grace.
    `principal_balance` counts all that is outstanding, due or not. `times_overdue` is the number
    of late instalments, `worst_dpd` the most days any of them stood open. `waivers` says what was
    given up, in the shape of `allocations`. What was paid before a takeover is in no sum of `paid`.
    """

    as_of: date
    status: Status
    instalments: tuple[InstalmentState, ...]
    charges: tuple[Charge, ...]
    prepaid: tuple[PrepaidItem, ...]
    allocations: tuple[Allocation, ...]
    waivers: tuple[Allocation, ...]
    credit_lots: tuple[CreditLot, ...]
    credit: int
    principal_balance: int
    due: Parts
    overdue: Parts
    paid: Parts
    waived: Parts
    dpd: int
    principal_dpd: int
    interest_dpd: int
    oldest_unpaid_due_on: date | None
    overdue_instalments: int
    next_due: NextDue | None
    times_overdue: int
    worst_dpd: int
    last_payment: LastPayment | None
    maturity_on: date
    settled_on: date | None
    is_extended: bool
    is_written_off: bool
    terms: Terms = field(repr=False)
    history: tuple[Event, ...] = field(compare=False, repr=False)

    @property
    def total_due(self) -> int:
        """All that may be asked for on `as_of`, penalty and compound included."""
        return self.due.total

    @property
    def overdue_principal(self) -> int:
        """Principal past due and grace."""
        return self.overdue.principal

    @property
    def overdue_interest(self) -> int:
        """Interest past due and grace."""
        return self.overdue.interest

    @property
    def penalty(self) -> int:
        """Penalty (罚息) accrued and not paid, rounded on reading."""
        return self.due.penalty

    @property
    def compound(self) -> int:
        """Compound interest (复利) accrued and not paid, rounded on reading."""
        return self.due.compound
