"""Tasks of the bank that come with the calendar: next year's holidays."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from server.database.notices import Told, tell_many
from server.domain.access import Actor, Role
from server.products.queries import workdays
from server.reminders.queries.people import staff_on

_DECEMBER: Final = 12
_AGAIN_ON: Final = 15


def remind_tasks(session: Session, actor: Actor) -> int:
    """Tell administrators in December, and again from the 15th on, of a year without holidays.

    Gives how many were told.
    """
    year = actor.today.year + 1
    if actor.today.month != _DECEMBER or workdays(session).knows(year):
        return 0
    time = 2 if actor.today.day >= _AGAIN_ON else 1
    told = [
        Told(
            person.id,
            "holidays_missing",
            ("user", person.id),
            actor.now,
            params={"year": str(year)},
            key=f"holidays:{year}:{time}",
            about_on=actor.today,
        )
        for person in staff_on(session, actor.today).of_role(Role.ADMINISTRATOR)
    ]
    return len(tell_many(session, told))
