"""What a device holds of feedback: its customers' cases, no complaint about a colleague."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.database.types import place
from server.domain.feedback import FeedbackKind
from server.feedback.models import Feedback


def feedback_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Cases by id, as `Feedback` in documents.ts.

    A complaint about somebody of the staff is left out, as if it were not there: the officer who
    holds the customer, today or tomorrow, may be that person. It is for the desk.
    """
    query = select(*Feedback.__table__.columns).where(
        Feedback.id.in_(ids),
        or_(
            Feedback.kind != FeedbackKind.COMPLAINT.value,
            Feedback.about_user_id.is_(None),
        ),
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
