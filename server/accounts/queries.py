"""Reads of branches, staff and sessions."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, SignInAttempt, User, UserSession
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission, Role
from server.domain.errors import NotFound

FAILURES_BEFORE_LOCK: Final = 5
LOCK_LASTS: Final = dt.timedelta(minutes=15)
ATTEMPTS_KEPT: Final = dt.timedelta(days=2)
SESSION_IDLES: Final = dt.timedelta(hours=2)
"""A session not used for so long is over, whatever is left of its twelve hours."""

HEAD_OFFICE: Final = "head"
_ROWS_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request; plain values that outlive the transaction they came from."""

    id: str
    username: str
    display_name: str
    role: Role
    branch_id: str | None
    branch_name: str | None
    language: str
    must_change_password: bool
    session_id: str
    last_seen_at: dt.datetime

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def name(self) -> str:
        """The name as the page's menu shows it."""
        return self.display_name

    def get_id(self) -> str:
        """Name the session, as flask-login asks."""
        return self.session_id

    def actor(self, now: dt.datetime, today: dt.date, origin: str = "web") -> Actor:
        """This person acting now."""
        return Actor(self.id, self.display_name, self.role, self.branch_id, now, today, origin)


def hash_token(token: str) -> str:
    """The stored form of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in_by_token(session: Session, token: str, now: dt.datetime) -> SignedIn | None:
    """Find who holds a session token, if the session still runs and the person is active."""
    row = session.scalar(
        select(UserSession)
        .join(UserSession.user)
        .where(
            UserSession.token_hash == hash_token(token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - SESSION_IDLES,
            User.active,
        )
    )
    return None if row is None else _signed_in(row)


def _signed_in(row: UserSession) -> SignedIn:
    user = row.user
    return SignedIn(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=Role(user.role),
        branch_id=user.branch_id,
        branch_name=user.branch.name if user.branch else None,
        language=user.language,
        must_change_password=user.must_change_password,
        session_id=row.id,
        last_seen_at=row.last_seen_at,
    )


def plain_username(typed: str) -> str:
    """A username as it is kept and compared, cut to what the column holds."""
    return typed.strip().lower()[:40].replace("\0", "")


def user_by_username(session: Session, username: str) -> User | None:
    """Find a member of staff by the name typed at sign-in, whatever its case."""
    return session.scalar(select(User).where(User.username == plain_username(username)))


def user_by_id(session: Session, user_id: str | None) -> User:
    """The person of an id who is known to be there."""
    return session.scalars(select(User).where(User.id == user_id)).one()


def is_first_start(session: Session) -> bool:
    """Whether the ledger has no user yet, so that nobody can sign in."""
    return session.scalar(select(User.id).limit(1)) is None


def locked_until(
    session: Session, user: User | None, username: str, now: dt.datetime
) -> dt.datetime | None:
    """Until when a name is locked out after failed sign-ins; None when it is not.

    A name that nobody has is locked by the same count, so that a lock tells nothing.
    """
    if user is not None:
        return user.locked_until if user.locked_until and user.locked_until > now else None
    failures = session.scalars(
        select(SignInAttempt.at)
        .where(
            SignInAttempt.username == plain_username(username),
            SignInAttempt.at > now - ATTEMPTS_KEPT,
        )
        .order_by(SignInAttempt.at)
    ).all()
    counted = len(failures) // FAILURES_BEFORE_LOCK * FAILURES_BEFORE_LOCK
    until = failures[counted - 1] + LOCK_LASTS if counted else None
    return until if until and until > now else None


def recent_failures(session: Session, address: str, since: dt.datetime) -> int:
    """Count the failed sign-ins of an address."""
    counted = session.scalar(
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.address == address, SignInAttempt.at > since)
    )
    return counted or 0


def running_sessions(session: Session, actor: Actor, now: dt.datetime) -> list[UserSession]:
    """The actor's own sessions that still run, the latest seen first."""
    rows = session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == actor.user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - SESSION_IDLES,
        )
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(rows)


def branches(session: Session, actor: Actor) -> list[Branch]:
    """The branches within the actor's reach, by code."""
    query = select(Branch).order_by(Branch.code)
    if actor.branch_id is not None:
        query = query.where(Branch.id == actor.branch_id)
    return list(session.scalars(query))


def officers(session: Session, branch_id: str | None) -> list[User]:
    """Active staff who may look after customers, of one branch or all, by name."""
    query = (
        select(User)
        .where(User.active, User.role.in_((Role.OFFICER, Role.REVIEWER, Role.MANAGER)))
        .order_by(User.display_name)
    )
    if branch_id is not None:
        query = query.where((User.branch_id == branch_id) | User.branch_id.is_(None))
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which staff a list shows: a part of a name, a branch (`head` for none), a role, a state."""

    text: str = ""
    branch_id: str = ""
    role: str = ""
    state: str = "active"


def users(session: Session, actor: Actor, wanted: UserFilter, after: str = "") -> Page[User]:
    """Staff within the actor's reach by username, fifty at a time."""
    actor.require(Permission.USERS_MANAGE)
    query = select(User).order_by(User.username).limit(_ROWS_A_PAGE + 1)
    for condition in _user_conditions(actor, wanted):
        query = query.where(condition)
    if after:
        query = query.where(User.username > str(read_cursor(after, 1)[0]))
    rows = list(session.scalars(query))
    more = len(rows) > _ROWS_A_PAGE
    rows = rows[:_ROWS_A_PAGE]
    return Page(rows, following=write_cursor(rows[-1].username) if more else None)


def _user_conditions(actor: Actor, wanted: UserFilter) -> Iterator[ColumnElement[bool]]:
    if actor.branch_id is not None:
        yield User.branch_id == actor.branch_id
    if wanted.text:
        part = wanted.text[:40]
        yield or_(
            User.username.contains(part.lower(), autoescape=True),
            User.display_name.contains(part, autoescape=True),
            User.employee_no == part,
        )
    if wanted.branch_id == HEAD_OFFICE:
        yield User.branch_id.is_(None)
    elif wanted.branch_id:
        yield User.branch_id == wanted.branch_id
    if wanted.role:
        yield User.role == wanted.role
    if wanted.state in ("active", "inactive"):
        yield User.active.is_(wanted.state == "active")


def user(session: Session, actor: Actor, user_id: str) -> User:
    """One member of staff within the actor's reach. Raises `NotFound`."""
    actor.require(Permission.USERS_MANAGE)
    found = session.get(User, user_id)
    if found is None or (actor.branch_id is not None and found.branch_id != actor.branch_id):
        raise NotFound("user", user_id)
    return found


def sessions_running(session: Session, user_id: str, now: dt.datetime) -> int:
    """How many sessions of a person still run."""
    counted = session.scalar(
        select(func.count())
        .select_from(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - SESSION_IDLES,
        )
    )
    return counted or 0


def staff_names(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(id, display name) of all staff within the actor's reach, for the filter of the audit."""
    query = select(User.id, User.display_name).order_by(User.display_name)
    if actor.branch_id is not None:
        query = query.where(User.branch_id == actor.branch_id)
    return [(row.id, row.display_name) for row in session.execute(query)]


def branch(session: Session, actor: Actor, branch_id: str) -> Branch:
    """One branch within the actor's reach. Raises `NotFound`."""
    found = session.get(Branch, branch_id)
    if found is None or not actor.reaches(branch_id):
        raise NotFound("branch", branch_id)
    return found


def branch_by_code(session: Session, code: str) -> Branch | None:
    """The branch of that code, if there is one."""
    return session.scalar(select(Branch).where(Branch.code == code))


def active_staff(session: Session) -> dict[str, int]:
    """How many active staff each branch has, by its id."""
    rows = session.execute(
        select(User.branch_id, func.count())
        .where(User.active, User.branch_id.is_not(None))
        .group_by(User.branch_id)
    )
    return {str(branch_id): counted for branch_id, counted in rows}


def names_by_id(session: Session, ids: set[str | None]) -> dict[str, str]:
    """Display names of staff by id, for lists that show who did something."""
    wanted = [each for each in ids if each]
    if not wanted:
        return {}
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}
