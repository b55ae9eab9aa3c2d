"""What a device holds of the bank: its names and hours, and who works there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User

QUIET_FROM: Final = "22:00"
QUIET_UNTIL: Final = "08:00"
CALLS_A_DAY: Final = 6
"""No collection within these hours, and no more tries a day at one number: the rules of 2026 on
collection (domain spec, 6).
"""


def staff_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Staff by id, as `Staff` in documents.ts; who works here no more is left out."""
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(ids), User.active))
    return {row.id: {"id": row.id, "name": row.display_name} for row in rows}


def bank_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001
    *,
    name: str = "",
) -> dict[str, dict[str, Any]]:
    """The bank as `Bank` in documents.ts, by the id of a branch.

    Each branch has its own, with its phone. An id of no branch is the head office. `name` is the
    bank's, a setting that only the door knows.
    """
    found = {row.id: row for row in session.scalars(select(Branch).where(Branch.id.in_(ids)))}
    return {each: _bank(each, name, found.get(each)) for each in ids}


def _bank(bank_id: str, name: str, branch: Branch | None) -> dict[str, Any]:
    return {
        "id": bank_id,
        "name": name,
        "branch_name": branch.name if branch else "",
        "branch_phone": branch.phone if branch else "",
        "quiet_from": QUIET_FROM,
        "quiet_until": QUIET_UNTIL,
        "calls_a_day": CALLS_A_DAY,
    }
