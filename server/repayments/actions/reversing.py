"""Reversing a payment: at once for one's own slip of the same day, else by two persons.

A payment is never changed or deleted: its reversal is an event of its own with the same value
date, and the loan's statement is derived as if the payment had never been.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.money import yuan
from server.loans.actions import clean, reverse_events
from server.loans.queries import loan_to_change
from server.repayments.models import Repayment, ReversalRequest

MAX_REASON = 500


def may_reverse_at_once(actor: Actor, repayment: Repayment) -> bool:
    """Whether it is the actor's own entry of the same day."""
    is_own = actor.user_id is not None and repayment.recorded_by == actor.user_id
    return is_own and repayment.posted_on == actor.today


def reverse_repayment(session: Session, actor: Actor, repayment_id: str, reason: str) -> None:
    """Reverse one's own entry of today. Raises `Invalid("repayment", "needs_request")` for others.

    Also raises `NotFound`, `NotAllowed`, `Invalid("reason", "missing")` and
    `Invalid("repayment", "already_reversed")`.
    """
    repayment = _repayment_to_change(session, actor, repayment_id)
    actor.require(Permission.REPAYMENTS_REVERSE, repayment.branch_id)
    told = _reason(reason)
    _refuse_reversed(repayment)
    if not may_reverse_at_once(actor, repayment):
        raise Invalid("repayment", "needs_request")
    _close_pending(session, actor, repayment)
    _reverse(session, actor, repayment, told)


def request_reversal(session: Session, actor: Actor, repayment_id: str, reason: str) -> str:
    """Ask another person to reverse a payment; gives the request's id.

    Raises `NotFound`, `NotAllowed`, `Invalid("reason", "missing")`, and `Invalid("repayment",
    "already_reversed" | "already_requested")`.
    """
    repayment = _repayment_to_change(session, actor, repayment_id)
    actor.require(Permission.REPAYMENTS_REVERSE, repayment.branch_id)
    told = _reason(reason)
    _refuse_reversed(repayment)
    if actor.user_id is None:
        raise Invalid("repayment", "needs_a_person")
    if _pending(session, repayment) is not None:
        raise Invalid("repayment", "already_requested")
    request = ReversalRequest(
        id=new_id(),
        repayment_id=repayment.id,
        branch_id=repayment.branch_id,
        reason=told,
        requested_by=actor.user_id,
        requested_at=actor.now,
    )
    session.add(request)
    session.flush()
    _note(session, actor, "repayment.reversal_request", repayment, told)
    return request.id


def approve_reversal(session: Session, actor: Actor, request_id: str, note: str = "") -> None:
    """Approve a request and reverse the payment.

    Raises `NotFound`, `NotAllowed`, and `Invalid("request", "own_request" | "decided")`.
    """
    request, repayment = _request_to_decide(session, actor, request_id)
    _refuse_reversed(repayment)
    _decide(actor, request, "approved", clean(note, "note", MAX_REASON))
    _reverse(session, actor, repayment, request.reason)


def refuse_reversal(session: Session, actor: Actor, request_id: str, note: str) -> None:
    """Refuse a request; the payment stands. Raises as `approve_reversal`, and without a note."""
    request, repayment = _request_to_decide(session, actor, request_id)
    told = clean(note, "note", MAX_REASON)
    if not told:
        raise Invalid("note", "missing")
    _decide(actor, request, "refused", told)
    _note(session, actor, "repayment.reversal_refuse", repayment, told)


def _repayment_to_change(session: Session, actor: Actor, repayment_id: str) -> Repayment:
    """A payment whose loan is locked, so that two reversals follow each other."""
    found = session.get(Repayment, repayment_id)
    if found is None:
        raise NotFound("repayment", repayment_id)
    actor.require_reach("repayment", repayment_id, found.branch_id)
    loan_to_change(session, actor, found.loan_id)
    session.refresh(found)
    return found


def _request_to_decide(
    session: Session, actor: Actor, request_id: str
) -> tuple[ReversalRequest, Repayment]:
    request = session.get(ReversalRequest, request_id)
    if request is None:
        raise NotFound("reversal_request", request_id)
    actor.require_reach("reversal_request", request_id, request.branch_id)
    actor.require(Permission.REPAYMENTS_APPROVE, request.branch_id)
    repayment = _repayment_to_change(session, actor, request.repayment_id)
    session.refresh(request)
    if request.status != "pending":
        raise Invalid("request", "decided")
    if request.requested_by == actor.user_id or actor.user_id is None:
        raise Invalid("request", "own_request")
    return request, repayment


def _reason(reason: str) -> str:
    told = clean(reason, "reason", MAX_REASON)
    if not told:
        raise Invalid("reason", "missing")
    return told


def _refuse_reversed(repayment: Repayment) -> None:
    if repayment.reversed_by_id is not None:
        raise Invalid("repayment", "already_reversed")


def _pending(session: Session, repayment: Repayment) -> ReversalRequest | None:
    return session.scalar(
        select(ReversalRequest).where(
            ReversalRequest.repayment_id == repayment.id, ReversalRequest.status == "pending"
        )
    )


def _close_pending(session: Session, actor: Actor, repayment: Repayment) -> None:
    """A request by somebody else is answered when the payment's author reverses it."""
    request = _pending(session, repayment)
    if request is not None and request.requested_by != actor.user_id:
        _decide(actor, request, "approved", "")
    elif request is not None:
        session.delete(request)


def _decide(actor: Actor, request: ReversalRequest, status: str, note: str) -> None:
    request.status = status
    request.decided_by = actor.user_id
    request.decided_at = actor.now
    request.decision_note = note


def _reverse(session: Session, actor: Actor, repayment: Repayment, reason: str) -> None:
    loan = loan_to_change(session, actor, repayment.loan_id)
    reversal_id, _ = reverse_events(session, actor, loan, repayment.id, reason)
    repayment.reversed_by_id = reversal_id
    session.flush()
    _note(session, actor, "repayment.reverse", repayment, reason)
    entity = ("repayment", repayment.id)
    record.changed(session, entity, repayment.branch_id, customer_id=loan.customer_id)


def _note(session: Session, actor: Actor, action: str, repayment: Repayment, reason: str) -> None:
    record.note(
        session,
        actor,
        action,
        ("repayment", repayment.id),
        branch_id=repayment.branch_id,
        changes={
            "receipt_no": [repayment.receipt_no, repayment.receipt_no],
            "amount": [yuan(repayment.amount), yuan(repayment.amount)],
        },
        reason=reason,
    )
