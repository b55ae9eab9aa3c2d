"""What asks for attention today: selections and sums by the officer whose customer it is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal, null, or_, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database import Day, Moment
from server.domain.access import Actor
from server.domain.feedback import WAITING, FeedbackKind
from server.domain.parameters import ReminderRules
from server.domain.promises import PromiseState
from server.domain.reminding import offsets_of
from server.domain.terms import Method
from server.feedback.models import Feedback
from server.loans.models import Loan, LoanState
from server.loans.queries.due import OVER, TO_PAY, is_due, is_overdue
from server.reminders.models import Reminder
from server.repayments.queries import held_count, pending_request_count, waiting_handover_count
from server.visits.models import Promise, Visit

OWNER: Final = func.coalesce(Customer.officer_id, Loan.officer_id)
"""The officer whose customer it is; where the customer has none, the one who booked the loan."""

WAITING_STATES: Final = tuple(status.value for status in WAITING)
_ROWS: Final = (
    *("loan_id", "due_on", "offset_days", "audience", "branch_id"),
    *("customer_id", "made_on", "made_at", "outcome"),
)
_STALE: Final = 3
"""A text to a customer that is later than so many days is not sent any more: the next one will be.
What is told before the due date is not told after it at all.
"""


@dataclass(slots=True)
class Counts:
    """What one person has to do with today: how many of each, and the fen that fall due."""

    due: int = 0
    soon: int = 0
    overdue: int = 0
    promised: int = 0
    complaints: int = 0
    tasks: int = 0
    sum: int = 0

    def add(self, other: Counts) -> None:
        """Take another's counts on."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to tell."""
        return not any(getattr(self, each.name) for each in fields(self))


Portfolio = tuple[str | None, str]
"""An officer (None: nobody's) and a branch."""


def reached(actor: Actor, rules: ReminderRules, audience: str) -> tuple[tuple[str, ...], Any]:
    """The columns of `Reminder`, and the rows of all instalments that reached a day by now.

    One row a loan: that of its oldest instalment with anything unpaid.
    """
    today = actor.today
    groups = [
        _offsets(rules, audience, is_large=large, is_bullet=bullet)
        for large, bullet in ((True, True), (True, False), (False, False))
    ]
    bullet, large, small = (_current(today, each, audience) for each in groups)
    offset = case(
        (Loan.method == Method.BULLET.value, bullet),
        (rules.large_from <= TO_PAY, large),
        else_=small,
    )
    earliest = min((each for offsets in groups for each in offsets), default=0)
    query = (
        select(
            LoanState.loan_id,
            LoanState.unpaid_due_on,
            offset,
            literal(audience),
            LoanState.branch_id,
            Loan.customer_id,
            literal(today, Day),
            literal(actor.now, Moment),
            literal(""),
        )
        .join(Loan, Loan.id == LoanState.loan_id)
        .where(
            LoanState.unpaid_due_on <= today - dt.timedelta(days=earliest),
            LoanState.status.not_in(OVER),
            TO_PAY > 0,
            offset.is_not(None),
        )
    )
    return _ROWS, query


def _offsets(
    rules: ReminderRules, audience: str, *, is_large: bool, is_bullet: bool
) -> Sequence[int]:
    offsets = offsets_of(rules, is_large=is_large, is_bullet=is_bullet)
    if audience == "customer" and not rules.texts_overdue:
        return [offset for offset in offsets if offset <= 0]
    return offsets


def _current(today: dt.date, offsets: Sequence[int], audience: str) -> ColumnElement[Any]:
    """`domain.reminding.current_offset` as SQL, by dates that are reckoned here."""
    whens = [(_is_reached(today, offset, audience), literal(offset)) for offset in offsets[::-1]]
    return case(*whens, else_=null()) if whens else null()


def _is_reached(today: dt.date, offset: int, audience: str) -> ColumnElement[bool]:
    day = today - dt.timedelta(days=offset)
    is_reached = LoanState.unpaid_due_on <= day
    if audience == "staff":
        return is_reached
    oldest = day - dt.timedelta(days=_STALE)
    return and_(
        is_reached, LoanState.unpaid_due_on >= (max(oldest, today) if offset <= 0 else oldest)
    )


def counts_by_portfolio(
    session: Session, today: dt.date, complaints_until: dt.date
) -> dict[Portfolio, Counts]:
    """What today asks of each officer at each branch, in five statements."""
    found: dict[Portfolio, Counts] = defaultdict(Counts)
    for query in (
        _loans(today),
        _soon(today),
        _promised(today),
        _planned(today),
        _complaints(complaints_until),
    ):
        for row in session.execute(query):
            values = row._asdict()
            portfolio = (values.pop("owner"), values.pop("branch_id"))
            found[portfolio].add(Counts(**{name: int(value) for name, value in values.items()}))
    return found


def decisions_waiting(session: Session, actor: Actor) -> int:
    """What waits for a reviewer's or a manager's decision within the actor's reach."""
    counts = (pending_request_count, waiting_handover_count, held_count)
    return sum(count(session, actor) for count in counts)


def _loans(today: dt.date) -> Any:
    due, late = is_due(today), is_overdue(today)
    return (
        select(
            OWNER.label("owner"),
            LoanState.branch_id,
            func.sum(case((due, 1), else_=0)).label("due"),
            func.sum(case((due, TO_PAY), else_=0)).label("sum"),
            func.sum(case((late, 1), else_=0)).label("overdue"),
        )
        .select_from(LoanState)
        .join(Loan, Loan.id == LoanState.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(LoanState.unpaid_due_on <= today, or_(due, late))
        .group_by(OWNER, LoanState.branch_id)
    )


def _soon(today: dt.date) -> Any:
    """Instalments of which today is one of the days before, still unpaid."""
    return (
        select(OWNER.label("owner"), Reminder.branch_id, func.count().label("soon"))
        .select_from(Reminder)
        .join(Loan, Loan.id == Reminder.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(
            LoanState,
            and_(LoanState.loan_id == Loan.id, LoanState.unpaid_due_on == Reminder.due_on),
        )
        .where(
            Reminder.made_on == today,
            Reminder.audience == "staff",
            Reminder.offset_days < 0,
            Reminder.due_on > today,
            TO_PAY > 0,
        )
        .group_by(OWNER, Reminder.branch_id)
    )


def _promised(today: dt.date) -> Any:
    owner = Customer.officer_id
    return (
        select(owner.label("owner"), Customer.branch_id, func.count().label("promised"))
        .select_from(Promise)
        .join(Customer, Customer.id == Promise.customer_id)
        .where(Promise.promised_on == today, Promise.state == PromiseState.OPEN.value)
        .group_by(owner, Customer.branch_id)
    )


def _planned(today: dt.date) -> Any:
    """Next steps that a visit set for today."""
    owner = Customer.officer_id
    return (
        select(owner.label("owner"), Customer.branch_id, func.count().label("tasks"))
        .select_from(Visit)
        .join(Customer, Customer.id == Visit.customer_id)
        .where(Visit.next_on == today)
        .group_by(owner, Customer.branch_id)
    )


def _complaints(until: dt.date) -> Any:
    """Complaints to be answered by `until`, by whom they are given to."""
    owner = Feedback.owner_id
    return (
        select(owner.label("owner"), Feedback.branch_id, func.count().label("complaints"))
        .where(is_pressing(until))
        .group_by(owner, Feedback.branch_id)
    )


def is_pressing(until: dt.date) -> ColumnElement[bool]:
    """A complaint without an answer whose deadline is not after `until`."""
    return and_(
        Feedback.kind == FeedbackKind.COMPLAINT.value,
        Feedback.status.in_(WAITING_STATES),
        Feedback.due_on <= until,
    )
