"""What paying early costs and saves, before anybody decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from server.domain.errors import Invalid
from server.domain.events import Prepayment, PrepayMode, RateChange, event_order
from server.domain.plan.rows import Instalment, Prepaid
from server.domain.plan.walk import walk
from server.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class PrepaymentQuote:
    """A prepayment on a day, the instalments after it, and the interest saved (all fen).

    `interest_saved` compares the interest of all instalments still to come with that of the new
    ones and of the prepayment; the fee is not taken off. FLAT loans are re-planned on the
    principal that remains.
    """

    paid: Prepaid
    rows_after: tuple[Instalment, ...]
    new_last_due_on: date
    interest_saved: int

    @property
    def total(self) -> int:
        """The money to bring on the day."""
        return self.paid.principal + self.paid.interest + self.paid.fee


def quote_prepayment(
    terms: Terms,
    on: date,
    principal: int | None,
    mode: PrepayMode = PrepayMode.REDUCE_PAYMENT,
    rate_changes: Iterable[RateChange] = (),
) -> PrepaymentQuote:
    """Quote prepaying `principal` (None: all) on `on`, everything due by then being paid.

    Source: Civil Code 677; interest runs on the prepaid part only, the rest has a full period.
    Raises `Invalid("principal", ...)` above the balance and `Invalid("value_on", ...)` when
    nothing is left to prepay.
    """
    rates = sorted(rate_changes, key=event_order)
    wish = Prepayment(id="", value_on=on, posted_on=on, principal=principal, mode=mode)
    before = walk(terms, rates)
    if on >= before.rows[-1].due_on:
        raise Invalid("value_on", "nothing_to_prepay")
    after = walk(terms, sorted([*rates, wish], key=event_order))
    paid = after.prepaid[0]
    rest = tuple(after.rows[paid.paid_rows :])
    saved = sum(row.interest for row in before.rows[paid.paid_rows :])
    saved -= paid.interest + sum(row.interest for row in rest)
    return PrepaymentQuote(paid, rest, rest[-1].due_on if rest else on, saved)
