"""Taking many payments of one device in few statements, as one by one would take them.

What has to be known of each is read for all at once. Payments on one loan follow each other, for
the first may settle it; so a batch names each loan once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.attachments.actions import attach_arrived
from server.covers.queries import held_by
from server.customers.models import Customer
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.loans.models import Loan, LoanState
from server.loans.queries import loans_to_change
from server.repayments.actions.commands import FieldRepayment, Taken
from server.repayments.actions.holding import ONE_DAY, Doubt, command_of, hold, owner_of
from server.repayments.actions.recording import record_repayments
from server.repayments.models import HeldRepayment, Repayment


@dataclass(frozen=True, slots=True)
class _Like:
    """A payment, recorded or held, that another one may repeat."""

    id: str
    loan_id: str
    amount: int
    paid_on: dt.date


@dataclass(slots=True)
class _Known:
    """What stands: whose a loan is, whether it is settled, and what may be repeated."""

    officers: dict[str, str | None] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()
    settled: set[str] = field(default_factory=set)
    recorded: list[_Like] = field(default_factory=list)
    held: list[_Like] = field(default_factory=list)


def take_field_repayments(
    session: Session, actor: Actor, sent: Sequence[FieldRepayment]
) -> list[Taken]:
    """Record or hold payments of one device, in their order; see `take_field_repayment`.

    Raises what that raises, and `Invalid` where one of them should be looked at alone: it was taken
    before, or the rules refuse it. Then nothing is to be kept.
    """
    actor.require(Permission.REPAYMENTS_RECORD)
    _refuse_known(session, [each.id for each in sent])
    return [taken for batch in _batches(sent) for taken in _take(session, actor, batch)]


def _batches(sent: Sequence[FieldRepayment]) -> Iterator[list[FieldRepayment]]:
    batch: list[FieldRepayment] = []
    named: set[str] = set()
    for each in sent:
        if each.loan_id in named:
            yield batch
            batch, named = [], set()
        batch.append(each)
        named.add(each.loan_id)
    if batch:
        yield batch


def _take(session: Session, actor: Actor, sent: Sequence[FieldRepayment]) -> list[Taken]:
    loans = loans_to_change(session, actor, [each.loan_id for each in sent])
    known = _known(session, sent)
    known.holds = held_by(session, actor.user_id, actor.today)
    doubts = {each.id: _doubt(known, each) for each in sent}
    usual = [each for each in sent if doubts[each.id] is None]
    record_repayments(session, actor, [command_of(actor, each) for each in usual])
    numbers = _receipts(session, [each.id for each in usual])
    taken = []
    for each in sent:
        doubt, loan = doubts[each.id], loans[each.loan_id]
        if doubt is not None:
            hold(session, actor, loan, each, doubt)
        if each.signature:
            attach_arrived(session, actor, owner_of(each.id, loan.branch_id), [each.signature])
        taken.append(Taken(None, doubt.reason) if doubt else Taken(numbers[each.id]))
    return taken


def _refuse_known(session: Session, ids: Sequence[str]) -> None:
    for model in (Repayment, HeldRepayment):
        if session.scalar(select(model.id).where(model.id.in_(ids)).limit(1)) is not None:
            raise Invalid("id", "taken")


def _known(session: Session, sent: Sequence[FieldRepayment]) -> _Known:
    ids = {each.loan_id for each in sent}
    known = _Known()
    rows = session.execute(
        select(Loan.id, Customer.officer_id, LoanState.settled_on)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .where(Loan.id.in_(ids))
    )
    for row in rows:
        known.officers[row.id] = row.officer_id
        if row.settled_on is not None:
            known.settled.add(row.id)
    device = sent[0].device
    days = [each.paid_on for each in sent]
    near = (min(days) - ONE_DAY, max(days) + ONE_DAY)
    known.recorded = _found(
        session,
        select(Repayment.id, Repayment.loan_id, Repayment.amount, Repayment.paid_on).where(
            Repayment.loan_id.in_(ids),
            Repayment.paid_on.between(*near),
            Repayment.reversed_by_id.is_(None),
            Repayment.device.is_(None) | (Repayment.device != device),
        ),
    )
    held = HeldRepayment
    known.held = _found(
        session,
        select(held.id, held.loan_id, held.amount, held.paid_on).where(
            held.loan_id.in_(ids),
            held.paid_on.between(*near),
            held.status == "waiting",
            held.device != device,
        ),
    )
    return known


def _found(session: Session, query: object) -> list[_Like]:
    rows = [_Like(*row) for row in session.execute(query)]  # type: ignore[call-overload]
    return sorted(rows, key=lambda each: (each.paid_on, each.id))


def _doubt(known: _Known, sent: FieldRepayment) -> Doubt | None:
    """As `holding` judges one; that the branch is within reach the lock has asked."""
    like_id = _like(known.recorded, sent) or _like(known.held, sent)
    if known.officers[sent.loan_id] not in known.holds:
        return Doubt("reassigned", like_id=like_id)
    if like_id is not None:
        return Doubt("double_entry", like_id=like_id)
    return Doubt("loan_settled") if sent.loan_id in known.settled else None


def _like(known: Sequence[_Like], sent: FieldRepayment) -> str | None:
    for each in known:
        is_alike = (each.loan_id, each.amount) == (sent.loan_id, sent.amount)
        if is_alike and abs(each.paid_on - sent.paid_on) <= ONE_DAY:
            return each.id
    return None


def _receipts(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = select(Repayment.id, Repayment.receipt_no).where(Repayment.id.in_(ids))
    return {row.id: row.receipt_no for row in session.execute(query)}
