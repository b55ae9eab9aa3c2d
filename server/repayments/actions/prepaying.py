"""Paying early: a quote, and the payment that follows it to the fen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.events import CreditRefund, Event, Prepayment
from server.domain.events import Repayment as RepaymentEvent
from server.domain.money import MAX_FEN, grouped_yuan
from server.domain.statement import PrepaidItem, Statement, statement
from server.loans.actions import Entry, add_events
from server.loans.models import Loan
from server.loans.queries import events_of, loan_to_change, terms_of
from server.loans.queries import loan as one_loan
from server.repayments.actions.commands import PrepayLoan
from server.repayments.actions.receipts import (
    check_paid,
    refuse_taken_references,
    write_receipts,
)
from server.repayments.actions.recording import at_the_form

_QUOTED = "quoted"


@dataclass(frozen=True, slots=True)
class Quote:
    """What paying early costs on a day, and the statements of that day before and after.

    `due` is owed already, `item` the prepayment itself, `credit` what is used of it. All fen.
    """

    due: int
    item: PrepaidItem
    credit: int
    before: Statement
    after: Statement

    @property
    def total(self) -> int:
        """The money to bring."""
        return self.due + self.item.total - self.credit

    @property
    def interest_saved(self) -> int:
        """Interest of the instalments to come that need not be paid any more."""
        on = self.before.as_of
        to_come, left = (
            sum(each.due.interest for each in sheet.instalments if each.due_on > on)
            for sheet in (self.before, self.after)
        )
        return to_come - left - self.item.interest


def quote_prepayment(session: Session, actor: Actor, command: PrepayLoan) -> Quote:
    """Quote a prepayment and change nothing. Raises `NotFound`, `NotAllowed`, `Invalid`."""
    loan = one_loan(session, actor, command.loan_id)
    _require(actor, loan)
    return _quote(session, actor, loan, command)[0]


def prepay_loan(session: Session, actor: Actor, command: PrepayLoan) -> str:
    """Record a prepayment with one receipt for all its money; gives the repayment's id.

    Raises `NotFound`, `NotAllowed`, and `Invalid`: what `check_paid` refuses, `("amount",
    "quote_changed")`, and `("principal", …)` for an amount that cannot be prepaid.
    """
    loan = loan_to_change(session, actor, command.loan_id)
    _require(actor, loan)
    quote, entries = _quote(session, actor, loan, command)
    if command.expected is not None and command.expected != quote.total:
        raise Invalid("amount", "quote_changed", total=grouped_yuan(quote.total))
    if quote.total <= 0:
        raise Invalid("amount", "covered_by_credit")
    refuse_taken_references(session, [command])
    repayment_id = new_id()
    with record.savepoint(session):
        add_events(session, actor, loan, _named(entries, repayment_id))
        write_receipts(session, actor, [(repayment_id, command, loan, quote.total)])
    return repayment_id


def _require(actor: Actor, loan: Loan) -> None:
    actor.require(Permission.REPAYMENTS_RECORD, loan.branch_id)
    actor.require(Permission.LOANS_AMEND, loan.branch_id)


def _named(events: Sequence[Event], repayment_id: str) -> list[Entry]:
    """The prepayment carries the receipt's id, the others are parts of it.

    It is written first, for they refer to it; their order among each other makes no difference
    to a statement: arrears and credit never stand together.
    """
    named = [
        Entry(replace(event, id=repayment_id), noted=False)
        for event in events
        if isinstance(event, Prepayment)
    ]
    return named + [
        Entry(replace(event, id=""), part_of_id=repayment_id, noted=False)
        for event in events
        if not isinstance(event, Prepayment)
    ]


def _quote(
    session: Session, actor: Actor, loan: Loan, command: PrepayLoan
) -> tuple[Quote, list[Event]]:
    check_paid(command, loan, actor.today)
    _check_amounts(command)
    terms, events, on = terms_of(loan), events_of(session, loan.id), command.paid_on
    if any(event.value_on > on for event in events):
        raise Invalid("paid_on", "before_later_events")
    try:
        before = statement(terms, events, on)
        if before.settled_on is not None:
            raise Invalid("principal", "nothing_to_prepay")
        wish = _prepayment(command, on)
        after = statement(terms, (*events, *_paid_due(before, on), wish), on)
    except Invalid as refusal:
        raise at_the_form(refusal) from None
    item = next((each for each in after.prepaid if each.event_id == _QUOTED), None)
    if item is None or item.principal <= 0:
        raise Invalid("principal", "nothing_to_prepay")
    # Only what settles the loan uses credit up; otherwise it waits for the next due date.
    credit = before.credit if command.principal is None else 0
    refund = [] if not credit else [CreditRefund(id="", value_on=on, posted_on=on, amount=credit)]
    quote = Quote(before.total_due, item, credit, before, after)
    return quote, [wish, *_paid_due(before, on), *refund]


def _check_amounts(command: PrepayLoan) -> None:
    if command.principal is not None and command.principal <= 0:
        raise Invalid("principal", "not_positive")
    if command.principal is not None and command.principal > MAX_FEN:
        raise Invalid("principal", "too_large")
    if command.fee is not None and not 0 <= command.fee <= MAX_FEN:
        raise Invalid("fee", "negative" if command.fee < 0 else "too_large")


def _prepayment(command: PrepayLoan, on: dt.date) -> Prepayment:
    return Prepayment(
        id=_QUOTED,
        value_on=on,
        posted_on=dt.date.max,
        principal=command.principal,
        mode=command.mode,
        fee=command.fee,
    )


def _paid_due(before: Statement, on: dt.date) -> list[Event]:
    """What is due on the day is paid with the prepayment."""
    if not before.total_due:
        return []
    paid = RepaymentEvent(
        id="quoted due", value_on=on, posted_on=dt.date.max, amount=before.total_due
    )
    return [paid]
