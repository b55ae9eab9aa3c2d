"""Notices as the devices of their person hold them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from server.database.notices import Notice
from server.notices.queries import kept_state, notices_by_id, params_of


def notice_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Notices by id, as `Notice` in documents.ts."""
    return {row.id: _document(row) for row in notices_by_id(session, ids)}


def _document(row: Notice) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "entity": row.entity,
        "entity_id": row.entity_id,
        "customer_id": row.customer_id,
        "params": params_of(row),
        "urgent": row.urgent,
        "about_on": row.about_on.isoformat() if row.about_on else None,
        **marks_of(row),
    }


def marks_of(row: Notice) -> dict[str, str | None]:
    """The fields that a device may change."""
    until = row.snoozed_until
    return {"state": kept_state(row).value, "snoozed_until": until.isoformat() if until else None}
