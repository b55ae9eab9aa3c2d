"""Notices as the devices of their officers hold them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.notices import Notice


def notice_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Notices by id, as `Notice` in documents.ts."""
    rows = session.scalars(select(Notice).where(Notice.id.in_(ids)))
    return {
        row.id: {
            "id": row.id,
            "kind": row.kind,
            "at": row.at.isoformat(),
            "entity": row.entity,
            "entity_id": row.entity_id,
            "customer_id": row.customer_id,
            "params": json.loads(row.params or "{}"),
        }
        for row in rows
    }
