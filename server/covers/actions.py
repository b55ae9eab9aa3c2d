"""The only writes of covers: giving, ending, and what the days do by themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.covers.models import Cover
from server.covers.queries import HOLDERS, MOST_AT_ONCE
from server.database import new_id, notices, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound

LONGEST: Final = dt.timedelta(days=366)
"""Whoever stays away longer hands the customers over."""

_MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class GiveCover:
    """The customers of `officer_id` go to `colleague_id`, both days included."""

    officer_id: str
    colleague_id: str
    from_on: dt.date
    until_on: dt.date
    reason: str


def give_cover(session: Session, actor: Actor, command: GiveCover) -> str:
    """Let a colleague look after an officer's customers for some days; gives the cover's id.

    Raises `NotAllowed`, and `Invalid`: `(person, "unknown")`, `("colleague_id", "same_person" |
    "of_another_branch" | "covers_too_many")`, `("from_on", "in_past")`, `("until_on",
    "before_start" | "cover_too_long")`, `("officer_id", "covered_already")`, `("reason", …)`.
    """
    actor.require(Permission.COVERS_GIVE)
    people = _people(session, actor, command)
    officer, colleague = people[command.officer_id], people[command.colleague_id]
    if colleague.branch_id not in {None, officer.branch_id}:
        raise Invalid("colleague_id", "of_another_branch")
    _check_days(actor, command)
    reason = _reason(command.reason)
    if not reason:
        raise Invalid("reason", "missing")
    _refuse_twice(session, command)
    row = Cover(
        id=new_id(),
        officer_id=officer.id,
        colleague_id=colleague.id,
        branch_id=officer.branch_id,
        from_on=command.from_on,
        until_on=command.until_on,
        reason=reason,
        given_by=actor.user_id,
        given_at=actor.now,
        begun_at=actor.now if command.from_on <= actor.today else None,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "cover.give", row, reason)
    _tell(session, actor, row, "cover_given")
    return row.id


def end_cover(session: Session, actor: Actor, cover_id: str, reason: str = "") -> None:
    """End a cover now, or call one off that has not begun; one that is over stays as it is.

    Raises `NotAllowed`, `NotFound`, `Invalid("reason", "too_long")`.
    """
    actor.require(Permission.COVERS_GIVE)
    row = session.get(Cover, cover_id, with_for_update=True, populate_existing=True)
    if row is None or not _in_reach(actor, row.branch_id):
        raise NotFound("cover", cover_id)
    said = _reason(reason)
    if row.ended_at is not None or row.until_on < actor.today:
        return
    row.end_reason, row.ended_by = said, actor.user_id
    _end(session, actor, row)


def turn_covers(session: Session, actor: Actor) -> int:
    """Do what the day does to one cover: tell of its beginning, or end it. 0 when all is done.

    A step of the night's job. Access itself follows the days without it.
    """
    row = _first(session, Cover.until_on < actor.today)
    if row is not None:
        _end(session, actor, row)
        return 1
    row = _first(session, Cover.begun_at.is_(None), Cover.from_on <= actor.today)
    if row is None:
        return 0
    row.begun_at = actor.now
    session.flush()
    _tell(session, actor, row, "cover_begun")
    return 1


def _first(session: Session, *conditions: ColumnElement[bool]) -> Cover | None:
    """One of the covers that have not ended, locked."""
    query = select(Cover).where(Cover.ended_at.is_(None), *conditions).order_by(Cover.id)
    return session.scalars(query.limit(1).with_for_update()).first()


def _people(session: Session, actor: Actor, command: GiveCover) -> dict[str, User]:
    """Both, locked in the order of their ids, so that two covers given at once see each other."""
    if command.officer_id == command.colleague_id:
        raise Invalid("colleague_id", "same_person")
    wanted = (command.officer_id, command.colleague_id)
    query = select(User).where(User.id.in_(wanted)).order_by(User.id)
    found = {row.id: row for row in session.scalars(query.with_for_update(of=User))}
    for name, key in zip(("officer_id", "colleague_id"), wanted, strict=True):
        person = found.get(key)
        if person is None or person.role not in HOLDERS:
            raise Invalid(name, "unknown")
        if name == "officer_id" and not _in_reach(actor, person.branch_id):
            raise Invalid(name, "unknown")
    if not found[command.colleague_id].active:
        raise Invalid("colleague_id", "unknown")
    return found


def _in_reach(actor: Actor, branch_id: str | None) -> bool:
    return actor.branch_id is None or actor.branch_id == branch_id


def _check_days(actor: Actor, command: GiveCover) -> None:
    if command.from_on < actor.today:
        raise Invalid("from_on", "in_past")
    if command.until_on < command.from_on:
        raise Invalid("until_on", "before_start")
    if command.until_on - command.from_on >= LONGEST:
        raise Invalid("until_on", "cover_too_long", days=LONGEST.days)


def _refuse_twice(session: Session, command: GiveCover) -> None:
    """One colleague covers an officer once on a day, and not too many officers."""
    running = (
        Cover.colleague_id == command.colleague_id,
        Cover.ended_at.is_(None),
        Cover.from_on <= command.until_on,
        Cover.until_on >= command.from_on,
    )
    same = select(Cover.id).where(*running, Cover.officer_id == command.officer_id)
    if session.scalar(same.limit(1)) is not None:
        raise Invalid("officer_id", "covered_already")
    others = session.scalar(select(func.count()).select_from(Cover).where(*running)) or 0
    if others >= MOST_AT_ONCE:
        raise Invalid("colleague_id", "covers_too_many", most=MOST_AT_ONCE)


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) > _MAX_REASON:
        raise Invalid("reason", "too_long", limit=_MAX_REASON)
    return reason


def _end(session: Session, actor: Actor, row: Cover) -> None:
    row.ended_at = actor.now
    session.flush()
    _note(session, actor, "cover.end", row, row.end_reason)
    _tell(session, actor, row, "cover_ended")


def _note(session: Session, actor: Actor, act: str, row: Cover, reason: str) -> None:
    names = _names(session, row)
    changes: dict[str, list[Any]] = {
        "officer_id": [names[row.officer_id]] * 2,
        "colleague_id": [names[row.colleague_id]] * 2,
        "from_on": [row.from_on.isoformat()] * 2,
        "until_on": [row.until_on.isoformat()] * 2,
    }
    if act == "cover.give":
        changes = {name: [None, pair[1]] for name, pair in changes.items()}
    entity = ("cover", row.id)
    record.note(
        session, actor, act, entity, branch_id=row.branch_id, changes=changes, reason=reason
    )


def _names(session: Session, row: Cover) -> dict[str, str]:
    ids = (row.officer_id, row.colleague_id)
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    return {each[0]: each[1] for each in rows}


def _tell(session: Session, actor: Actor, row: Cover, kind: str) -> None:
    """Tell both, save the one who did it; `side` says whose sentence it is."""
    names = _names(session, row)
    params: dict[str, str | int | None] = {
        "officer": names[row.officer_id],
        "colleague": names[row.colleague_id],
        "from": row.from_on.isoformat(),
        "until": row.until_on.isoformat(),
        "by": actor.name if actor.user_id else None,
        "reason": row.reason if kind != "cover_ended" else row.end_reason,
    }
    for user_id, side in ((row.officer_id, "officer"), (row.colleague_id, "colleague")):
        if user_id != actor.user_id:
            notices.tell(
                session,
                user_id,
                kind,
                ("cover", row.id),
                at=actor.now,
                branch_id=row.branch_id,
                params={**params, "side": side},
            )
