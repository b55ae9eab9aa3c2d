"""A loan's terms and events: rows into the domain's values, and back.

One function per kind and direction would say the same thing ten times, so a table names for each
kind its event and how its details are written as JSON.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from server.database.parts import in_parts
from server.domain.events import (
    Component,
    CreditRefund,
    Event,
    Extension,
    FeeCharge,
    Opening,
    Prepayment,
    PrepayMode,
    RateChange,
    Repayment,
    Reversal,
    Waiver,
    WriteOff,
)
from server.domain.terms import DayCount, FeeKind, Method, PrepaymentFee, Terms
from server.domain.workdays import HolidayRule
from server.loans.models import Loan, LoanEvent
from server.products.queries import workdays


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of event is kept: `reads` turns JSON values that are not plain back."""

    event: type[Event]
    fields: tuple[str, ...] = ()
    reads: Mapping[str, Callable[[str], Any]] | None = None


_KINDS: Final[Mapping[str, _Kind]] = {
    "opening": _Kind(
        Opening,
        (
            "principal",
            "overdue_principal",
            "interest_due",
            "penalty_due",
            "compound_due",
            "fee_due",
            "oldest_due_on",
        ),
        {"oldest_due_on": dt.date.fromisoformat},
    ),
    "repayment": _Kind(Repayment, ("amount",)),
    "reversal": _Kind(Reversal),
    "waiver": _Kind(Waiver, ("component", "amount", "instalment_no"), {"component": Component}),
    "fee": _Kind(FeeCharge, ("amount", "instalment_no")),
    "rate_change": _Kind(RateChange, ("annual_rate",), {"annual_rate": Decimal}),
    "prepayment": _Kind(Prepayment, ("principal", "mode", "fee"), {"mode": PrepayMode}),
    "extension": _Kind(
        Extension,
        ("periods", "maturity_on", "annual_rate", "method", "frequency_months"),
        {"maturity_on": dt.date.fromisoformat, "annual_rate": Decimal, "method": Method},
    ),
    "refund": _Kind(CreditRefund, ("amount",)),
    "write_off": _Kind(WriteOff),
}
_PLAIN_TERMS: Final = tuple(
    each.name for each in fields(Terms) if each.name not in {"prepayment_fee", "workdays"}
)
_plain_terms = attrgetter(*_PLAIN_TERMS)
_NAMES: Final = {kind.event: name for name, kind in _KINDS.items()}


def kind_of(event: Event) -> str:
    """The name under which an event is kept."""
    return _NAMES[type(event)]


def details_of(event: Event) -> dict[str, Any]:
    """What an event says beside its dates, as JSON; what it leaves open is left out."""
    values = {name: getattr(event, name) for name in _KINDS[_NAMES[type(event)]].fields}
    return {name: _as_json(value) for name, value in values.items() if value is not None}


def event_of(row: Any) -> Event:
    """The domain's event of a row of `loan_events`."""
    kind = _KINDS[row.kind]
    values = dict(row.details)
    for name, read in (kind.reads or {}).items():
        if name in values:
            values[name] = read(values[name])
    if kind.event is Reversal:
        values["of"] = row.reverses_id
    if kind.event is Prepayment:
        values.setdefault("principal", None)
    return kind.event(
        id=row.id, value_on=row.value_on, posted_on=row.posted_on, order=row.place, **values
    )


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value


def events_of(session: Session, loan_id: str) -> tuple[Event, ...]:
    """All events of a loan, in the order they were entered."""
    return events_by_loan(session, [loan_id]).get(loan_id, ())


def events_by_loan(session: Session, loan_ids: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    """The events of many loans, in one query for every five hundred; loans without are left out."""
    found: dict[str, list[Event]] = {}
    columns = LoanEvent.__table__.columns
    for some in in_parts(loan_ids):
        rows = session.execute(
            select(*columns)
            .where(LoanEvent.loan_id.in_(some))
            .order_by(LoanEvent.loan_id, LoanEvent.place)
        )
        for row in rows:
            found.setdefault(row.loan_id, []).append(event_of(row))
    return {loan_id: tuple(events) for loan_id, events in found.items()}


def terms_of(loan: Loan) -> Terms:
    """The terms of a loan's contract; due dates that move know the bank's working days."""
    rule = HolidayRule(loan.holidays or HolidayRule.NONE)
    session = None if rule is HolidayRule.NONE else object_session(loan)
    return Terms(
        method=Method(loan.method),
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        disbursed_on=loan.disbursed_on,
        periods=loan.periods,
        frequency_months=loan.frequency_months,
        day_count=DayCount(loan.day_count),
        repay_day=loan.repay_day,
        first_due_on=loan.first_due_on,
        maturity_on=loan.maturity_on,
        amort_periods=loan.amort_periods,
        grace_periods=loan.grace_periods,
        penalty_uplift=loan.penalty_uplift,
        grace_days=loan.grace_days,
        tolerance=loan.tolerance,
        principal_first_above_dpd=loan.principal_first_above_dpd,
        compound=loan.compound,
        penalty_basis_days=loan.penalty_basis_days,
        prepayment_fee=_fee_of(loan),
        holidays=rule,
        workdays=None if session is None else workdays(session),
    )


def columns_of(terms: Terms) -> dict[str, Any]:
    """The columns of a loan that keep its terms: `terms_of` the other way."""
    fee = terms.prepayment_fee
    return {
        **dict(zip(_PLAIN_TERMS, _plain_terms(terms), strict=True)),
        "method": terms.method.value,
        "day_count": terms.day_count.value,
        "holidays": terms.holidays.value,
        "prepayment_fee_kind": fee.kind.value if fee else None,
        "prepayment_fee_value": fee.value if fee else None,
        "prepayment_fee_waived_after": fee.waived_after if fee else None,
    }


def _fee_of(loan: Loan) -> PrepaymentFee | None:
    if loan.prepayment_fee_kind is None or loan.prepayment_fee_value is None:
        return None
    return PrepaymentFee(
        FeeKind(loan.prepayment_fee_kind),
        loan.prepayment_fee_value,
        loan.prepayment_fee_waived_after,
    )
