"""What is due and what is overdue on a day, read off the states of loans by their dates.

Right on any day, also before the night's refresh: `unpaid_due_on` is the oldest day with anything
unpaid, `overdue_from` the first on which that counts as overdue.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import ColumnElement, and_, case, or_

from server.domain.standing import Status
from server.loans.models import LoanState

OVER: Final = tuple(status.value for status in Status if status.is_over)

_FELL_DUE: Final = or_(
    LoanState.as_of >= LoanState.unpaid_due_on,
    LoanState.next_due_on.is_(None),
    LoanState.next_due_on > LoanState.unpaid_due_on,
)
"""Whether the state counts it already: its own day has come, or (where a holiday moves the day)
the planned one has.
"""

TO_PAY: Final[ColumnElement[int]] = case(
    (_FELL_DUE, LoanState.total_due), else_=LoanState.next_due_amount
)
"""What the customer has to bring for the oldest day with anything unpaid, in fen."""


def is_due(today: dt.date) -> ColumnElement[bool]:
    """Due today, or past the due date within the days of grace."""
    return and_(
        LoanState.unpaid_due_on <= today,
        LoanState.overdue_from > today,
        LoanState.status.not_in(OVER),
        TO_PAY > 0,
    )


def is_overdue(today: dt.date) -> ColumnElement[bool]:
    """Overdue, after all grace."""
    return and_(
        LoanState.unpaid_due_on < today,
        LoanState.overdue_from <= today,
        LoanState.status.not_in(OVER),
    )
