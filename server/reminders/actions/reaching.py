"""Writing down which instalments reached one of their days: each at most once for ever."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.domain.access import Actor
from server.domain.parameters import ReminderRules
from server.reminders.models import Reminder
from server.reminders.queries.due import reached


def write_reached(session: Session, actor: Actor, rules: ReminderRules, audience: str) -> int:
    """Write the rows of an audience that are not there yet; gives how many."""
    columns, query = reached(actor, rules, audience)
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Reminder).from_select(columns, query, include_defaults=False)
    done: Any = session.execute(
        statement.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
    )
    return max(int(done.rowcount), 0)
