"""Reads of branches, staff and sessions."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, SignInAttempt, User, UserSession
from server.domain.access import Actor, Permission, Role
from server.domain.errors import NotFound


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


def user_by_username(session: Session, username: str) -> User | None:
    """Find a member of staff by the name typed at sign-in, whatever its case."""
    return session.scalar(select(User).where(User.username == username.strip().lower()))


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


def users(session: Session, actor: Actor) -> list[User]:
    """All staff, by branch and name."""
    actor.require(Permission.USERS_MANAGE)
    return list(session.scalars(select(User).order_by(User.branch_id, User.display_name)))


def user(session: Session, actor: Actor, user_id: str) -> User:
    """One member of staff. Raises `NotFound`."""
    actor.require(Permission.USERS_MANAGE)
    found = session.get(User, user_id)
    if found is None:
        raise NotFound("user", user_id)
    return found


def names_by_id(session: Session, ids: set[str | None]) -> dict[str, str]:
    """Display names of staff by id, for lists that show who did something."""
    wanted = [each for each in ids if each]
    if not wanted:
        return {}
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}
