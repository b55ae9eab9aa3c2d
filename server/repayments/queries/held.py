"""Reads of held payments: the queue, those of a loan, and the payment each one seems to repeat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from server.accounts.models import User
from server.customers.models import Customer
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.loans.models import Loan
from server.repayments.models import HeldRepayment, Repayment

WAITING: Final = "waiting"
_MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Like:
    """The payment that a held one seems to repeat; `receipt_no` None where it is held itself."""

    id: str
    receipt_no: str | None
    amount: int
    paid_on: dt.date
    method: str
    taken_by: str | None
    at: dt.datetime
    from_field: bool
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A held payment as the desk shows it; money in fen."""

    id: str
    loan_id: str
    branch_id: str
    contract_no: str
    customer_id: str
    customer_name: str
    amount: int
    paid_on: dt.date
    method: str
    reference: str
    payer: str
    note: str
    check_code: str | None
    signature: str | None
    device: str
    made_at: dt.datetime
    taken_by: str | None
    taken_by_id: str | None
    taken_at: dt.datetime
    reason: str
    code: str
    status: str
    decided_by: str | None
    decided_at: dt.datetime | None
    decision_note: str
    repayment_id: str | None
    like: Like | None


def held_repayments(
    session: Session, actor: Actor, *, status: str = WAITING, limit: int = _MOST_ROWS
) -> list[HeldRow]:
    """Held payments within reach: the oldest first while they wait, else the latest decided."""
    actor.require(Permission.LOANS_READ)
    query = _reached(_rows().where(HeldRepayment.status == status), actor)
    is_waiting = status == WAITING
    order = HeldRepayment.taken_at if is_waiting else HeldRepayment.decided_at.desc()
    return _shown(session, query.order_by(order, HeldRepayment.id).limit(limit))


def held_repayment(session: Session, actor: Actor, held_id: str) -> HeldRow:
    """One held payment. Raises `NotAllowed`, and `NotFound` for none and for out of reach."""
    actor.require(Permission.LOANS_READ)
    found = _shown(session, _reached(_rows().where(HeldRepayment.id == held_id), actor))
    if not found:
        raise NotFound("held_repayment", held_id)
    return found[0]


def held_of_loans(session: Session, loan_ids: Collection[str]) -> list[HeldRow]:
    """The payments on some loans that wait; the caller has found the loans before."""
    if not loan_ids:
        return []
    query = _rows().where(HeldRepayment.loan_id.in_(loan_ids), HeldRepayment.status == WAITING)
    return _shown(session, query.order_by(HeldRepayment.taken_at, HeldRepayment.id))


def held_count(session: Session, actor: Actor) -> int:
    """How many payments wait to be confirmed within reach."""
    query = select(func.count(HeldRepayment.id)).where(HeldRepayment.status == WAITING)
    return session.scalar(_reached(query, actor)) or 0


def _reached(query: Any, actor: Actor) -> Any:
    if actor.branch_id is None:
        return query
    return query.where(HeldRepayment.branch_id == actor.branch_id)


def _rows() -> Any:
    taker, decider = aliased(User), aliased(User)
    return (
        select(
            HeldRepayment,
            Loan.contract_no,
            Loan.customer_id,
            Customer.name.label("customer_name"),
            taker.display_name.label("taker"),
            decider.display_name.label("decider"),
        )
        .join(Loan, Loan.id == HeldRepayment.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .outerjoin(taker, taker.id == HeldRepayment.taken_by)
        .outerjoin(decider, decider.id == HeldRepayment.decided_by)
    )


def _shown(session: Session, query: Any) -> list[HeldRow]:
    rows = session.execute(query).all()
    likes = _likes(session, {row.HeldRepayment.like_id for row in rows} - {None})
    return [_row(found, likes) for found in rows]


def _likes(session: Session, ids: Collection[str]) -> dict[str, Like]:
    """The payments, recorded or held, that others seem to repeat, in two statements."""
    if not ids:
        return {}
    held = (
        select(HeldRepayment, User.display_name)
        .outerjoin(User, User.id == HeldRepayment.taken_by)
        .where(HeldRepayment.id.in_(ids))
    )
    recorded = (
        select(Repayment, User.display_name)
        .outerjoin(User, User.id == Repayment.recorded_by)
        .where(Repayment.id.in_(ids))
    )
    found = {row.id: _held_like(row, name) for row, name in session.execute(held)}
    return found | {row.id: _recorded_like(row, name) for row, name in session.execute(recorded)}


def _held_like(row: HeldRepayment, name: str | None) -> Like:
    return Like(
        row.id, None, row.amount, row.paid_on, row.method, name, row.made_at, True, False
    )  # fmt: skip


def _recorded_like(row: Repayment, name: str | None) -> Like:
    return Like(
        id=row.id,
        receipt_no=row.receipt_no,
        amount=row.amount,
        paid_on=row.paid_on,
        method=row.method,
        taken_by=name,
        at=row.made_at or row.recorded_at,
        from_field=row.device is not None,
        is_reversed=row.reversed_by_id is not None,
    )


def _row(found: Any, likes: dict[str, Like]) -> HeldRow:
    row: HeldRepayment = found.HeldRepayment
    return HeldRow(
        id=row.id,
        loan_id=row.loan_id,
        branch_id=row.branch_id,
        contract_no=found.contract_no,
        customer_id=found.customer_id,
        customer_name=found.customer_name,
        amount=row.amount,
        paid_on=row.paid_on,
        method=row.method,
        reference=row.reference,
        payer=row.payer,
        note=row.note,
        check_code=row.check_code,
        signature=row.signature,
        device=row.device,
        made_at=row.made_at,
        taken_by=found.taker,
        taken_by_id=row.taken_by,
        taken_at=row.taken_at,
        reason=row.reason,
        code=row.code,
        status=row.status,
        decided_by=found.decider,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        repayment_id=row.repayment_id,
        like=likes.get(row.like_id or ""),
    )
