"""Where a loan taken over stands: the opening event that a ledger's figures make.

Taken at its word: a balance, arrears, days overdue, a state. What the ledger does not say is not
made up: a loan in arrears of unknown height has no payment known, and is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from server.domain.events import Event, Opening, WriteOff
from server.domain.ledger.rows import Fault
from server.domain.plan import walk
from server.domain.plan.grid import periods_of
from server.domain.terms import Terms

ARREARS_UNKNOWN: Final = "ARREARS_UNKNOWN"
MATURED: Final = "MATURED_WITH_BALANCE"
NOT_SETTLED: Final = "ZERO_BALANCE_NOT_SETTLED"

_AMOUNTS: Final = (
    *("principal_balance", "overdue_principal", "interest_due"),
    *("penalty_due", "compound_due", "fee_due"),
)
_OVER: Final = frozenset({"SETTLED", "TRANSFERRED"})
_PROMPT: Final = frozenset({"NORMAL", "EXTENDED"})


class Position(NamedTuple):
    """`opening` opens the loan (None: nothing is known to have been paid), `later` is what is told
    beside it. `missing` names columns whose absence leaves the position unknown.
    """

    opening: Opening | None = None
    later: tuple[Event, ...] = ()
    missing: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()


def position_of_row(
    values: Mapping[str, Any],
    terms: Terms,
    as_of: dt.date,
    today: dt.date,
    opening_id: str = "",
) -> Position:
    """The position of a loan as its ledger of `as_of` tells it; entered `today`.

    `opening_id` is the id of the opening, if there will be one.
    """
    if terms.disbursed_on > as_of or values.get("loan_status") == "PENDING":
        return Position()
    return _Position(values, terms, as_of, today, opening_id).find()


class _Position:
    """One loan on its way to an opening."""

    def __init__(
        self,
        values: Mapping[str, Any],
        terms: Terms,
        as_of: dt.date,
        today: dt.date,
        opening_id: str,
    ) -> None:
        self.opening_id = opening_id
        self.values, self.terms, self.as_of, self.today = values, terms, as_of, today
        self.status = values.get("loan_status")
        self.balance: int | None = values.get("principal_balance")
        self.overdue: int | None = values.get("overdue_principal")
        self.interest: int | None = values.get("interest_due")
        self.penalty: int | None = values.get("penalty_due")
        self.dpd: int | None = values.get("dpd")
        self.oldest: dt.date | None = values.get("oldest_due_on")
        self.remarks: list[Fault] = []

    def find(self) -> Position:
        faults = self._faults()
        if faults:
            return Position(faults=tuple(faults))
        if self.status in _OVER:
            return self._opened(0, value_on=self._last_day())
        if self.balance is None:
            return self._without_balance()
        if self.balance == 0 and not (self.interest or self.penalty):
            if self.status is not None and self.status != "WRITTEN_OFF":
                self.remarks.append(Fault("principal_balance", NOT_SETTLED))
            return self._opened(0)
        return self._opened(self.balance)

    def _faults(self) -> list[Fault]:
        principal, balance = self.terms.principal, self.balance
        found = [
            Fault(field, "negative") for field in _AMOUNTS if (self.values.get(field) or 0) < 0
        ]
        if balance is not None and balance > principal:
            found.append(Fault("principal_balance", "exceeds_principal"))
        elif balance and self.status in _OVER:
            found.append(Fault("principal_balance", "settled_with_balance"))
        if self.overdue and self.overdue > (principal if balance is None else balance):
            found.append(Fault("overdue_principal", "exceeds_balance"))
        if (
            self.dpd is not None
            and not 0 <= self.dpd <= (self.as_of - self.terms.disbursed_on).days
        ):
            found.append(Fault("dpd", "before_disbursement" if self.dpd > 0 else "negative"))
        if self.oldest is not None and not self.terms.disbursed_on <= self.oldest <= self.as_of:
            found.append(Fault("oldest_due_on", "out_of_range"))
        paid_on = self.values.get("last_paid_on")
        if paid_on is not None and paid_on > self.today:
            found.append(Fault("last_paid_on", "in_future"))
        return found

    def _last_day(self) -> dt.date:
        """A settled loan was settled by its last payment, where that is told."""
        paid_on: dt.date | None = self.values.get("last_paid_on")
        if paid_on is None or not self.terms.disbursed_on <= paid_on <= self.as_of:
            return self.as_of
        return paid_on

    def _without_balance(self) -> Position:
        if self.overdue is not None or (self.dpd == 0 and self.status != "OVERDUE"):
            return self._opened(self._planned() + (self.overdue or 0))
        if self.status in _PROMPT and not self.dpd:
            planned = self._planned()
            if planned:
                return self._opened(planned)
        if self.status is None and not self._has_fallen_due():
            return Position()
        if self.status is not None or self.dpd:
            self.remarks.append(Fault("principal_balance", ARREARS_UNKNOWN))
        return Position(missing=("principal_balance",), remarks=tuple(self.remarks))

    def _planned(self) -> int:
        """What the plan leaves outstanding after all that fell due by the ledger's day."""
        balance = self.terms.principal
        for row in walk(self.terms, until=self.as_of).rows:
            if row.due_on <= self.as_of:
                balance = row.balance
        return balance

    def _has_fallen_due(self) -> bool:
        return periods_of(self.terms)[0].due_on <= self.as_of

    def _opened(self, balance: int, value_on: dt.date | None = None) -> Position:
        on = value_on or self.as_of
        if balance and self.status in _PROMPT and periods_of(self.terms)[-1].due_on <= on:
            self.remarks.append(Fault("loan_status", MATURED))
        is_clean = (
            balance == 0
            or self.dpd == 0
            or (self.status in _PROMPT and not self.dpd and not self.overdue and not self.oldest)
        )
        oldest = self.oldest
        if oldest is None and self.dpd:
            oldest = on - dt.timedelta(days=self.dpd)
        opening = Opening(
            id=self.opening_id,
            value_on=on,
            posted_on=self.today,
            order=1,
            principal=balance,
            overdue_principal=0 if is_clean and self.overdue is None else self.overdue,
            interest_due=0 if is_clean and self.interest is None else self.interest,
            penalty_due=0 if is_clean and self.penalty is None else self.penalty,
            compound_due=self.values.get("compound_due", 0),
            fee_due=self.values.get("fee_due", 0),
            oldest_due_on=oldest,
        )
        return Position(opening, self._written_off(on), remarks=tuple(self.remarks))

    def _written_off(self, on: dt.date) -> tuple[Event, ...]:
        told = self.values.get("writeoff_on")
        if self.status != "WRITTEN_OFF" and told is None:
            return ()
        day = told if isinstance(told, dt.date) and on <= told <= self.today else on
        return (WriteOff(id="", value_on=day, posted_on=self.today),)
