"""Where the due dates of a plan fall, and how each period counts for interest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from server.domain.calendar import add_months, is_on_anchor, month_index, on_anchor, whole_months
from server.domain.errors import Invalid
from server.domain.terms import LAST_YEAR, MAX_PERIODS, DayCount, Method, Terms


class Period(NamedTuple):
    """One interest interval [start, due).

    `counted_days` over the day count's basis is its share of the year: the days themselves, or
    30 a month where the contract counts whole months. `is_regular`: as long as the plan's step.
    """

    start_on: date
    due_on: date
    start: int
    days: int
    counted_days: int
    is_regular: bool


def anchor_day(terms: Terms) -> int:
    """The day of the month that due dates return to after a short month."""
    if terms.repay_day is not None:
        return terms.repay_day
    first, day = terms.first_due_on, terms.disbursed_on.day
    if first is None or is_on_anchor(first, day):
        return day
    return first.day


def due_dates(terms: Terms) -> list[date]:
    """All due dates, oldest first; BULLET has one.

    Raises `Invalid` when they are too many, reach too far, or `periods` and `maturity_on`
    contradict each other by more than one period.
    """
    anchor = anchor_day(terms)
    first = terms.first_due_on or add_months(terms.disbursed_on, terms.frequency_months, anchor)
    if terms.method is Method.BULLET and terms.maturity_on is not None:
        return [terms.maturity_on]
    dues = (
        _to_maturity(terms, first, anchor) if terms.maturity_on else _counted(terms, first, anchor)
    )
    return dues[-1:] if terms.method is Method.BULLET else dues


def periods_of(terms: Terms, *, starts_on_anchor: bool = False) -> tuple[Period, ...]:
    """The periods of a plan.

    The first is regular when it ends on the counterpart of the disbursement day.
    `starts_on_anchor` is for a plan that continues another: its start is one of the old due
    dates, so a month end counts as the anchor it was clipped from.
    """
    return _laid(
        terms.method,
        terms.disbursed_on,
        terms.periods,
        terms.frequency_months,
        terms.day_count,
        terms.repay_day,
        terms.first_due_on,
        terms.maturity_on,
        starts_on_anchor,
    )


@lru_cache(maxsize=1024)
def _laid(
    method: Method,
    disbursed_on: date,
    count: int | None,
    frequency_months: int,
    day_count: DayCount,
    repay_day: int | None,
    first_due_on: date | None,
    maturity_on: date | None,
    starts_on_anchor: bool,
) -> tuple[Period, ...]:
    """The periods for all that they depend on: the loans of one day share them."""
    terms = Terms(
        method=method,
        principal=1,
        annual_rate=Decimal(0),
        disbursed_on=disbursed_on,
        periods=count,
        frequency_months=frequency_months,
        day_count=day_count,
        repay_day=repay_day,
        first_due_on=first_due_on,
        maturity_on=maturity_on,
    )
    return tuple(_lay(terms, starts_on_anchor=starts_on_anchor))


def _lay(terms: Terms, *, starts_on_anchor: bool) -> list[Period]:
    anchor, step = anchor_day(terms), terms.frequency_months
    counts_months = terms.day_count is DayCount.M30_360
    dues, start_on, periods = due_dates(terms), terms.disbursed_on, []
    start, last = start_on.toordinal(), len(dues) - 1
    for number, due_on in enumerate(dues):
        due = due_on.toordinal()
        if 1 < number < last:
            regular = True  # from the second due date to the last but one all lie on the anchor
        elif number or starts_on_anchor:
            regular = is_on_anchor(start_on, anchor) and due_on == on_anchor(
                month_index(start_on) + step, anchor
            )
        else:
            regular = due_on == add_months(start_on, step)
        counted = days = due - start
        if counts_months:
            counted = _counted_months(terms, start_on, due_on, days, regular=regular)
        periods.append(Period(start_on, due_on, start, days, counted, regular))
        start_on, start = due_on, due
    return periods


def _counted(terms: Terms, first: date, anchor: int) -> list[date]:
    step, count, index = terms.frequency_months, terms.periods or 1, month_index(first)
    if (index + (count - 1) * step) // 12 > LAST_YEAR:
        raise Invalid("periods", "too_late")
    return [first, *(on_anchor(index + k * step, anchor) for k in range(1, count))]


def _to_maturity(terms: Terms, first: date, anchor: int) -> list[date]:
    maturity, step, index = terms.maturity_on, terms.frequency_months, month_index(first)
    assert maturity is not None  # noqa: S101 (the caller asked)
    dues, due = [], first
    while due < maturity:
        dues.append(due)
        due = on_anchor(index + len(dues) * step, anchor)
        if len(dues) >= MAX_PERIODS:
            raise Invalid("maturity_on", "too_late")
    dues.append(maturity)
    if terms.periods is not None and abs(len(dues) - terms.periods) > 1:
        raise Invalid("periods", "disagrees_with_maturity", periods=len(dues))
    return dues


def _counted_months(terms: Terms, start_on: date, due_on: date, days: int, *, regular: bool) -> int:
    if terms.method is Method.BULLET:
        months, odd = whole_months(start_on, due_on)
        return 30 * months + odd
    return 30 * terms.frequency_months if regular else days
