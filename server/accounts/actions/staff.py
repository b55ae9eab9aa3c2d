"""Making and changing staff, within the reach of the administrator."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.actions.signing_in import end_sessions_of
from server.accounts.models import Branch, User
from server.crypto import passwords
from server.database import record
from server.domain.access import Actor, Permission, Role
from server.domain.errors import Conflict, Invalid, NotFound

_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_LANGUAGES: Final = ("zh", "en")
_EDITED: Final = ("display_name", "employee_no", "role", "branch_id", "language")


@dataclass(frozen=True, slots=True)
class SaveUser:
    """What a member of staff is to be; `branch_id` None is the head office."""

    username: str
    display_name: str
    role: str
    branch_id: str | None
    employee_no: str | None = None
    language: str = "zh"


def create_user(session: Session, actor: Actor, command: SaveUser) -> tuple[str, str]:
    """Make a member of staff; returns the id and a temporary password, shown this once.

    The password must be changed at the first sign-in. Raises `Invalid` with the field at fault.
    """
    actor.require(Permission.USERS_MANAGE)
    if not _USERNAME.fullmatch(command.username):
        raise Invalid("username", "username_shape")
    if session.scalar(select(User.id).where(User.username == command.username)) is not None:
        raise Invalid("username", "taken")
    _check(session, actor, command, None)
    password = passwords.make_temporary_password()
    row = User(
        username=command.username,
        password_hash=passwords.hash_password(password),
        must_change_password=True,
        created_at=actor.now,
        **_values(command),
    )
    session.add(row)
    session.flush()
    changes = {name: [None, value] for name, value in _values(command).items() if value}
    _note(session, actor, "user.create", row, {"username": [None, row.username], **changes})
    _say(session, row, row.branch_id)
    return row.id, password


def update_user(
    session: Session, actor: Actor, user_id: str, version: int, command: SaveUser
) -> None:
    """Change a member of staff; the username stays. Raises `Conflict` or `Invalid`.

    Nobody changes the own role or branch, and the last administrator of the head office stays one.
    """
    row = _row(session, actor, user_id)
    before, after = {name: getattr(row, name) for name in _EDITED}, _values(command)
    if row.version != version:
        raise Conflict("user", before, after)
    _check(session, actor, command, row.id)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return
    for name in ("role", "branch_id"):
        if name in changes and row.id == actor.user_id:
            raise Invalid(name, "own_account")
    if "role" in changes or "branch_id" in changes:
        _keep_an_administrator(session, row, "role")
    for name, value in after.items():
        setattr(row, name, value)
    row.version += 1
    _note(session, actor, "user.update", row, changes)
    _say(session, row, changes.get("branch_id", [row.branch_id])[0])


def set_user_active(session: Session, actor: Actor, user_id: str, *, active: bool) -> None:
    """Let a person sign in, or no longer; a deactivated person's sessions end at once."""
    row = _row(session, actor, user_id)
    if row.active == active:
        return
    if active and row.branch is not None and not row.branch.active:
        raise Invalid("user", "branch_closed")
    if not active:
        if row.id == actor.user_id:
            raise Invalid("user", "own_account")
        _keep_an_administrator(session, row, "user")
        end_sessions_of(session, row.id, actor.now)
    row.active = active
    row.version += 1
    _note(session, actor, "user.activate" if active else "user.deactivate", row, {})
    _say(session, row, row.branch_id)


def unlock_user(session: Session, actor: Actor, user_id: str) -> None:
    """End a lock that failed sign-ins brought about."""
    row = _row(session, actor, user_id)
    row.locked_until = None
    row.failed_sign_ins = 0
    _note(session, actor, "user.unlock", row, {})


def reset_password(session: Session, actor: Actor, user_id: str) -> str:
    """Give a person a temporary password, shown this once; ends their sessions and any lock."""
    row = _row(session, actor, user_id)
    if row.id == actor.user_id:
        raise Invalid("user", "own_account")
    password = passwords.make_temporary_password()
    row.password_hash = passwords.hash_password(password)
    row.must_change_password = True
    row.locked_until = None
    row.failed_sign_ins = 0
    end_sessions_of(session, row.id, actor.now)
    _note(session, actor, "user.reset_password", row, {})
    return password


def end_user_sessions(session: Session, actor: Actor, user_id: str) -> None:
    """End all sessions of a person."""
    row = _row(session, actor, user_id)
    end_sessions_of(session, row.id, actor.now)
    _note(session, actor, "user.end_sessions", row, {})


def is_locked(row: User, now: dt.datetime) -> bool:
    """Whether failed sign-ins keep a person out."""
    return row.locked_until is not None and row.locked_until > now


def _row(session: Session, actor: Actor, user_id: str) -> User:
    actor.require(Permission.USERS_MANAGE)
    query = select(User).where(User.id == user_id).with_for_update(of=User)
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None or (actor.branch_id is not None and row.branch_id != actor.branch_id):
        raise NotFound("user", user_id)
    return row


def _check(session: Session, actor: Actor, command: SaveUser, own_id: str | None) -> None:
    if not command.display_name.strip():
        raise Invalid("display_name", "missing")
    if len(command.display_name) > 80:
        raise Invalid("display_name", "too_long")
    if command.role not in Role.__members__.values():
        raise Invalid("role", "unknown")
    if command.language not in _LANGUAGES:
        raise Invalid("language", "unknown")
    _check_branch(session, actor, command)
    _check_employee_no(session, command, own_id)


def _check_branch(session: Session, actor: Actor, command: SaveUser) -> None:
    if command.branch_id is None:
        if command.role == Role.OFFICER:
            raise Invalid("branch_id", "officer_needs_branch")
        if actor.branch_id is not None:
            raise Invalid("branch_id", "missing")
        return
    if not actor.reaches(command.branch_id):
        raise Invalid("branch_id", "unknown")
    branch = session.get(Branch, command.branch_id)
    if branch is None:
        raise Invalid("branch_id", "unknown")
    if not branch.active:
        raise Invalid("branch_id", "branch_closed")


def _check_employee_no(session: Session, command: SaveUser, own_id: str | None) -> None:
    number = _values(command)["employee_no"]
    if number is None:
        return
    if len(number) > 30:
        raise Invalid("employee_no", "too_long")
    taken = session.scalar(select(User.id).where(User.employee_no == number))
    if taken is not None and taken != own_id:
        raise Invalid("employee_no", "taken")


def _keep_an_administrator(session: Session, row: User, field: str) -> None:
    """Refuse to lose the last one. The rows are locked, so that two acts cannot pass each other."""
    chiefs = session.scalars(
        select(User.id)
        .where(User.role == Role.ADMINISTRATOR, User.branch_id.is_(None), User.active)
        .order_by(User.id)
        .with_for_update(of=User)
    ).all()
    if list(chiefs) == [row.id]:
        raise Invalid(field, "last_administrator")


def _values(command: SaveUser) -> dict[str, Any]:
    return {
        "display_name": command.display_name.strip(),
        "employee_no": (command.employee_no or "").strip() or None,
        "role": str(command.role),
        "branch_id": command.branch_id,
        "language": command.language,
    }


def _note(
    session: Session, actor: Actor, act: str, row: User, changes: dict[str, list[Any]]
) -> None:
    record.note(session, actor, act, ("user", row.id), branch_id=row.branch_id, changes=changes)


def _say(session: Session, row: User, branch_before: str | None) -> None:
    """The colleagues' devices know a person while active."""
    record.changed(
        session,
        ("staff", row.id),
        row.branch_id,
        portfolio=row.branch_id or record.HEAD_OFFICE,
        left=branch_before or record.HEAD_OFFICE,
        gone=not row.active,
    )
