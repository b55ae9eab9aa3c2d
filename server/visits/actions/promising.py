"""Promises to pay: made once, judged by the loan's payments whenever one comes or a day ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.fieldwork import PromiseChannel
from server.domain.money import MAX_FEN, yuan
from server.domain.promises import Promised, PromiseState, Received, judge_promises
from server.loans.actions import clean
from server.loans.models import LoanAllocation, LoanEvent
from server.products.queries import parameters_on
from server.visits.actions.checks import check_codes, check_loan, customer_to_write, moment_of
from server.visits.actions.commands import MakePromise
from server.visits.models import Promise

MAX_NOTE: Final = 500
_LATEST: Final = dt.timedelta(days=366)
_LOANS_A_STEP: Final = 200
_MONEY: Final = ("repayment", "prepayment")


def make_promise(session: Session, actor: Actor, command: MakePromise) -> str:
    """Record a promise and give its id. Raises `NotAllowed`, `NotFound`, `Invalid` by field."""
    customer = customer_to_write(session, actor, command.customer_id)
    check_codes(("channel", command.channel, tuple(PromiseChannel)))
    check_loan(session, customer.id, command.loan_id)
    made_on = _made_on(actor, command)
    _check(command, made_on)
    row = Promise(
        id=command.field.id if command.field else new_id(),
        customer_id=customer.id,
        loan_id=command.loan_id,
        branch_id=customer.branch_id,
        amount=command.amount,
        made_on=made_on,
        promised_on=command.promised_on,
        channel=command.channel,
        note=clean(command.note, "note", MAX_NOTE),
        state=PromiseState.OPEN.value,
        received=0,
        device=command.field.device if command.field else None,
        recorded_by=actor.user_id,
        recorded_at=actor.now,
    )
    session.add(row)
    session.flush()
    _note(session, actor, row)
    refresh_promises_of(session, actor, [command.loan_id])
    return row.id


def refresh_promises_of(session: Session, actor: Actor, loan_ids: Sequence[str]) -> int:
    """Judge the promises on some loans as of the actor's today; gives how many changed.

    It follows every change of a loan's events (`loans.actions.follow_events`).
    """
    query = select(Promise).where(Promise.loan_id.in_(loan_ids)).order_by(Promise.loan_id)
    promises = list(session.scalars(query))
    if not promises:
        return 0
    share = parameters_on(session, actor.today).collection.promise_kept_share
    received = _received(session, {each.loan_id for each in promises})
    changed = 0
    for loan_id, group in groupby(promises, attrgetter("loan_id")):
        rows = list(group)
        judged = judge_promises(_promised(rows), received.get(loan_id, ()), actor.today, share)
        for row in rows:
            changed += _settle(session, row, judged[row.id].state, judged[row.id].received)
    return changed


def refresh_due_promises(session: Session, actor: Actor) -> int:
    """Judge promises whose day is over; gives how many changed, 0 when all are judged."""
    query = (
        select(Promise.loan_id)
        .where(Promise.state == PromiseState.OPEN.value, Promise.promised_on < actor.today)
        .distinct()
        .limit(_LOANS_A_STEP)
    )
    return refresh_promises_of(session, actor, list(session.scalars(query)))


def _made_on(actor: Actor, command: MakePromise) -> dt.date:
    if command.field is None:
        return actor.today
    return moment_of(actor, command.field.made_at, "promised_on", command.field).date()


def _check(command: MakePromise, made_on: dt.date) -> None:
    if command.amount <= 0:
        raise Invalid("amount", "not_positive")
    if command.amount > MAX_FEN:
        raise Invalid("amount", "too_large")
    if command.promised_on < made_on:
        raise Invalid("promised_on", "in_past")
    if command.promised_on > made_on + _LATEST:
        raise Invalid("promised_on", "out_of_range")


def _promised(rows: Iterable[Promise]) -> list[Promised]:
    return [Promised(each.id, each.amount, each.made_on, each.promised_on) for each in rows]


def _received(session: Session, loan_ids: Collection[str]) -> dict[str, list[Received]]:
    """The money that stands on loans by the day it was paid; what was reversed went nowhere."""
    query = (
        select(LoanEvent.loan_id, LoanEvent.value_on, func.sum(LoanAllocation.amount))
        .join(LoanAllocation, LoanAllocation.event_id == LoanEvent.id)
        .where(LoanEvent.loan_id.in_(loan_ids), LoanEvent.kind.in_(_MONEY))
        .group_by(LoanEvent.loan_id, LoanEvent.value_on)
    )
    found: dict[str, list[Received]] = {}
    for loan_id, on, amount in session.execute(query):
        found.setdefault(loan_id, []).append(Received(on, int(amount)))
    return found


def _settle(session: Session, row: Promise, state: PromiseState, received: int) -> bool:
    if (row.state, row.received) == (state.value, received):
        return False
    row.state, row.received = state.value, received
    session.flush()
    record.changed(session, ("promise", row.id), row.branch_id, customer_id=row.customer_id)
    return True


def _note(session: Session, actor: Actor, row: Promise) -> None:
    entity = ("promise", row.id)
    told = {"amount": [None, yuan(row.amount)], "promised_on": [None, row.promised_on.isoformat()]}
    record.note(session, actor, "promise.make", entity, branch_id=row.branch_id, changes=told)
    record.changed(session, entity, row.branch_id, customer_id=row.customer_id)
