"""What customers say to an officer on the road: logged once, as at the desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.kinds import Found, MutationKind, Write, Written
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.written import needed_day, needed_text, text_of
from server.feedback.actions import LogFeedback, log_feedbacks
from server.feedback.models import Feedback
from sync.policy import KindRules

_FIELDS: Final = frozenset(
    {"customer_id", "loan_id", "kind", "category", "channel", "content", "received_on"}
)


def _find(session: Session, actor: Actor, feedback_id: str) -> Found | None:
    return _find_many(session, actor, [feedback_id]).get(feedback_id)


def _find_many(
    session: Session,
    actor: Actor,  # noqa: ARG001 (the push asks for reach)
    ids: Collection[str],
) -> dict[str, Found]:
    found: dict[str, Found] = {}
    wanted = sorted(ids)
    for some in in_parts(wanted):
        query = (
            select(Feedback, Customer.officer_id)
            .join(Customer, Customer.id == Feedback.customer_id)
            .where(Feedback.id.in_(some))
        )
        for row, officer_id in session.execute(query):
            values = {name: getattr(row, name) for name in _FIELDS - {"received_on"}}
            values["received_on"] = row.received_on.isoformat()
            found[row.id] = Found(values, row.branch_id, officer_id)
    return found


def _write(session: Session, actor: Actor, write: Write) -> Written:
    return _write_many(session, actor, [write])[0]


def _write_many(session: Session, actor: Actor, writes: Sequence[Write]) -> list[Written]:
    commands = [_command(write) for write in writes]
    rows = log_feedbacks(session, actor, commands)
    return [_news(row, write) for row, write in zip(rows, writes, strict=True)]


def _command(write: Write) -> LogFeedback:
    fields = write.fields
    return LogFeedback(
        customer_id=needed_text(fields, "customer_id"),
        kind=needed_text(fields, "kind"),
        category=needed_text(fields, "category"),
        channel=needed_text(fields, "channel"),
        content=needed_text(fields, "content"),
        received_on=needed_day(fields, "received_on"),
        loan_id=text_of(fields, "loan_id") or None,
        id=write.entity_id,
    )


def _news(row: Feedback, write: Write) -> Written:
    """What the server gave, and what stands otherwise than it was sent."""
    news = {"no": row.feedback_no, "status": row.status, "due_on": row.due_on.isoformat()}
    stored = {"content": row.content, "loan_id": row.loan_id}
    sent = write.fields
    differs = {n: value for n, value in stored.items() if n not in sent or sent[n] != value}
    return Written({**news, **differs})


KINDS: Final[Mapping[str, MutationKind]] = {
    "feedback": MutationKind(
        rules=KindRules(insert_only=True),
        find=_find,
        write=_write,
        known=_FIELDS,
        tells_creation=True,
        find_many=_find_many,
        write_many=_write_many,
    )
}
"""By the name on the wire."""
