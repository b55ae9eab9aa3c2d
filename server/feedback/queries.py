"""Reads of feedback: the list, one case, counts by deadline; never a complaint about the reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from server.accounts.models import User
from server.customers.models import Customer
from server.customers.queries import is_id
from server.database import Day, Uuid
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.feedback import (
    SOON,
    WAITING,
    FeedbackKind,
    FeedbackStatus,
    Pressure,
    pressure_on,
)
from server.domain.parsing.dates import parse_date
from server.feedback.models import Feedback, FeedbackEntry
from server.loans.models import Loan

PAGE_ROWS: Final = 50
SORTS: Final = ("due_on", "-due_on", "received_on", "-received_on")
_OF_CUSTOMER: Final = 50
_WAITING: Final = tuple(status.value for status in WAITING)


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which cases: every part that is given must hold.

    `status` is a code of `FeedbackStatus`, `waiting` (no answer yet), `late`, or `all`.
    """

    status: str = "waiting"
    kind: str = ""
    category: str = ""
    branch_id: str = ""
    owner_id: str = ""
    customer_id: str = ""
    received_from: dt.date | None = None
    received_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """A line of a list. `pressure` is that of the reader's today."""

    id: str
    feedback_no: str
    customer_id: str
    customer_name: str
    kind: str
    category: str
    channel: str
    status: FeedbackStatus
    received_on: dt.date
    due_on: dt.date
    owner_name: str | None
    pressure: Pressure


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One step in the handling, its text opened."""

    kind: str
    text: str
    status: str | None
    recorded_by: str | None
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class FeedbackDetail:
    """One case with all that was written."""

    row: FeedbackRow
    branch_id: str
    content: str
    loan_id: str | None
    contract_no: str | None
    about_name: str | None
    recorded_by: str | None
    recorded_at: dt.datetime
    answered_at: dt.datetime | None
    closed_at: dt.datetime | None
    version: int
    entries: tuple[EntryShown, ...]


@dataclass(frozen=True, slots=True)
class DeadlineCounts:
    """How many cases wait for an answer, and how many of them press."""

    waiting: int
    late: int
    soon: int


def visible(actor: Actor) -> ColumnElement[bool]:
    """What the actor may know of: the own branches' cases, but no complaint about oneself."""
    about_other = or_(
        Feedback.about_user_id.is_(None),
        Feedback.about_user_id != actor.user_id,
        Feedback.kind != FeedbackKind.COMPLAINT.value,
    )
    if actor.branch_id is None:
        return about_other
    return and_(Feedback.branch_id == actor.branch_id, about_other)


def list_feedback(
    session: Session,
    actor: Actor,
    wanted: FeedbackFilter,
    *,
    sort: str = "due_on",
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[FeedbackRow]:
    """A page of cases; by `due_on` the late ones come first.

    Raises `Invalid("sort" | "cursor" | "status", …)` for what a URL made up.
    """
    actor.require(Permission.FEEDBACK_LOG)
    if sort not in SORTS:
        raise Invalid("sort", "unknown")
    column = Feedback.due_on if sort.endswith("due_on") else Feedback.received_on
    reverse = sort.startswith("-") != (before is not None)
    query = _filtered(_rows().where(visible(actor)), actor, wanted)
    if token := before or after:
        edge, mark = tuple_(column, Feedback.id), _mark(token)
        query = query.where(edge < mark if reverse else edge > mark)
    ways = (column.desc(), Feedback.id.desc()) if reverse else (column.asc(), Feedback.id.asc())
    rows = [
        _row(each, actor.today) for each in session.execute(query.order_by(*ways).limit(limit + 1))
    ]
    more, rows = len(rows) > limit, rows[:limit]
    if before is not None:
        rows.reverse()
    if not rows:
        return Page([])
    first, last = (
        write_cursor(getattr(row, column.key).isoformat(), row.id) for row in (rows[0], rows[-1])
    )
    return Page(
        rows,
        following=last if more or before is not None else None,
        preceding=first if (more if before is not None else after) else None,
    )


def feedback_of_customer(session: Session, actor: Actor, customer_id: str) -> list[FeedbackRow]:
    """The latest cases of one customer; none for who may not see feedback at all."""
    if not actor.may(Permission.FEEDBACK_LOG):
        return []
    query = _rows().where(visible(actor), Feedback.customer_id == customer_id)
    rows = session.execute(
        query.order_by(Feedback.received_on.desc(), Feedback.id.desc()).limit(_OF_CUSTOMER)
    )
    return [_row(each, actor.today) for each in rows]


def deadline_counts(session: Session, actor: Actor) -> DeadlineCounts:
    """Count what waits within the actor's reach, in one query."""
    actor.require(Permission.FEEDBACK_LOG)
    late = Feedback.due_on < actor.today
    soon = and_(Feedback.due_on >= actor.today, Feedback.due_on <= actor.today + SOON)
    query = select(
        func.count(),
        func.coalesce(func.sum(case((late, 1), else_=0)), 0),
        func.coalesce(func.sum(case((soon, 1), else_=0)), 0),
    ).where(visible(actor), Feedback.status.in_(_WAITING))
    return DeadlineCounts(*(int(value) for value in session.execute(query).one()))


def find_feedback(
    session: Session, actor: Actor, feedback_id: str, *, to_change: bool = False
) -> Feedback:
    """One case. Raises `NotFound` for none, another branch's, and a complaint about the actor."""
    actor.require(Permission.FEEDBACK_LOG)
    query = select(Feedback).where(Feedback.id == feedback_id, visible(actor))
    if to_change:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound("feedback", feedback_id)
    return found


def feedback_detail(session: Session, actor: Actor, feedback_id: str) -> FeedbackDetail:
    """One case with its entries. Raises as `find_feedback`."""
    kept = find_feedback(session, actor, feedback_id)
    about, recorder = aliased(User), aliased(User)
    found = session.execute(
        _rows()
        .add_columns(Loan.contract_no, about.display_name, recorder.display_name)
        .outerjoin(Loan, Loan.id == Feedback.loan_id)
        .outerjoin(about, about.id == Feedback.about_user_id)
        .outerjoin(recorder, recorder.id == Feedback.recorded_by)
        .where(Feedback.id == kept.id)
    ).one()
    contract_no, about_name, recorded_by = found[-3:]
    return FeedbackDetail(
        row=_row(found, actor.today),
        branch_id=kept.branch_id,
        content=kept.content or "",
        loan_id=kept.loan_id,
        contract_no=contract_no,
        about_name=about_name,
        recorded_by=recorded_by,
        recorded_at=kept.recorded_at,
        answered_at=kept.answered_at,
        closed_at=kept.closed_at,
        version=kept.version,
        entries=_entries(session, kept.id),
    )


def _entries(session: Session, feedback_id: str) -> tuple[EntryShown, ...]:
    rows = session.execute(
        select(FeedbackEntry, User.display_name)
        .outerjoin(User, User.id == FeedbackEntry.recorded_by)
        .where(FeedbackEntry.feedback_id == feedback_id)
        .order_by(FeedbackEntry.id)
    )
    return tuple(
        EntryShown(entry.kind, entry.text or "", entry.status, name, entry.recorded_at)
        for entry, name in rows
    )


def _rows() -> Select[Any]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Feedback.id,
            Feedback.feedback_no,
            Feedback.customer_id,
            Customer.name.label("customer_name"),
            Feedback.kind,
            Feedback.category,
            Feedback.channel,
            Feedback.status,
            Feedback.received_on,
            Feedback.due_on,
            User.display_name.label("owner_name"),
        )
        .select_from(Feedback)
        .join(Customer, Customer.id == Feedback.customer_id)
        .outerjoin(User, User.id == Feedback.owner_id)
    )
    return query


def _filtered(query: Select[Any], actor: Actor, wanted: FeedbackFilter) -> Select[Any]:
    equal = (
        (Feedback.kind, wanted.kind),
        (Feedback.category, wanted.category),
        (Feedback.branch_id, wanted.branch_id),
        (Feedback.owner_id, wanted.owner_id),
        (Feedback.customer_id, wanted.customer_id),
    )
    query = query.where(*(column == value for column, value in equal if value))
    if wanted.received_from:
        query = query.where(Feedback.received_on >= wanted.received_from)
    if wanted.received_to:
        query = query.where(Feedback.received_on <= wanted.received_to)
    if wanted.status in {"waiting", "late"}:
        query = query.where(Feedback.status.in_(_WAITING))
        return query.where(Feedback.due_on < actor.today) if wanted.status == "late" else query
    if wanted.status in set(FeedbackStatus):
        return query.where(Feedback.status == wanted.status)
    if wanted.status != "all":
        raise Invalid("status", "unknown")
    return query


def _mark(token: str) -> Any:
    """The place of a cursor, its parts typed as the columns are: PostgreSQL asks for it."""
    day, feedback_id = read_cursor(token, 2)
    read = parse_date(day if isinstance(day, str) else None).value
    if read is None or not is_id(feedback_id):
        raise Invalid("cursor", "unreadable")
    return tuple_(literal(read, Day), literal(feedback_id, Uuid))


def _row(found: Any, today: dt.date) -> FeedbackRow:
    status = FeedbackStatus(found.status)
    return FeedbackRow(
        id=found.id,
        feedback_no=found.feedback_no,
        customer_id=found.customer_id,
        customer_name=found.customer_name,
        kind=found.kind,
        category=found.category,
        channel=found.channel,
        status=status,
        received_on=found.received_on,
        due_on=found.due_on,
        owner_name=found.owner_name,
        pressure=pressure_on(status, found.due_on, today),
    )
