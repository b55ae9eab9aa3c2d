"""What is written when something leaves the house: who took what, and how many rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from server.database import record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid

MAX_REASON: Final = 200
_LONG_NUMBER: Final = re.compile(r"\d{6,}")
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class NoteExport:
    """A file that goes out. `filters` are the list's, as its URL has them."""

    what: str
    kind: str
    rows: int
    filters: Sequence[tuple[str, str]] = ()
    reason: str = ""


def require_ledger(actor: Actor, reason: str) -> None:
    """Refuse the whole ledger to who may not see full numbers, and without a reason.

    Raises `NotAllowed` and `Invalid("reason", "missing" | "too_long")`.
    """
    for permission in (
        Permission.REPORTS_EXPORT,
        Permission.CUSTOMERS_READ,
        Permission.CUSTOMERS_REVEAL,
        Permission.LOANS_READ,
    ):
        actor.require(permission)
    if not reason:
        raise Invalid("reason", "missing")
    if len(reason) > MAX_REASON:
        raise Invalid("reason", "too_long")


def note_list(session: Session, actor: Actor, export: NoteExport) -> None:
    """Take note of a list that went out."""
    actor.require(Permission.REPORTS_EXPORT)
    _note(session, actor, "export.list", export, actor.branch_id)


def note_ledger(
    session: Session, actor: Actor, export: NoteExport, branch_id: str | None = None
) -> None:
    """Take note of a whole ledger that went out, with full numbers."""
    require_ledger(actor, export.reason)
    _note(session, actor, "export.ledger", export, branch_id or actor.branch_id)


def _note(
    session: Session, actor: Actor, action: str, export: NoteExport, branch_id: str | None
) -> None:
    changes: dict[str, list[Any]] = {
        "rows": [None, export.rows],
        "file_kind": [None, export.kind],
    }
    if export.filters:
        pairs = [f"{name}={_hidden(value)}" for name, value in export.filters if value]
        changes["filters"] = [None, "&".join(pairs)[:500]]
    record.note(
        session,
        actor,
        action,
        ("export", export.what),
        branch_id=branch_id,
        changes=changes,
        reason=export.reason,
    )


def _hidden(text: str) -> str:
    """A search may have been for a phone or an ID number: long numbers are cut short."""
    return _LONG_NUMBER.sub(lambda found: found[0][:_SHOWN] + "***", text)
