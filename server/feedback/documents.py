"""What a device holds of feedback: its customers' cases, no complaint about its own officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.customers.models import Customer
from server.database.types import place
from server.domain.feedback import FeedbackKind
from server.feedback.models import Feedback


def feedback_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Cases by id, as `Feedback` in documents.ts.

    A device is that of the customer's officer. Where a complaint is about that very person the
    case is left out, as if it were not there; with another officer it comes back.
    """
    about_holder = Feedback.about_user_id == Customer.officer_id
    query = (
        select(*Feedback.__table__.columns)
        .join(Customer, Customer.id == Feedback.customer_id)
        .where(
            Feedback.id.in_(ids),
            or_(
                Feedback.kind != FeedbackKind.COMPLAINT.value,
                Feedback.about_user_id.is_(None),
                Customer.officer_id.is_(None),
                ~about_holder,
            ),
        )
    )
    return {row.id: _case(row) for row in session.execute(query)}


def _case(row: Any) -> dict[str, Any]:
    where = place("feedback", "content", row.id)
    return {
        "id": row.id,
        "customer_id": row.customer_id,
        "loan_id": row.loan_id,
        "no": row.feedback_no,
        "kind": row.kind,
        "category": row.category,
        "channel": row.channel,
        "status": row.status,
        "received_on": row.received_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "content": keyring.active().open(row.content_sealed, where),
    }
