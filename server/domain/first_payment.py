"""First-payment default 首逾率 (DOMAIN 4): what share of new loans is late with the very first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class FirstInstalment:
    """When a loan's first instalment was due, and when it was paid in full (None: not yet)."""

    due_on: dt.date
    paid_on: dt.date | None


@dataclass(frozen=True, slots=True)
class FirstPaymentDefault:
    """`late` of `judged` loans; `percent` with two decimals, None where none can be judged."""

    judged: int
    late: int

    @property
    def percent(self) -> Decimal | None:
        """The share in per cent, rounded half up."""
        if not self.judged:
            return None
        share = Decimal(100 * self.late) / self.judged
        return share.quantize(Decimal("0.01"), ROUND_HALF_UP)


def first_payment_default(
    loans: Iterable[FirstInstalment], as_of: dt.date, days: int
) -> FirstPaymentDefault:
    """FPD of `days` days on `as_of`: of the loans whose first due date is as long ago, the late.

    A payment after `as_of` was not yet made on that day.
    """
    judged = [loan for loan in loans if (as_of - loan.due_on).days >= days]
    late = sum((_end(loan, as_of) - loan.due_on).days >= days for loan in judged)
    return FirstPaymentDefault(len(judged), late)


def _end(loan: FirstInstalment, as_of: dt.date) -> dt.date:
    return as_of if loan.paid_on is None else min(loan.paid_on, as_of)
