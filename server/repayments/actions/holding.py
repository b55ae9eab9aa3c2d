"""Money taken in the field: recorded, or held for a person where it may be wrong; never refused.

The officer has the customer's cash in hand, so a refusal would only hide it. What is held is kept
whole, shows on both sides, and counts when somebody else confirms it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.attachments.actions import attach_arrived
from server.attachments.queries import Owner
from server.covers.queries import held_by
from server.customers.models import Customer
from server.database import record
from server.database.notices import tell
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.money import yuan
from server.loans.actions import clean
from server.loans.models import Loan, LoanState
from server.repayments.actions.commands import (
    ConfirmHeld,
    FieldRepayment,
    FromDevice,
    RecordRepayment,
    Taken,
)
from server.repayments.actions.recording import record_repayment
from server.repayments.models import HeldRepayment, Repayment

MAX_NOTE: Final = 500
ONE_DAY: Final = dt.timedelta(days=1)
_DEVICE_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a payment waits; `code` says more of an invalid one, `like_id` what it repeats."""

    reason: str
    code: str = ""
    like_id: str | None = None


def take_field_repayment(session: Session, actor: Actor, sent: FieldRepayment) -> Taken:
    """Record a payment of a device, or hold it with the reason; sent twice it answers the same.

    More than is owed is credit without a question. Raises `NotAllowed` for who may record no
    payments, `NotFound` for a loan that never was, and `Invalid("id", "taken")` where another
    payment has this id.
    """
    actor.require(Permission.REPAYMENTS_RECORD)
    loan = session.get(
        Loan, sent.loan_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if loan is None:
        raise NotFound("loan", sent.loan_id)
    known = _known(session, sent)
    if known is not None:
        return known
    taken = _take(session, actor, loan, sent)
    if sent.signature:
        attach_arrived(session, actor, owner_of(sent.id, loan.branch_id), [sent.signature])
    return taken


def _take(session: Session, actor: Actor, loan: Loan, sent: FieldRepayment) -> Taken:
    doubt = _doubt(session, actor, loan, sent)
    if doubt is None:
        try:
            record_repayment(session, actor, command_of(actor, sent))
        except Invalid as refusal:
            doubt = Doubt("invalid", f"{refusal.field}.{refusal.reason}")
        else:
            return Taken(session.get_one(Repayment, sent.id).receipt_no)
    hold(session, actor, loan, sent, doubt)
    return Taken(None, doubt.reason)


def signature_arrived(session: Session, actor: Actor, sha256: str) -> int:
    """Attach a signature that arrived to the payments that name it; gives how many waited."""
    found: dict[str, str] = {}
    for model in (HeldRepayment, Repayment):
        rows = session.execute(select(model.id, model.branch_id).where(model.signature == sha256))
        found.update((row.id, row.branch_id) for row in rows)
    owners = [owner_of(key, branch_id) for key, branch_id in sorted(found.items())]
    return sum(attach_arrived(session, actor, owner, [sha256]) for owner in owners)


def owner_of(repayment_id: str, branch_id: str) -> Owner:
    """A held payment and the recorded one that it becomes have one id, and so one owner."""
    return Owner("repayment", repayment_id, branch_id)


def confirm_held(session: Session, actor: Actor, command: ConfirmHeld) -> str:
    """Let a held payment count, under its own id; gives the receipt number.

    Raises `NotFound`, `NotAllowed`, `Invalid("held", "own_entry" | "decided")`, and what
    `record_repayment` refuses: then it must be put right in the command, or rejected.
    """
    held = _held_to_decide(session, actor, command.held_id)
    note = clean(command.note, "note", MAX_NOTE)
    record_repayment(session, actor, _confirmed(held, command))
    held.repayment_id = held.id
    _decide(session, actor, held, "confirmed", note)
    return session.get_one(Repayment, held.id).receipt_no


def join_held(session: Session, actor: Actor, held_id: str, note: str = "") -> None:
    """Say that a held payment is the one it resembles: nothing more is recorded.

    Raises as `confirm_held`, `Invalid("held", "like_none")` where it resembles none, and
    `Invalid("held", "like_waits" | "like_gone")` where the other one was not recorded.
    """
    held = _held_to_decide(session, actor, held_id)
    told = clean(note, "note", MAX_NOTE)
    held.repayment_id = _recorded_like(session, held)
    _decide(session, actor, held, "joined", told)


def reject_held(session: Session, actor: Actor, held_id: str, reason: str) -> None:
    """Say that a held payment does not count. Raises as `confirm_held`, and without a reason."""
    held = _held_to_decide(session, actor, held_id)
    told = clean(reason, "note", MAX_NOTE)
    if not told:
        raise Invalid("note", "missing")
    _decide(session, actor, held, "rejected", told)


def _known(session: Session, sent: FieldRepayment) -> Taken | None:
    kept: Repayment | HeldRepayment | None
    kept = session.get(HeldRepayment, sent.id) or session.get(Repayment, sent.id)
    if kept is None:
        return None
    if (kept.loan_id, kept.amount, kept.paid_on) != (sent.loan_id, sent.amount, sent.paid_on):
        raise Invalid("id", "taken")
    return Taken(kept.receipt_no) if isinstance(kept, Repayment) else Taken(None, kept.reason)


def _doubt(session: Session, actor: Actor, loan: Loan, sent: FieldRepayment) -> Doubt | None:
    """What a person should look at first; the first that applies."""
    like_id = _like(session, sent)
    officer, holds = _officer_of(session, loan), held_by(session, actor.user_id, actor.today)
    if not actor.reaches(loan.branch_id) or officer not in holds:
        return Doubt("reassigned", like_id=like_id)
    if like_id is not None:
        return Doubt("double_entry", like_id=like_id)
    settled = select(LoanState.settled_on).where(LoanState.loan_id == loan.id)
    if session.scalar(settled) is not None:
        return Doubt("loan_settled")
    return None


def _like(session: Session, sent: FieldRepayment) -> str | None:
    """A payment that this one seems to repeat: same loan, same amount, a day apart at most, from
    another device or the office. What the same device sends twice was meant twice.
    """
    days = (sent.paid_on - ONE_DAY, sent.paid_on + ONE_DAY)
    recorded = select(Repayment.id).where(
        Repayment.loan_id == sent.loan_id,
        Repayment.amount == sent.amount,
        Repayment.paid_on.between(*days),
        Repayment.reversed_by_id.is_(None),
        Repayment.device.is_(None) | (Repayment.device != sent.device),
    )
    held = select(HeldRepayment.id).where(
        HeldRepayment.loan_id == sent.loan_id,
        HeldRepayment.amount == sent.amount,
        HeldRepayment.paid_on.between(*days),
        HeldRepayment.status == "waiting",
        HeldRepayment.device != sent.device,
    )
    return session.scalar(recorded.order_by(Repayment.paid_on, Repayment.id).limit(1)) or (
        session.scalar(held.order_by(HeldRepayment.paid_on, HeldRepayment.id).limit(1))
    )


def _officer_of(session: Session, loan: Loan) -> str | None:
    return session.scalar(select(Customer.officer_id).where(Customer.id == loan.customer_id))


def command_of(actor: Actor, sent: FieldRepayment) -> RecordRepayment:
    return RecordRepayment(
        loan_id=sent.loan_id,
        amount=sent.amount,
        paid_on=sent.paid_on,
        method=sent.method,
        reference=sent.reference,
        payer=sent.payer,
        note=sent.note,
        accept_credit=True,
        accept_double=True,
        device=FromDevice(
            sent.id, sent.device, sent.made_at, actor.user_id, sent.check_code, sent.signature
        ),
    )


def _confirmed(held: HeldRepayment, command: ConfirmHeld) -> RecordRepayment:
    return RecordRepayment(
        loan_id=held.loan_id,
        amount=held.amount,
        paid_on=command.paid_on or held.paid_on,
        method=command.method or held.method,
        reference=held.reference if command.reference is None else command.reference,
        payer=held.payer,
        note=held.note,
        accept_credit=True,
        accept_double=True,
        device=FromDevice(
            held.id,
            held.device,
            held.made_at,
            held.taken_by,
            held.check_code or "",
            held.signature,
        ),
    )


def hold(session: Session, actor: Actor, loan: Loan, sent: FieldRepayment, doubt: Doubt) -> None:
    """Keep a payment whole, for a person to decide about."""
    held = HeldRepayment(
        id=sent.id,
        loan_id=loan.id,
        branch_id=loan.branch_id,
        amount=sent.amount,
        paid_on=sent.paid_on,
        method=sent.method[:40],
        reference=sent.reference[:_DEVICE_TEXT],
        payer=sent.payer[:_DEVICE_TEXT],
        note=sent.note[:_DEVICE_TEXT],
        check_code=sent.check_code[:10] or None,
        signature=sent.signature,
        device=sent.device,
        made_at=sent.made_at,
        taken_by=actor.user_id,
        taken_at=actor.now,
        reason=doubt.reason,
        code=doubt.code[:40],
        like_id=doubt.like_id,
    )
    session.add(held)
    session.flush()
    told: dict[str, list[Any]] = {
        "amount": [None, yuan(sent.amount)],
        "paid_on": [None, sent.paid_on.isoformat()],
        "held_reason": [None, doubt.reason],
    }
    _note(session, actor, "repayment.hold", held, told)


def _held_to_decide(session: Session, actor: Actor, held_id: str) -> HeldRepayment:
    """A held payment of the actor's reach, locked with its loan until the commit."""
    held = session.get(HeldRepayment, held_id, with_for_update=True, populate_existing=True)
    if held is None:
        raise NotFound("held_repayment", held_id)
    actor.require_reach("held_repayment", held_id, held.branch_id)
    actor.require(Permission.REPAYMENTS_APPROVE, held.branch_id)
    if held.status != "waiting":
        raise Invalid("held", "decided")
    if actor.user_id is None or held.taken_by == actor.user_id:
        raise Invalid("held", "own_entry")
    return held


def _recorded_like(session: Session, held: HeldRepayment) -> str:
    """The recorded payment that a held one repeats, also by way of another held one."""
    if held.like_id is None:
        raise Invalid("held", "like_none")
    other = session.get(HeldRepayment, held.like_id)
    if other is not None and other.status == "waiting":
        raise Invalid("held", "like_waits")
    found = session.get(Repayment, (other.repayment_id if other else None) or held.like_id)
    if found is None or found.reversed_by_id is not None:
        raise Invalid("held", "like_gone")
    return found.id


def _decide(session: Session, actor: Actor, held: HeldRepayment, status: str, note: str) -> None:
    held.status = status
    held.decided_by = actor.user_id
    held.decided_at = actor.now
    held.decision_note = note
    session.flush()
    action = {"confirmed": "confirm", "joined": "join", "rejected": "reject"}[status]
    told = {"amount": [yuan(held.amount), yuan(held.amount)], "status": ["waiting", status]}
    _note(session, actor, f"repayment.{action}", held, told, note)
    _tell(session, actor, held)


def _tell(session: Session, actor: Actor, held: HeldRepayment) -> None:
    """Who took the money hears what was decided."""
    loan = session.get_one(Loan, held.loan_id)
    kept = session.get(Repayment, held.repayment_id) if held.repayment_id else None
    tell(
        session,
        held.taken_by,
        f"held_{held.status}",
        ("repayment", held.id),
        at=actor.now,
        branch_id=held.branch_id,
        customer_id=loan.customer_id,
        params={
            "amount": held.amount,
            "paid_on": held.paid_on.isoformat(),
            "contract_no": loan.contract_no,
            "receipt_no": kept.receipt_no if kept else None,
            "note": held.decision_note,
            "by": actor.name,
        },
    )


def _note(
    session: Session,
    actor: Actor,
    action: str,
    held: HeldRepayment,
    changes: dict[str, list[Any]],
    reason: str = "",
) -> None:
    entity = ("repayment", held.id)
    record.note(
        session,
        actor,
        action,
        entity,
        branch_id=held.branch_id,
        changes=changes,
        reason=reason,
    )
    customer_id = session.scalar(select(Loan.customer_id).where(Loan.id == held.loan_id))
    record.changed(session, entity, held.branch_id, customer_id=customer_id)
