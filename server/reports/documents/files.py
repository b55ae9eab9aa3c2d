"""The ledger as a file on the server, for the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from server.accounts.queries import branch_by_code
from server.database.engine import begin_writing
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.reports.actions import NoteExport, note_ledger, require_ledger
from server.reports.documents.ledger import ledger_table
from server.reports.documents.sheets import FileKind, write_table

_KINDS: Final[dict[str, FileKind]] = {".xlsx": "xlsx", ".csv": "csv"}
_OWNER_ALONE: Final = 0o600
_REASON: Final = "flask export"


def write_ledger_file(
    session: Session, actor: Actor, path: Path, bank_name: str, branch_code: str = ""
) -> int:
    """Write the ledger to a file that its owner alone may read, take note; gives the loans.

    Raises `Invalid("file", "kind_unknown" | "unwritable")` and `Invalid("branch", "unknown")`.
    """
    require_ledger(actor, _REASON)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise Invalid("file", "kind_unknown")
    branch_id = _branch_id(session, branch_code)
    table = ledger_table(session, actor, bank_name, branch_id)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ALONE)
    except OSError:
        raise Invalid("file", "unwritable") from None
    with os.fdopen(descriptor, "wb") as stream:
        rows = write_table(stream, kind, table)
    begin_writing(session)
    note_ledger(session, actor, NoteExport("ledger", kind, rows, reason=_REASON), branch_id or None)
    session.commit()
    return rows


def _branch_id(session: Session, code: str) -> str:
    if not code:
        return ""
    found = branch_by_code(session, code)
    if found is None:
        raise Invalid("branch", "unknown")
    return found.id
