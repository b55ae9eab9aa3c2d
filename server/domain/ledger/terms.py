"""A loan's terms from what a ledger's row says; what is missing is named, what follows is derived.

An old ledger often has the payment and no rate: then the rate is the one that makes the payment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from server.domain.calendar import add_months, whole_months
from server.domain.cost import lpr_on
from server.domain.errors import Invalid
from server.domain.ledger.cells import Floating
from server.domain.ledger.rows import Fault
from server.domain.parameters.rates import LprQuote, LprTenor
from server.domain.parsing.rates import LPR_NEEDED
from server.domain.plan.grid import periods_of
from server.domain.plan.methods import level_payment
from server.domain.terms import DayCount, Method, PrepaymentFee, Terms, default_day_count
from server.domain.workdays import HolidayRule, Workdays

_LEVEL: Final = (Method.EQUAL_INSTALMENT,)
_STEPS: Final = (Decimal("0.0001"), Decimal("0.000001"), Decimal("0.0000000001"))
_MOST: Final = Decimal(1)


class Usual(NamedTuple):
    """What a product says of a loan where its row does not."""

    day_count: DayCount = DayCount.M30_360
    penalty_uplift: Decimal = Decimal("0.5")
    grace_days: int = 0
    compound: bool = True
    principal_first_above_dpd: int | None = 90
    penalty_basis_days: int = 360
    prepayment_fee: PrepaymentFee | None = None
    holidays: HolidayRule = HolidayRule.NONE
    workdays: Workdays | None = None


class RowTerms(NamedTuple):
    """`terms` is None when there are faults. `missing` and `derived` name columns."""

    terms: Terms | None
    missing: tuple[str, ...]
    derived: tuple[str, ...]
    faults: tuple[Fault, ...]


def terms_of_row(
    values: Mapping[str, Any], usual: Usual, quotes: Sequence[LprQuote] = ()
) -> RowTerms:
    """The terms that a row's values make, under a product's usual ones.

    A rate told as a spread rests on the LPR that stood on the first day (`quotes`).
    """
    faults = [
        Fault(field, "missing")
        for field in ("principal_amount", "disbursed_on")
        if field not in values
    ]
    if "term_months" not in values and "maturity_on" not in values:
        faults.append(Fault("term_months", "missing"))
    if faults:
        return RowTerms(None, (), (), tuple(faults))
    return _Reading(values, usual, quotes).result()


class _Reading:
    """One row on its way to terms."""

    def __init__(self, values: Mapping[str, Any], usual: Usual, quotes: Sequence[LprQuote]) -> None:
        self.values, self.usual, self.quotes = values, usual, quotes
        self.missing: list[str] = []
        self.derived: list[str] = []

    def result(self) -> RowTerms:
        try:
            terms = self._terms()
            terms.check()
            periods_of(terms)
        except Invalid as refusal:
            fault = Fault(_COLUMN_OF.get(refusal.field, refusal.field), refusal.reason)
            return RowTerms(None, tuple(self.missing), tuple(self.derived), (fault,))
        return RowTerms(terms, tuple(self.missing), tuple(self.derived), ())

    def _terms(self) -> Terms:
        values, usual = self.values, self.usual
        method, step = self._method()
        disbursed_on: dt.date = values["disbursed_on"]
        periods, maturity_on = self._length(disbursed_on, step)
        principal: int = values["principal_amount"]
        rate = self._rate(method, principal, periods, step, disbursed_on, maturity_on)
        day_count = values.get("day_count")
        uplift = values.get("penalty_uplift")
        if uplift is not None and uplift > 1:
            uplift -= 1  # 1.5 times the rate
        return Terms(
            method=method,
            principal=principal,
            annual_rate=rate,
            disbursed_on=disbursed_on,
            periods=periods,
            frequency_months=step,
            day_count=DayCount(day_count) if day_count else self._usual_day_count(method),
            repay_day=values.get("repay_day"),
            first_due_on=values.get("first_due_on"),
            maturity_on=maturity_on,
            amort_periods=values.get("amort_periods"),
            grace_periods=values.get("grace_periods", 0),
            penalty_uplift=usual.penalty_uplift if uplift is None else uplift,
            grace_days=values.get("grace_days", usual.grace_days),
            principal_first_above_dpd=usual.principal_first_above_dpd,
            compound=usual.compound,
            penalty_basis_days=usual.penalty_basis_days,
            prepayment_fee=usual.prepayment_fee,
            holidays=usual.holidays,
            workdays=usual.workdays,
        )

    def _usual_day_count(self, method: Method) -> DayCount:
        return default_day_count(method) if method is Method.BULLET else self.usual.day_count

    def _method(self) -> tuple[Method, int]:
        said = self.values.get("repay_method")
        step = self.values.get("frequency_months")
        if said is None:
            self.missing.append("repay_method")
            return Method.EQUAL_INSTALMENT, step or 1
        method = Method(said[0])
        return method, step or (1 if method is Method.BULLET else said[1] or 1)

    def _length(self, disbursed_on: dt.date, step: int) -> tuple[int | None, dt.date | None]:
        """Periods and maturity. A term may count months or payments; the maturity tells which."""
        maturity_on: dt.date | None = self.values.get("maturity_on")
        term: int | None = self.values.get("term_months")
        if term is None:
            return None, maturity_on
        if term < 0:
            return None, maturity_on or disbursed_on + dt.timedelta(days=-term)
        if step == 1:
            return term, maturity_on
        if maturity_on is not None:
            months = whole_months(disbursed_on, maturity_on)[0] if maturity_on > disbursed_on else 0
            if abs(months - term) > 1 and abs(months - term * step) <= step:
                return term, maturity_on
        if term % step:
            return None, maturity_on or add_months(disbursed_on, term)
        return term // step, maturity_on

    def _rate(
        self,
        method: Method,
        principal: int,
        periods: int | None,
        step: int,
        disbursed_on: dt.date,
        maturity_on: dt.date | None,
    ) -> Decimal:
        values = self.values
        rate: Decimal | Floating | None = values.get(
            "annual_rate", values.get("monthly_rate_permille")
        )
        if isinstance(rate, Floating):
            return self._floating(rate, disbursed_on, periods, step, maturity_on)
        if rate is not None:
            return rate
        payment: int | None = values.get("instalment_amount")
        if periods is None and maturity_on is not None and maturity_on > disbursed_on:
            periods = -(-whole_months(disbursed_on, maturity_on)[0] // step) or None
        found = None
        if payment is not None and periods is not None and principal > 0 and payment > 0:
            found = rate_of_payment(method, principal, payment, periods, step)
        if found is None:
            self.missing.append("annual_rate")
            return Decimal(0)
        self.derived.append("annual_rate")
        return found

    def _floating(
        self,
        rate: Floating,
        disbursed_on: dt.date,
        periods: int | None,
        step: int,
        maturity_on: dt.date | None,
    ) -> Decimal:
        """Loans of more than five years rest on the longer tenor."""
        last = maturity_on or add_months(disbursed_on, (periods or 0) * step)
        is_long = last > add_months(disbursed_on, 60)
        try:
            tenor = LprTenor.FIVE_YEARS if is_long else LprTenor.ONE_YEAR
            return lpr_on(self.quotes, disbursed_on, tenor) + rate.spread_bp / 10_000
        except Invalid:
            raise Invalid("annual_rate", LPR_NEEDED) from None


# The columns at which a person looks for what the terms call otherwise.
_COLUMN_OF: Final = {
    "principal": "principal_amount",
    "periods": "term_months",
    "method": "repay_method",
}


def column_of_term(field: str) -> str:
    """The column of a ledger that a field of the terms comes from."""
    return _COLUMN_OF.get(field, field)


@lru_cache(maxsize=4096)
def rate_of_payment(
    method: Method, principal: int, payment: int, periods: int, step: int
) -> Decimal | None:
    """The yearly rate under which `payment` (fen) repays `principal` in `periods`; None for none.

    The roundest rate that makes the payment to the fen is taken: contracts are made with such.
    """
    if method is Method.INTEREST_ONLY:
        return _rounded(Decimal(payment) * 12 / (Decimal(principal) * step))
    if method is Method.FLAT:
        return _rounded((payment - Decimal(principal) / periods) * 12 / (Decimal(principal) * step))
    if method not in _LEVEL or payment * periods < principal - periods:
        return None
    if abs(payment * periods - principal) <= periods:
        return Decimal(0)
    low, high = 0, 10**10
    while high - low > 1:
        middle = (low + high) // 2
        if level_payment(principal, middle, 10**10, step, periods) < payment:
            low = middle
        else:
            high = middle
    exact = Decimal(high) / 10**10
    for places in _STEPS:
        rate = exact.quantize(places)
        if level_payment(principal, int(rate * 10**10), 10**10, step, periods) == payment:
            return rate.normalize() if rate else rate
    return None


def _rounded(rate: Decimal) -> Decimal | None:
    return rate.quantize(Decimal("0.000001")).normalize() if 0 <= rate <= _MOST else None
