"""Recording money received: a batch is checked loan by loan and written in a few bulk inserts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.events import Repayment as RepaymentEvent
from server.domain.money import MAX_FEN, grouped_yuan
from server.domain.statement import Statement
from server.loans.actions import Entry, add_events_to
from server.loans.models import Loan
from server.loans.queries import loan_to_change, statement_on
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
    loans = {
        loan_id: loan_to_change(session, actor, loan_id)
        for loan_id in sorted({command.loan_id for command in commands})
    }
    for loan in loans.values():
        actor.require(Permission.REPAYMENTS_RECORD, loan.branch_id)
    refuse_taken_references(session, commands)
    for row, command in enumerate(commands):
        try:
            _check(session, actor, loans[command.loan_id], command)
        except Invalid as refusal:
            refusal.detail.setdefault("row", row)
            raise
    with record.savepoint(session):
        return _write(session, actor, loans, commands)


def _write(
    session: Session, actor: Actor, loans: dict[str, Loan], commands: Sequence[RecordRepayment]
) -> list[str]:
    ids = [new_id() for _ in commands]
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


def _check(session: Session, actor: Actor, loan: Loan, command: RecordRepayment) -> None:
    if command.amount <= 0:
        raise Invalid("amount", "not_positive")
    if command.amount > MAX_FEN:
        raise Invalid("amount", "too_large")
    check_paid(command, loan, actor.today)
    if not command.accept_credit:
        _ask_about_credit(_sheet_on(session, loan, command.paid_on), command.amount)
    if not command.accept_double:
        _ask_about_double(session, command)


def _sheet_on(session: Session, loan: Loan, on: dt.date) -> Statement:
    try:
        return statement_on(session, loan, on)
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


def _ask_about_double(session: Session, command: RecordRepayment) -> None:
    for row in likely_doubles(session, command.loan_id, command.amount, command.paid_on):
        raise Invalid("amount", "double_entry", receipt_no=row.receipt_no, on=str(row.paid_on))


def likely_doubles(
    session: Session, loan_id: str, amount: int, paid_on: dt.date
) -> Iterator[Repayment]:
    """Payments of the same loan and amount, a day apart at most, that were not reversed."""
    yield from session.scalars(
        select(Repayment).where(
            Repayment.loan_id == loan_id,
            Repayment.amount == amount,
            Repayment.paid_on.between(paid_on - _ONE_DAY, paid_on + _ONE_DAY),
            Repayment.reversed_by_id.is_(None),
        )
    )
