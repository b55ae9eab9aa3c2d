"""The contract's terms: what was agreed on the day of the loan, before anything happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from server.domain.errors import Invalid
from server.domain.money import MAX_FEN
from server.domain.workdays import HolidayRule, Workdays, counts_from

MAX_RATE: Final = Decimal(1)
"""100 % a year. Above it stands a unit mistake (7.2 meant as 7.2 %), not a loan."""

MAX_PERIODS: Final = 600
MAX_FREQUENCY_MONTHS: Final = 60
MAX_GRACE_DAYS: Final = 60
MAX_TOLERANCE: Final = 100
"""One yuan: what may stay unpaid without making an instalment overdue."""
LAST_YEAR: Final = 2200


class Method(StrEnum):
    """How a loan is paid back; `grace_periods` before the others makes the seventh plan."""

    EQUAL_INSTALMENT = "EQUAL_INSTALMENT"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    INTEREST_ONLY = "INTEREST_ONLY"
    BULLET = "BULLET"
    FLAT = "FLAT"
    BALLOON = "BALLOON"


class DayCount(StrEnum):
    """How the days of a period become a share of the year."""

    M30_360 = "M30_360"
    ACT_360 = "ACT_360"
    ACT_365 = "ACT_365"

    @property
    def basis(self) -> int:
        """Days of the year that a stub period's days are divided by."""
        return 365 if self is DayCount.ACT_365 else 360


class FeeKind(StrEnum):
    """What a prepayment fee is measured by."""

    PERCENT = "PERCENT"
    MONTHS_INTEREST = "MONTHS_INTEREST"


@dataclass(frozen=True, slots=True)
class PrepaymentFee:
    """The fee (违约金) agreed for paying early.

    `value` is a fraction of the prepaid principal (PERCENT: `0.01` is 1 %) or a number of months
    of interest on it (MONTHS_INTEREST). From `waived_after` paid instalments on there is no fee.
    """

    kind: FeeKind
    value: Decimal
    waived_after: int | None = None

    def check(self) -> None:
        """Raise `Invalid("prepayment_fee", ...)` unless the fee is possible."""
        bound = Decimal(1) if self.kind is FeeKind.PERCENT else Decimal(12)
        if not self.value.is_finite() or not 0 <= self.value <= bound:
            raise Invalid("prepayment_fee", "out_of_range")
        if self.waived_after is not None and not 0 <= self.waived_after <= MAX_PERIODS:
            raise Invalid("prepayment_fee", "waived_after")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one loan. Money in fen, rates as yearly fractions, `tolerance` in fen.

    Either `periods` or `maturity_on` says how long it runs; with both, the due dates run to
    `maturity_on` and `periods` may differ by one. BULLET reads `periods` as the number of
    `frequency_months` to the maturity. `principal_first_above_dpd` is None where the contract
    has no clause that turns the order of allocation. Where `holidays` moves due dates to working
    days, `workdays` says which those are; it is the bank's, no part of what was agreed.
    """

    method: Method
    principal: int
    annual_rate: Decimal
    disbursed_on: date
    periods: int | None = None
    frequency_months: int = 1
    day_count: DayCount = DayCount.M30_360
    repay_day: int | None = None
    first_due_on: date | None = None
    maturity_on: date | None = None
    amort_periods: int | None = None
    grace_periods: int = 0
    penalty_uplift: Decimal = Decimal("0.5")
    grace_days: int = 0
    tolerance: int = 0
    principal_first_above_dpd: int | None = 90
    compound: bool = True
    penalty_basis_days: int = 360
    prepayment_fee: PrepaymentFee | None = None
    holidays: HolidayRule = HolidayRule.NONE
    workdays: Workdays | None = field(default=None, compare=False, repr=False)

    def counts_from(self, due_on: date) -> date:
        """The day from which an instalment due on `due_on` counts as overdue, before its grace."""
        return counts_from(due_on, self.holidays, self.workdays)

    def check(self) -> None:
        """Raise `Invalid(field, reason)` for terms that no plan can be made of.

        Negative amortisation shows only in the figures: `plan.make_plan` refuses it.
        """
        _check_amounts(self)
        _check_length(self)
        _check_dates(self)
        _check_arrears_rules(self)
        if self.prepayment_fee is not None:
            self.prepayment_fee.check()


def default_day_count(method: Method) -> DayCount:
    """The day count of a contract that names none: actual days for BULLET, else 30/360."""
    return DayCount.ACT_360 if method is Method.BULLET else DayCount.M30_360


def check_rate(rate: Decimal, field: str = "annual_rate") -> None:
    """Raise `Invalid(field, ...)` unless `rate` is a yearly fraction from 0 to `MAX_RATE`."""
    if not rate.is_finite():
        raise Invalid(field, "not_a_number")
    if rate < 0:
        raise Invalid(field, "negative")
    if rate > MAX_RATE:
        raise Invalid(field, "too_high")
    exponent = rate.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -12:
        raise Invalid(field, "too_many_places")


def _check_amounts(terms: Terms) -> None:
    if terms.principal <= 0:
        raise Invalid("principal", "not_positive")
    if terms.principal > MAX_FEN:
        raise Invalid("principal", "too_large")
    check_rate(terms.annual_rate)


def _check_length(terms: Terms) -> None:
    if terms.periods is None and terms.maturity_on is None:
        raise Invalid("periods", "missing")
    if terms.periods is not None and not 1 <= terms.periods <= MAX_PERIODS:
        raise Invalid("periods", "out_of_range")
    if not 1 <= terms.frequency_months <= MAX_FREQUENCY_MONTHS:
        raise Invalid("frequency_months", "out_of_range")
    _check_amortisation(terms)


def _check_amortisation(terms: Terms) -> None:
    if terms.amort_periods is not None:
        if not 1 <= terms.amort_periods <= MAX_PERIODS:
            raise Invalid("amort_periods", "out_of_range")
        if terms.periods is not None and terms.amort_periods <= terms.periods:
            raise Invalid("amort_periods", "not_longer_than_periods")
    elif terms.method is Method.BALLOON:
        raise Invalid("amort_periods", "missing")
    if terms.grace_periods < 0:
        raise Invalid("grace_periods", "negative")
    if terms.periods is not None and terms.grace_periods >= terms.periods:
        raise Invalid("grace_periods", "not_below_periods")


def _check_dates(terms: Terms) -> None:
    if terms.repay_day is not None and not 1 <= terms.repay_day <= 31:
        raise Invalid("repay_day", "out_of_range")
    first, maturity = terms.first_due_on, terms.maturity_on
    if first is not None and first <= terms.disbursed_on:
        raise Invalid("first_due_on", "not_after_disbursement")
    if maturity is not None and maturity <= terms.disbursed_on:
        raise Invalid("maturity_on", "not_after_disbursement")
    if first is not None and maturity is not None and first > maturity:
        raise Invalid("first_due_on", "after_maturity")
    if terms.disbursed_on.year < 1950:
        raise Invalid("disbursed_on", "too_early")
    days = (
        ("disbursed_on", terms.disbursed_on),
        ("first_due_on", first),
        ("maturity_on", maturity),
    )
    for name, day in days:
        if day is not None and day.year > LAST_YEAR:
            raise Invalid(name, "too_late")


def _check_arrears_rules(terms: Terms) -> None:
    if not terms.penalty_uplift.is_finite() or not 0 <= terms.penalty_uplift <= 1:
        raise Invalid("penalty_uplift", "out_of_range")
    if not 0 <= terms.grace_days <= MAX_GRACE_DAYS:
        raise Invalid("grace_days", "out_of_range")
    if not 0 <= terms.tolerance <= MAX_TOLERANCE:
        raise Invalid("tolerance", "out_of_range")
    if terms.principal_first_above_dpd is not None and terms.principal_first_above_dpd < 0:
        raise Invalid("principal_first_above_dpd", "negative")
    if terms.penalty_basis_days not in (360, 365):
        raise Invalid("penalty_basis_days", "unknown")
