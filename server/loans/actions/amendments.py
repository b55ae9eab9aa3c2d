"""What happens to a loan beside money received: waivers, fees, rates, extensions, write-offs.

Every amendment can be looked at before (`preview_amendment`) and undone after
(`reverse_amendment`). The workflow of approvals comes above this.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.access import Actor, Permission
from server.domain.calendar import whole_months
from server.domain.errors import Invalid, NotFound
from server.domain.events import (
    CreditRefund,
    Event,
    Extension,
    FeeCharge,
    RateChange,
    Waiver,
    WriteOff,
)
from server.domain.extension import extension_limit
from server.domain.statement import Statement, statement
from server.domain.terms import check_rate
from server.loans.actions.checks import clean
from server.loans.actions.events import Entry, add_events, reverse_events
from server.loans.models import Loan, LoanEvent
from server.loans.queries import events_of, loan_to_change, terms_of
from server.loans.queries import loan as one_loan
from server.products.queries import parameters_on

AMENDMENTS: Final = (Waiver, FeeCharge, RateChange, Extension, CreditRefund, WriteOff)
AMENDMENT_KINDS: Final = ("waiver", "fee", "rate_change", "extension", "refund", "write_off")


@dataclass(frozen=True, slots=True)
class Preview:
    """A loan's statement of today, before and after an amendment."""

    before: Statement
    after: Statement


def amend_loan(
    session: Session, actor: Actor, loan_id: str, event: Event, reason: str
) -> Statement:
    """Add an amendment to a loan; gives the statement of today that follows.

    `event.id`, `posted_on` and `order` are given here. Raises `NotAllowed`, `NotFound`, and
    `Invalid` as `check_amendment` does.
    """
    loan = loan_to_change(session, actor, loan_id)
    actor.require(Permission.LOANS_AMEND, loan.branch_id)
    told = clean(reason, "reason", 500)
    if not told:
        raise Invalid("reason", "missing")
    _check(session, actor, loan, event)
    return add_events(session, actor, loan, [Entry(replace(event, id=""), told)]).sheet


def preview_amendment(session: Session, actor: Actor, loan_id: str, event: Event) -> Preview:
    """Say what an amendment would change, and change nothing. Raises as `amend_loan` does."""
    loan = one_loan(session, actor, loan_id)
    actor.require(Permission.LOANS_AMEND, loan.branch_id)
    return _check(session, actor, loan, event)


def reverse_amendment(
    session: Session, actor: Actor, loan_id: str, event_id: str, reason: str
) -> Statement:
    """Undo an amendment, as if it had never been; money received is reversed by `repayments`."""
    loan = loan_to_change(session, actor, loan_id)
    actor.require(Permission.LOANS_AMEND, loan.branch_id)
    told = clean(reason, "reason", 500)
    if not told:
        raise Invalid("reason", "missing")
    row = session.scalar(
        select(LoanEvent).where(LoanEvent.id == event_id, LoanEvent.loan_id == loan.id)
    )
    if row is None:
        raise NotFound("loan_event", event_id)
    if row.kind not in AMENDMENT_KINDS:
        raise Invalid("event", "not_reversible")
    return reverse_events(session, actor, loan, event_id, told)[1]


def _check(session: Session, actor: Actor, loan: Loan, event: Event) -> Preview:
    """Refuse an amendment that cannot be; gives what it would change."""
    if not isinstance(event, AMENDMENTS):
        raise TypeError("not an amendment")
    _check_day(actor.today, loan, event)
    terms, events = terms_of(loan), events_of(session, loan.id)
    before = statement(terms, events, actor.today)
    _check_kind(session, loan, event, statement(terms, events, event.value_on), events)
    added = replace(event, id="preview", posted_on=actor.today, order=len(events) + 1)
    after = statement(terms, (*events, added), max(actor.today, event.value_on))
    if event.value_on > actor.today:
        before = statement(terms, events, event.value_on)
    return Preview(before, after)


def _check_day(today: dt.date, loan: Loan, event: Event) -> None:
    """Rates and extensions may be agreed for a day to come, all else has happened."""
    if event.value_on < loan.disbursed_on:
        raise Invalid("value_on", "before_disbursement")
    if event.value_on > today and not isinstance(event, RateChange | Extension):
        raise Invalid("value_on", "in_future")


def _check_kind(
    session: Session, loan: Loan, event: Event, sheet: Statement, events: tuple[Event, ...]
) -> None:
    match event:
        case Waiver():
            _check_amount(event.amount)
            outstanding = getattr(sheet.due, event.component.value)
            if event.amount > outstanding:
                raise Invalid("amount", "exceeds_outstanding", outstanding=outstanding)
        case FeeCharge():
            _check_amount(event.amount)
        case CreditRefund():
            _check_amount(event.amount)
            if event.amount > sheet.credit:
                raise Invalid("amount", "exceeds_credit")
        case RateChange():
            check_rate(event.annual_rate)
        case Extension():
            _check_extension(session, loan, event, sheet, events)
        case WriteOff() if sheet.is_written_off or sheet.settled_on:
            raise Invalid("kind", "nothing_to_write_off")


def _check_amount(amount: int) -> None:
    if amount <= 0:
        raise Invalid("amount", "not_positive")


def _check_extension(
    session: Session, loan: Loan, event: Extension, sheet: Statement, events: tuple[Event, ...]
) -> None:
    if sheet.settled_on is not None:
        raise Invalid("value_on", "settled")
    if event.annual_rate is not None:
        check_rate(event.annual_rate)
    after = statement(
        terms_of(loan),
        (*events, replace(event, id="preview", posted_on=event.value_on, order=len(events) + 1)),
        event.value_on,
    )
    original = statement(terms_of(loan), (), loan.disbursed_on).maturity_on
    limit = extension_limit(
        _months(loan.disbursed_on, original),
        _months(original, sheet.maturity_on),
        _months(sheet.maturity_on, after.maturity_on),
        parameters_on(session, event.value_on).extension,
    )
    if not limit.allowed:
        field = "maturity_on" if event.maturity_on else "periods"
        raise Invalid(field, "beyond_extension_limit", most=limit.limit_total_months)


def _months(start: dt.date, end: dt.date) -> int:
    """Months begun between two days."""
    if end <= start:
        return 0
    months, days = whole_months(start, end)
    return months + (days > 0)
