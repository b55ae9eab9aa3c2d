"""The job of the day: what was reached is written down, and people are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sqlalchemy.orm import Session

from server.database.notices import Told, tell_many
from server.domain.access import Actor
from server.domain.parameters import ReminderRules
from server.products.queries import parameters_on
from server.reminders.actions.digests import digests
from server.reminders.actions.reaching import write_reached
from server.reminders.actions.singles import (
    singles_of_complaints,
    singles_of_loans,
    singles_of_promises,
)
from server.reminders.queries import digest_hours
from server.reminders.queries.people import Staff, staff_on


def remind(session: Session, actor: Actor) -> int:
    """Remind the staff of today; gives how much was written and told, 0 when nothing is left.

    It may run as often as one likes: a row is written once, a notice told once. Whoever was away,
    or a worker that stood still for days, is told the newest alone. Before the first hour at which
    anybody wants to be told, and in the evening, it does nothing.
    """
    rules = parameters_on(session, actor.today).reminder
    hours = digest_hours(session)
    begins = min((rules.digest_at, *hours.values()))
    if not begins <= actor.now.hour < rules.send_until:
        return 0
    written = write_reached(session, actor, rules, "staff")
    staff = staff_on(session, actor.today)
    told = chain(
        digests(session, actor, rules, staff, hours),
        _singles(session, actor, rules, staff, anything_new=written > 0),
    )
    return written + len(tell_many(session, list(told)))


def _singles(
    session: Session, actor: Actor, rules: ReminderRules, staff: Staff, *, anything_new: bool
) -> Iterator[Told]:
    if anything_new:
        yield from singles_of_loans(session, actor, rules, staff)
    if rules.single_promise:
        yield from singles_of_promises(session, actor, staff)
    if rules.single_complaint:
        yield from singles_of_complaints(session, actor, rules, staff)
