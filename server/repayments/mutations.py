"""Money taken in the field, and its reversal: recorded, or held for a person; never refused.

What is too odd to be a payment at all is held whole as it was sent, for the cash is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.kinds import Found, MutationKind, Waits, Write, Written, untold
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.errors import Invalid, NotAllowed
from server.domain.written import needed_day, needed_text, needed_whole, text_of
from server.loans.models import Loan
from server.repayments.actions import (
    FieldRepayment,
    HandIn,
    Taken,
    hand_in,
    may_reverse_at_once,
    request_reversal,
    reverse_repayment,
    take_field_repayment,
    take_field_repayments,
)
from server.repayments.documents import handover_documents, repayment_documents
from server.repayments.models import Handover, HeldRepayment, Repayment
from sync.policy import KindRules
from sync.values import Json

_FIELDS: Final = frozenset(
    {
        *("loan_id", "amount", "paid_on", "method", "reference", "payer", "note"),
        *("check_code", "signature"),
    }
)


def _find(session: Session, actor: Actor, repayment_id: str) -> Found | None:
    return _find_many(session, actor, [repayment_id]).get(repayment_id)


def _find_many(
    session: Session,
    actor: Actor,  # noqa: ARG001 (the push asks for reach)
    ids: Collection[str],
) -> dict[str, Found]:
    """Payments, recorded or held; a held one that was confirmed is the one recorded."""
    wanted, found = sorted(ids), dict[str, Found]()
    models: tuple[Any, ...] = (HeldRepayment, Repayment)
    for model in models:
        for some in in_parts(wanted):
            query = (
                select(model, Customer.officer_id)
                .join(Loan, Loan.id == model.loan_id)
                .join(Customer, Customer.id == Loan.customer_id)
                .where(model.id.in_(some))
            )
            for kept, officer_id in session.execute(query):
                values = {name: _told(kept, name) for name in _FIELDS}
                found[kept.id] = Found(values, kept.branch_id, officer_id)
    return found


def _told(kept: Any, name: str) -> Json:
    value = getattr(kept, name)
    return value.isoformat() if name == "paid_on" else value


def _write(session: Session, actor: Actor, write: Write) -> Written:
    try:
        taken = take_field_repayment(session, actor, _sent(write))
    except (Invalid, NotAllowed) as refusal:
        raise Waits("invalid") from refusal
    return _written(session, actor, [write], [taken])[0]


def _write_many(session: Session, actor: Actor, writes: Sequence[Write]) -> list[Written]:
    """Refusals are left to each by itself: there they are held whole."""
    taken = take_field_repayments(session, actor, [_sent(write) for write in writes])
    return _written(session, actor, writes, taken)


def _written(
    session: Session, actor: Actor, writes: Sequence[Write], taken: Sequence[Taken]
) -> list[Written]:
    ids = [write.entity_id for write in writes]
    documents = repayment_documents(session, ids, actor.today)
    return [
        Written(
            {
                **untold(documents[write.entity_id], write.fields, "customer_id"),
                "receipt_no": each.receipt_no,
                "state": "held" if each.held else "confirmed",
                "reason": each.held,
            },
            each.held,
        )
        for write, each in zip(writes, taken, strict=True)
    ]


def _sent(write: Write) -> FieldRepayment:
    fields = write.fields
    return FieldRepayment(
        id=write.entity_id,
        loan_id=needed_text(fields, "loan_id"),
        amount=needed_whole(fields, "amount"),
        paid_on=needed_day(fields, "paid_on"),
        method=needed_text(fields, "method"),
        reference=text_of(fields, "reference"),
        payer=text_of(fields, "payer"),
        note=text_of(fields, "note"),
        check_code=text_of(fields, "check_code"),
        signature=text_of(fields, "signature") or None,
        device=write.device,
        made_at=write.made_at,
    )


def _find_reversal(session: Session, actor: Actor, reversal_id: str) -> None:
    """A reversal leaves no entity of its own; a second one is refused by what it reverses."""


def _reverse(session: Session, actor: Actor, write: Write) -> Written:
    """At once where that is allowed, else by another person; of a held payment likewise."""
    repayment_id = needed_text(write.fields, "repayment_id")
    reason = needed_text(write.fields, "reason")
    if session.get(HeldRepayment, repayment_id) and not session.get(Repayment, repayment_id):
        raise Waits("repayment_held", repayment_id)
    row = session.get(Repayment, repayment_id)
    if row is not None and may_reverse_at_once(actor, row):
        reverse_repayment(session, actor, repayment_id, reason)
        return Written()
    request_reversal(session, actor, repayment_id, reason)
    return Written(held="reversal_requested")


def _find_handover(session: Session, actor: Actor, handover_id: str) -> Found | None:
    row = session.get(Handover, handover_id)
    if row is None:
        return None
    values = handover_documents(session, [handover_id], actor.today)[handover_id]
    return Found(values, row.branch_id, row.user_id)


def _hand_in(session: Session, actor: Actor, write: Write) -> Written:
    fields = write.fields
    command = HandIn(
        day=needed_day(fields, "day"),
        counted=needed_whole(fields, "counted"),
        note=text_of(fields, "note"),
        id=write.entity_id,
        device=write.device,
    )
    hand_in(session, actor, command)
    return Written({"state": "waiting"})


KINDS: Final[Mapping[str, MutationKind]] = {
    "repayment": MutationKind(
        rules=KindRules(insert_only=True),
        find=_find,
        write=_write,
        known=_FIELDS,
        judges_place=True,
        tells_creation=True,
        find_many=_find_many,
        write_many=_write_many,
    ),
    "reversal": MutationKind(
        rules=KindRules(insert_only=True),
        find=_find_reversal,
        write=_reverse,
        known=frozenset({"repayment_id", "reason"}),
    ),
    "handover": MutationKind(
        rules=KindRules(insert_only=True),
        find=_find_handover,
        write=_hand_in,
        known=frozenset({"day", "counted", "note"}),
    ),
}
"""By the name on the wire."""
