"""Reading what was written to a customer: word for word, and so noted in the audit."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.database import record
from server.domain.access import Actor, Permission
from server.reminders.queries.sent import TextShown, text_shown


def read_text(session: Session, actor: Actor, text_id: str) -> TextShown:
    """Show a text as it left. Raises `NotAllowed`, `NotFound`."""
    actor.require(Permission.CUSTOMERS_REVEAL)
    shown = text_shown(session, actor, text_id)
    record.note(
        session,
        actor,
        "customer.reveal",
        ("customer", shown.line.customer_id),
        changes={"revealed": [None, "reminder"]},
    )
    return shown
