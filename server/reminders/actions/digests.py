"""The list of the day: one notice for each person who has anything to do with today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.notices import Notice, Told
from server.domain.access import Actor, Role
from server.domain.parameters import ReminderRules
from server.reminders.queries.due import Counts, Portfolio, counts_by_portfolio, decisions_waiting
from server.reminders.queries.people import Person, Staff

KIND = "due_digest"
_TOLD_ROLES = (Role.OFFICER, Role.REVIEWER, Role.MANAGER)


def digests(
    session: Session,
    actor: Actor,
    rules: ReminderRules,
    staff: Staff,
    hours: Mapping[str, int],
) -> list[Told]:
    """The lists of those whose hour has come and who have none of today; nothing where they are."""
    waiting = list(_waiting(session, actor, rules, staff, hours))
    if not waiting:
        return []
    until = actor.today + dt.timedelta(days=max(rules.complaint_before, default=0))
    counts = counts_by_portfolio(session, actor.today, until)
    told = []
    for person in waiting:
        found = _of_person(session, actor, person, counts, staff)
        if not found.is_nothing:
            told.append(_told(actor, person, found))
    return told


def digest_key(day: dt.date) -> str:
    """The key under which a person's list of a day is told once."""
    return f"digest:{day.isoformat()}"


def _waiting(
    session: Session,
    actor: Actor,
    rules: ReminderRules,
    staff: Staff,
    hours: Mapping[str, int],
) -> Iterator[Person]:
    have = set(session.scalars(select(Notice.user_id).where(Notice.key == digest_key(actor.today))))
    for person in staff.people.values():
        has_come = actor.now.hour >= hours.get(person.id, rules.digest_at)
        if person.role in _TOLD_ROLES and has_come and person.id not in have:
            yield person


def _of_person(
    session: Session,
    actor: Actor,
    person: Person,
    counts: Mapping[Portfolio, Counts],
    staff: Staff,
) -> Counts:
    total = Counts()
    for (owner, branch_id), found in counts.items():
        if _is_business(person, branch_id) or person.id in staff.stand_in(owner):
            total.add(found)
    if person.decides:
        # Whoever decides for a branch hears of its complaints, whoever they were given to.
        total.complaints = sum(
            found.complaints
            for (owner, branch_id), found in counts.items()
            if person.branch_id in (None, branch_id) or owner == person.id
        )
        within = replace(actor, branch_id=person.branch_id)
        total.tasks += decisions_waiting(session, within)
    return total


def _is_business(person: Person, branch_id: str) -> bool:
    return person.oversees and person.branch_id in (None, branch_id)


def _told(actor: Actor, person: Person, counts: Counts) -> Told:
    return Told(
        person.id,
        KIND,
        ("user", person.id),
        actor.now,
        branch_id=person.branch_id,
        params={"on": actor.today.isoformat(), **asdict(counts)},
        key=digest_key(actor.today),
        about_on=actor.today,
    )
