"""Making and changing branches: work of the head office."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.database import record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
_LIMITS: Final = (("name", 80), ("phone", 30), ("address", 200))
_FIELDS: Final = ("code", "name", "phone", "address")


@dataclass(frozen=True, slots=True)
class SaveBranch:
    """What a branch is to be."""

    code: str
    name: str
    phone: str = ""
    address: str = ""


def create_branch(session: Session, actor: Actor, command: SaveBranch) -> str:
    """Make a branch; returns its id. Raises `Invalid` with the field at fault."""
    _require_head_office(actor)
    _check(session, command, None)
    row = Branch(**_values(command))
    session.add(row)
    session.flush()
    changes = {name: [None, value] for name, value in _values(command).items() if value}
    _note(session, actor, "branch.create", row, changes)
    return row.id


def update_branch(
    session: Session, actor: Actor, branch_id: str, version: int, command: SaveBranch
) -> None:
    """Change a branch. Raises `Conflict` when it is no longer of that version."""
    _require_head_office(actor)
    row = _row(session, branch_id)
    before: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    after: dict[str, Any] = {**_values(command)}
    if row.version != version:
        raise Conflict("branch", before, after)
    _check(session, command, row.id)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return
    for name, value in after.items():
        setattr(row, name, value)
    row.version += 1
    _note(session, actor, "branch.update", row, changes)


def set_branch_active(session: Session, actor: Actor, branch_id: str, *, active: bool) -> None:
    """Close or reopen a branch. While staff remain: `Invalid("branch", "has_active_users")`."""
    _require_head_office(actor)
    row = _row(session, branch_id)
    if row.active == active:
        return
    staff = session.scalar(
        select(func.count()).select_from(User).where(User.branch_id == branch_id, User.active)
    )
    if not active and staff:
        raise Invalid("branch", "has_active_users", count=staff)
    row.active = active
    row.version += 1
    _note(session, actor, "branch.activate" if active else "branch.deactivate", row, {})


def _require_head_office(actor: Actor) -> None:
    actor.require(Permission.USERS_MANAGE)
    if actor.branch_id is not None:
        raise NotAllowed(Permission.USERS_MANAGE)


def _row(session: Session, branch_id: str) -> Branch:
    row = session.get(Branch, branch_id, with_for_update=True)
    if row is None:
        raise NotFound("branch", branch_id)
    return row


def _check(session: Session, command: SaveBranch, own_id: str | None) -> None:
    if not _CODE.fullmatch(command.code):
        raise Invalid("code", "code_shape")
    if not command.name.strip():
        raise Invalid("name", "missing")
    for name, most in _LIMITS:
        if len(getattr(command, name)) > most:
            raise Invalid(name, "too_long")
    for name in ("code", "name"):
        column = getattr(Branch, name)
        taken = session.scalar(select(Branch.id).where(column == _values(command)[name]))
        if taken is not None and taken != own_id:
            raise Invalid(name, "taken")


def _values(command: SaveBranch) -> dict[str, str]:
    return {name: getattr(command, name).strip() for name in _FIELDS}


def _note(
    session: Session, actor: Actor, act: str, row: Branch, changes: dict[str, list[Any]]
) -> None:
    record.note(session, actor, act, ("branch", row.id), branch_id=row.id, changes=changes)
    record.changed(session, ("bank", row.id), row.id, portfolio=row.id)
