"""Recording money received: a batch is checked loan by loan and written in a few bulk inserts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.events import Event
from server.domain.events import Repayment as RepaymentEvent
from server.domain.money import MAX_FEN, grouped_yuan
from server.domain.statement import Statement, statement
from server.loans.actions import Entry, add_events_to
from server.loans.models import Loan
from server.loans.queries import events_by_loan, loans_to_change, terms_of
from server.repayments.actions.commands import RecordRepayment
from server.repayments.actions.receipts import (
    check_paid,
    refuse_taken_references,
    write_receipts,
)
from server.repayments.models import Repayment

_ONE_DAY = dt.timedelta(days=1)


def record_repayment(session: Session, actor: Actor, command: RecordRepayment) -> str:
    """Record one payment and give its id; see `record_repayments`."""
    return record_repayments(session, actor, [command])[0]


def record_repayments(
    session: Session, actor: Actor, commands: Sequence[RecordRepayment]
) -> list[str]:
    """Record payments, all or none, and give their ids in order.

    Raises `NotFound`, `NotAllowed` and `Invalid`: what `check_paid` refuses; `("reference",
    "taken")`; and, until a person accepted it, `("amount", "more_than_owed" | "loan_settled")`
    and `("amount", "double_entry")`. The place in the batch is `row` of the detail.
    """
    loans = loans_to_change(session, actor, [command.loan_id for command in commands])
    for loan in loans.values():
        actor.require(Permission.REPAYMENTS_RECORD, loan.branch_id)
    refuse_taken_references(session, commands)
    for row, command in enumerate(commands):
        with _of_row(row):
            _refuse_impossible(actor, loans[command.loan_id], command)
    events = events_by_loan(session, list(loans))
    near = _payments_near(session, commands)
    for row, command in enumerate(commands):
        with _of_row(row):
            _ask(loans[command.loan_id], events.get(command.loan_id, ()), near, command)
    with record.savepoint(session):
        return _write(session, actor, loans, commands)


def _write(
    session: Session, actor: Actor, loans: dict[str, Loan], commands: Sequence[RecordRepayment]
) -> list[str]:
    ids = [command.device.id if command.device else new_id() for command in commands]
    entries: dict[str, list[Entry]] = {}
    for event_id, command in zip(ids, commands, strict=True):
        entries.setdefault(command.loan_id, []).append(_entry(event_id, command))
    try:
        add_events_to(session, actor, [(loans[key], found) for key, found in entries.items()])
    except Invalid as refusal:
        raise at_the_form(refusal) from None
    write_receipts(
        session,
        actor,
        [
            (event_id, command, loans[command.loan_id], command.amount)
            for event_id, command in zip(ids, commands, strict=True)
        ],
    )
    return ids


def at_the_form(refusal: Invalid) -> Invalid:
    """The same refusal of the rules, at the field where a payment's day is entered."""
    field = "paid_on" if refusal.field in {"value_on", "as_of"} else refusal.field
    return Invalid(field, refusal.reason, **refusal.detail)


def _entry(event_id: str, command: RecordRepayment) -> Entry:
    event = RepaymentEvent(
        id=event_id, value_on=command.paid_on, posted_on=command.paid_on, amount=command.amount
    )
    return Entry(event, noted=False)


@contextmanager
def _of_row(row: int) -> Iterator[None]:
    """Let a refusal say which of the batch it is about."""
    try:
        yield
    except Invalid as refusal:
        refusal.detail.setdefault("row", row)
        raise


def _refuse_impossible(actor: Actor, loan: Loan, command: RecordRepayment) -> None:
    if command.amount <= 0:
        raise Invalid("amount", "not_positive")
    if command.amount > MAX_FEN:
        raise Invalid("amount", "too_large")
    check_paid(command, loan, actor.today)


def _ask(
    loan: Loan, events: Sequence[Event], near: Sequence[Repayment], command: RecordRepayment
) -> None:
    """Raise what a person may accept after a look."""
    if not command.accept_credit:
        _ask_about_credit(_sheet_on(loan, events, command.paid_on), command.amount)
    if not command.accept_double:
        _ask_about_double(near, command)


def _sheet_on(loan: Loan, events: Sequence[Event], on: dt.date) -> Statement:
    try:
        return statement(terms_of(loan), events, on)
    except Invalid as refusal:
        raise at_the_form(refusal) from None


def _ask_about_credit(sheet: Statement, amount: int) -> None:
    """What is due and the next instalment may be paid without a question; the rest is asked."""
    if sheet.settled_on is not None:
        raise Invalid("amount", "loan_settled", on=sheet.settled_on.isoformat())
    owed = sheet.total_due + (sheet.next_due.to_pay if sheet.next_due else 0)
    if amount > owed:
        raise Invalid(
            "amount", "more_than_owed", owed=grouped_yuan(owed), credit=grouped_yuan(amount - owed)
        )


def _ask_about_double(near: Sequence[Repayment], command: RecordRepayment) -> None:
    """The same money twice: same loan, same amount, a day apart at most."""
    for row in near:
        is_alike = row.loan_id == command.loan_id and row.amount == command.amount
        if is_alike and abs(row.paid_on - command.paid_on) <= _ONE_DAY:
            raise Invalid("amount", "double_entry", receipt_no=row.receipt_no, on=str(row.paid_on))


def _payments_near(session: Session, commands: Sequence[RecordRepayment]) -> list[Repayment]:
    """Payments of the same loans and about the same days that were not reversed."""
    asked = [command for command in commands if not command.accept_double]
    if not asked:
        return []
    days = [command.paid_on for command in asked]
    return list(
        session.scalars(
            select(Repayment)
            .where(
                Repayment.loan_id.in_({command.loan_id for command in asked}),
                Repayment.paid_on.between(min(days) - _ONE_DAY, max(days) + _ONE_DAY),
                Repayment.reversed_by_id.is_(None),
            )
            .order_by(Repayment.paid_on, Repayment.id)
        )
    )
