"""What a device holds of field work: visits, promises to pay, contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.visits.models import Call, Promise, Visit
from server.visits.queries import photos_of, position_of


def visit_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Visits by id, as `Visit` in documents.ts; two queries."""
    photos = photos_of(session, ids)
    return {
        row.id: {
            **_head(row, name),
            "loan_id": row.loan_id,
            "purpose": row.purpose,
            "visited_at": row.visited_at.isoformat(),
            "staff": row.staff,
            "met": row.met,
            "findings": row.findings or "",
            "ability": row.ability,
            "next_step": row.next_step,
            "next_on": row.next_on.isoformat() if row.next_on else None,
            "position": position_of(row),
            "photos": [
                {"sha256": each.sha256, "arrived": each.attachment_id is not None}
                for each in photos.get(row.id, ())
            ],
        }
        for row, name in _rows(session, Visit, ids)
    }


def promise_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Promises by id, as `Promise_` in documents.ts."""
    return {
        row.id: {
            **_head(row, name),
            "loan_id": row.loan_id,
            "amount": row.amount,
            "promised_on": row.promised_on.isoformat(),
            "made_on": row.made_on.isoformat(),
            "channel": row.channel,
            "note": row.note,
            "state": row.state,
        }
        for row, name in _rows(session, Promise, ids)
    }


def call_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Contacts by id, as `Call` in documents.ts."""
    return {
        row.id: {
            **_head(row, name),
            "contact_id": row.contact_id,
            "relation": row.relation,
            "channel": row.channel,
            "result": row.result,
            "summary": row.summary or "",
            "called_at": row.called_at.isoformat(),
        }
        for row, name in _rows(session, Call, ids)
    }


def _rows(session: Session, model: type[Any], ids: Sequence[str]) -> Any:
    query = (
        select(model, User.display_name)
        .outerjoin(User, User.id == model.recorded_by)
        .where(model.id.in_(ids))
    )
    return session.execute(query)


def _head(row: Any, name: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "customer_id": row.customer_id,
        "by": row.recorded_by,
        "by_name": name or "",
    }
