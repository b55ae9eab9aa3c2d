"""Signing in and out, sessions, and one's own password and language."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.accounts.models import SignInAttempt, User, UserSession
from server.accounts.queries import (
    ATTEMPTS_KEPT,
    FAILURES_BEFORE_LOCK,
    LOCK_LASTS,
    hash_token,
    plain_username,
)
from server.crypto import passwords
from server.database import record
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound

SESSION_LASTS: Final = dt.timedelta(hours=12)
FAILURES_AN_ADDRESS: Final = 30
FAILURES_WINDOW: Final = dt.timedelta(minutes=15)
SESSIONS_KEPT: Final = dt.timedelta(days=30)
MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 128


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a sign-in comes from: its address and what the browser says of itself."""

    address: str
    browser: str
    now: dt.datetime


def start_session(session: Session, user: User, arrival: Arrival) -> str:
    """Start a session for a person whose password matched; returns its token."""
    token = secrets.token_urlsafe(32)
    user.failed_sign_ins = 0
    user.locked_until = None
    row = UserSession(
        user_id=user.id,
        token_hash=hash_token(token),
        created_at=arrival.now,
        last_seen_at=arrival.now,
        expires_at=arrival.now + SESSION_LASTS,
        address=arrival.address,
        browser=arrival.browser[:200],
    )
    session.add(row)
    own = _Self(user, arrival.now)
    record.note(session, own, "session.start", ("user", user.id), branch_id=user.branch_id)
    return token


def count_failure(session: Session, username: str, user: User | None, arrival: Arrival) -> None:
    """Count a failed sign-in; the fifth in a row locks the person out for a while."""
    session.add(
        SignInAttempt(at=arrival.now, username=plain_username(username), address=arrival.address)
    )
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < arrival.now - ATTEMPTS_KEPT))
    if user is None:
        return
    user.failed_sign_ins += 1
    if user.failed_sign_ins >= FAILURES_BEFORE_LOCK:
        user.locked_until = arrival.now + LOCK_LASTS
        user.failed_sign_ins = 0
        own = _Self(user, arrival.now)
        record.note(session, own, "user.lock", ("user", user.id), branch_id=user.branch_id)


def touch_session(session: Session, session_id: str, now: dt.datetime) -> None:
    """Note that a session was used."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now)
    )


def end_session(session: Session, actor: Actor, session_id: str) -> None:
    """End one of the actor's own sessions. Raises `NotFound` for another's."""
    row = session.get(UserSession, session_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFound("session", session_id)
    if row.ended_at is None:
        row.ended_at = actor.now
        entity = ("user", row.user_id)
        record.note(session, actor, "session.end", entity, branch_id=actor.branch_id)


def end_sessions_of(
    session: Session, user_id: str, now: dt.datetime, *, except_id: str | None = None
) -> None:
    """End every running session of a person, but one if named."""
    query = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None)
    )
    if except_id is not None:
        query = query.where(UserSession.id != except_id)
    session.execute(query.values(ended_at=now))


def sweep_sessions(session: Session, actor: Actor) -> int:
    """Forget sessions that ended or expired a month ago; returns how many."""
    old = actor.now - SESSIONS_KEPT
    swept = session.scalars(
        delete(UserSession)
        .where((UserSession.expires_at < old) | (UserSession.ended_at < old))
        .returning(UserSession.id)
    )
    return len(swept.all())


def change_password(
    session: Session, actor: Actor, old: str, new: str, again: str, *, session_id: str | None
) -> None:
    """Change the actor's own password and end the other sessions. Raises `Invalid`."""
    user = session.scalars(select(User).where(User.id == actor.user_id)).one()
    if not passwords.password_matches(old, user.password_hash):
        raise Invalid("old_password", "wrong")
    check_password(new, user.username)
    if new == old:
        raise Invalid("new_password", "same_as_old")
    if again != new:
        raise Invalid("again", "differs")
    user.password_hash = passwords.hash_password(new)
    user.must_change_password = False
    user.failed_sign_ins = 0
    end_sessions_of(session, user.id, actor.now, except_id=session_id)
    record.note(session, actor, "user.password", ("user", user.id), branch_id=user.branch_id)


def choose_language(session: Session, actor: Actor, language: str) -> None:
    """Keep the language a person chose for themselves."""
    session.execute(update(User).where(User.id == actor.user_id).values(language=language))


def check_password(password: str, username: str) -> None:
    """Refuse a password that is too short, too long, or too easily guessed."""
    if len(password) < MIN_PASSWORD:
        raise Invalid("new_password", "too_short", least=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        raise Invalid("new_password", "too_long", most=MAX_PASSWORD)
    if username in password.lower() or len(set(password)) < 5:
        raise Invalid("new_password", "too_easy")


class _Self:
    """A person acting on their own account, before there is a session to act from."""

    def __init__(self, user: User, now: dt.datetime) -> None:
        self.user_id = user.id
        self.name = user.display_name
        self.origin = "web"
        self.now = now
