"""Entering the field work of the demo bank, and what its devices left for the desk to decide."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer, CustomerContact
from server.demo.fieldwork import Called, FieldAct, Promised, Visited
from server.demo.tablets import Tablet
from server.domain.access import Actor
from server.loans.models import Loan
from server.repayments.actions import (
    FieldRepayment,
    HandIn,
    hand_in,
    sign_handover,
    take_field_repayment,
)
from server.repayments.models import Repayment
from server.repayments.queries import cash_of_day
from server.visits.actions import (
    LogCall,
    MakePromise,
    RecordVisit,
    log_call,
    make_promise,
    record_visit,
)

HELD: Final = 3
"""Payments that wait to be confirmed."""

_COLLEAGUE: Final = "驻村协管员"
_ONE_DAY: Final = dt.timedelta(days=1)
_HANDOVER_DAYS: Final = 6


def enter(session: Session, actor: Actor, act: FieldAct, customer_id: str, loan_id: str) -> None:
    """Enter one act of field work on the day it was done."""
    match act:
        case Visited():
            _visit(session, actor, act, customer_id, loan_id)
        case Called():
            _call(session, actor, act, customer_id)
        case Promised():
            command = MakePromise(
                customer_id, loan_id, act.amount, act.promised_on, act.channel, act.note
            )
            make_promise(session, actor, command)


def hold_some(session: Session, tablet_of: dict[str, Tablet], today: dt.date) -> None:
    """Let tablets send the latest payments of the office once more, one each: likely double
    entries.
    """
    query = (
        select(Repayment, Loan.customer_id, Customer.officer_id)
        .join(Loan, Loan.id == Repayment.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(Repayment.reversed_by_id.is_(None), Repayment.paid_on < today)
        .order_by(Repayment.paid_on.desc(), Repayment.receipt_no.desc())
    )
    held = 0
    waiting = dict(tablet_of)
    for row, _, officer_id in session.execute(query):
        tablet = waiting.pop(officer_id or "", None)
        if tablet is None or held == HELD:
            continue
        take_field_repayment(session, tablet.owner, _again(row, tablet, held))
        held += 1


def hand_in_some(session: Session, officer: Actor, signer: Actor, short: int) -> None:
    """The officer hands in the cash of the last days that had any; the last one still waits,
    `short` fen less than the ledger says.
    """
    if officer.user_id is None:
        return
    days = [officer.today - each * _ONE_DAY for each in range(_HANDOVER_DAYS, 0, -1)]
    cash = [(day, cash_of_day(session, officer.user_id, day, officer.now.tzinfo)) for day in days]
    found = [(day, each.expected) for day, each in cash if each.expected]
    for place, (day, expected) in enumerate(found, 1):
        is_last = place == len(found)
        counted = max(expected - short, 0) if is_last else expected
        handover_id = hand_in(session, officer, HandIn(day, counted))
        if not is_last:
            sign_handover(session, signer, handover_id)


def _visit(session: Session, actor: Actor, act: Visited, customer_id: str, loan_id: str) -> None:
    command = RecordVisit(
        customer_id=customer_id,
        purpose=act.purpose,
        visited_at=dt.datetime.combine(act.on, act.at, actor.now.tzinfo),
        loan_id=loan_id,
        staff=f"{actor.name}、{_COLLEAGUE}" if act.by_two else actor.name,
        met=act.met,
        findings=act.findings,
        ability=act.ability,
        next_step=act.next_step,
        next_on=act.next_on,
    )
    record_visit(session, actor, command)


def _call(session: Session, actor: Actor, act: Called, customer_id: str) -> None:
    query = select(CustomerContact.id).where(
        CustomerContact.customer_id == customer_id,
        CustomerContact.kind == "mobile",
        CustomerContact.relation == "self",
    )
    command = LogCall(
        customer_id=customer_id,
        contact_id=session.scalars(query.limit(1)).first(),
        relation="self" if act.result != "relayed" else "spouse",
        channel=act.channel,
        result=act.result,
        called_at=dt.datetime.combine(act.on, act.at, actor.now.tzinfo),
        summary=act.summary,
        accept_many=True,
    )
    log_call(session, actor, command)


def _again(row: Repayment, tablet: Tablet, place: int) -> FieldRepayment:
    """The same payment from an officer's tablet; the same id every time."""
    return FieldRepayment(
        id=str(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0100 + place)),
        loan_id=row.loan_id,
        amount=row.amount,
        paid_on=row.paid_on,
        method="cash",
        reference="",
        payer="",
        note="客户在家中现金交付",
        check_code="",
        signature=None,
        device=tablet.id,
        made_at=tablet.owner.now - dt.timedelta(hours=2),
    )
