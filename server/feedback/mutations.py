"""What customers say to an officer on the road: logged once, as at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.kinds import Found, MutationKind, Write, Written
from server.domain.access import Actor
from server.domain.written import needed_day, needed_text, text_of
from server.feedback.actions import LogFeedback, log_feedback
from server.feedback.models import Feedback
from sync.policy import KindRules

_FIELDS: Final = frozenset(
    {"customer_id", "loan_id", "kind", "category", "channel", "content", "received_on"}
)


def _find(
    session: Session,
    actor: Actor,  # noqa: ARG001 (the push asks for reach)
    feedback_id: str,
) -> Found | None:
    query = (
        select(Feedback, Customer.officer_id)
        .join(Customer, Customer.id == Feedback.customer_id)
        .where(Feedback.id == feedback_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, officer_id = found
    values = {name: getattr(row, name) for name in _FIELDS - {"received_on"}}
    values["received_on"] = row.received_on.isoformat()
    return Found(values, row.branch_id, officer_id)


def _write(session: Session, actor: Actor, write: Write) -> Written:
    fields = write.fields
    command = LogFeedback(
        customer_id=needed_text(fields, "customer_id"),
        kind=needed_text(fields, "kind"),
        category=needed_text(fields, "category"),
        channel=needed_text(fields, "channel"),
        content=needed_text(fields, "content"),
        received_on=needed_day(fields, "received_on"),
        loan_id=text_of(fields, "loan_id") or None,
        id=write.entity_id,
    )
    log_feedback(session, actor, command)
    row = session.get_one(Feedback, write.entity_id)
    news = {"no": row.feedback_no, "status": row.status, "due_on": row.due_on.isoformat()}
    if row.content != command.content:
        news["content"] = row.content or ""
    return Written(news)


KINDS: Final[Mapping[str, MutationKind]] = {
    "feedback": MutationKind(
        rules=KindRules(insert_only=True),
        find=_find,
        write=_write,
        known=_FIELDS,
        tells_creation=True,
    )
}
"""By the name on the wire."""
