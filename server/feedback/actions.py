"""The only writes of feedback: log a case, and each step of its handling."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.customers.queries import find_customer
from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.domain.feedback import (
    FeedbackKind,
    FeedbackStatus,
    answer_due_on,
    check_step,
    read_words,
)
from server.feedback.models import (
    FEEDBACK_CATEGORIES,
    FEEDBACK_CHANNELS,
    Feedback,
    FeedbackEntry,
    FeedbackSeries,
)
from server.feedback.queries import find_feedback
from server.loans.models import Loan
from server.products.queries import parameters_on

_OLDEST: Final = dt.timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class LogFeedback:
    """What a customer said, and about which loan or member of staff.

    `id` is the one that a device gave; without it a new one is made.
    """

    customer_id: str
    kind: str
    category: str
    channel: str
    content: str
    received_on: dt.date
    loan_id: str | None = None
    about_user_id: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class HandleFeedback:
    """One step: a note alone when `status` is empty, an answer when it is `answered`.

    `version` is what the person saw; a note does not ask for it.
    """

    feedback_id: str
    version: int
    text: str
    status: str = ""


def log_feedback(session: Session, actor: Actor, command: LogFeedback) -> str:
    """Log a case and return its id; the deadline counts by the parameters of the day received.

    Raises `NotAllowed`, `NotFound` for the customer, and `Invalid` by field.
    """
    actor.require(Permission.FEEDBACK_LOG)
    customer = find_customer(session, actor, command.customer_id)
    _check(session, actor, command)
    kind = FeedbackKind(command.kind)
    content = read_words(command.content, "content", required=True)
    rules = parameters_on(session, command.received_on).feedback
    row = Feedback(
        id=command.id or new_id(),
        feedback_no=_next_number(session, customer.branch_id, actor.today.year),
        customer_id=customer.id,
        loan_id=command.loan_id,
        branch_id=customer.branch_id,
        kind=kind.value,
        category=command.category,
        channel=command.channel,
        status=FeedbackStatus.OPEN.value,
        received_on=command.received_on,
        due_on=answer_due_on(kind, command.received_on, rules),
        about_user_id=_about(session, customer.branch_id, command.about_user_id),
        recorded_by=actor.user_id,
        recorded_at=actor.now,
        version=1,
    )
    row.content = content
    session.add(row)
    session.flush()
    _note(
        session,
        actor,
        "feedback.log",
        row,
        {
            "feedback_no": [None, row.feedback_no],
            "kind": [None, row.kind],
            "category": [None, row.category],
            "due_on": [None, row.due_on.isoformat()],
        },
    )
    return row.id


def handle_feedback(session: Session, actor: Actor, command: HandleFeedback) -> None:
    """Write a note, an answer or a change of state.

    A note asks for `feedback.log`, all else for `feedback.answer` and for somebody without an
    interest in the matter: neither the person it is about nor the officer of the loan. Raises
    `NotAllowed`, `NotFound`, `Invalid`, and `Conflict` when the case moved on meanwhile.
    """
    row = find_feedback(session, actor, command.feedback_id, to_change=True)
    if not command.status:
        text = read_words(command.text, "text", required=True)
        _add_entry(session, actor, row, "note", text, None)
        _note(session, actor, "feedback.note", row, {})
        return
    actor.require(Permission.FEEDBACK_ANSWER, row.branch_id)
    new = _read_status(command.status)
    _check_interest(session, actor, row)
    if row.version != command.version:
        raise Conflict("feedback", {"status": row.status}, {"status": new.value})
    old = FeedbackStatus(row.status)
    check_step(old, new)
    asks_words = new in {FeedbackStatus.ANSWERED, FeedbackStatus.WITHDRAWN}
    text = read_words(command.text, "text", required=asks_words)
    _move(row, new, actor)
    is_answer = new is FeedbackStatus.ANSWERED
    _add_entry(session, actor, row, "answer" if is_answer else "status", text, new.value)
    action = "feedback.answer" if is_answer else "feedback.status"
    _note(session, actor, action, row, {"status": [old.value, new.value]})


def _move(row: Feedback, new: FeedbackStatus, actor: Actor) -> None:
    row.status = new.value
    row.version += 1
    if row.owner_id is None or new is FeedbackStatus.IN_PROGRESS:
        row.owner_id = actor.user_id
    if new is FeedbackStatus.ANSWERED and row.answered_at is None:
        row.answered_at = actor.now
    over = new in {FeedbackStatus.CLOSED, FeedbackStatus.WITHDRAWN}
    row.closed_at = actor.now if over else None


def _add_entry(
    session: Session, actor: Actor, row: Feedback, kind: str, text: str, status: str | None
) -> None:
    entry = FeedbackEntry(
        id=new_id(),
        feedback_id=row.id,
        kind=kind,
        status=status,
        recorded_by=actor.user_id,
        recorded_at=actor.now,
    )
    entry.text = text
    session.add(entry)
    session.flush()


def _check(session: Session, actor: Actor, command: LogFeedback) -> None:
    for field, value, known in (
        ("kind", command.kind, set(FeedbackKind)),
        ("category", command.category, FEEDBACK_CATEGORIES),
        ("channel", command.channel, FEEDBACK_CHANNELS),
    ):
        if value not in known:
            raise Invalid(field, "unknown" if value else "missing")
    if command.received_on > actor.today:
        raise Invalid("received_on", "in_future")
    if command.received_on < actor.today - _OLDEST:
        raise Invalid("received_on", "out_of_range")
    if command.loan_id is not None:
        owner = session.scalar(select(Loan.customer_id).where(Loan.id == command.loan_id))
        if owner != command.customer_id:
            raise Invalid("loan_id", "unknown")


def _about(session: Session, branch_id: str, user_id: str | None) -> str | None:
    """Somebody of the branch or the head office; also one who has left since."""
    if user_id is None:
        return None
    found = session.get(User, user_id)
    if found is None or found.branch_id not in {None, branch_id}:
        raise Invalid("about_user_id", "unknown")
    return found.id


def _check_interest(session: Session, actor: Actor, row: Feedback) -> None:
    """回避: nobody decides on a matter of one's own."""
    officer = None
    if row.loan_id is not None:
        officer = session.scalar(select(Loan.officer_id).where(Loan.id == row.loan_id))
    if actor.user_id is not None and actor.user_id in {row.about_user_id, officer}:
        raise Invalid("status", "own_interest")


def _read_status(status: str) -> FeedbackStatus:
    try:
        return FeedbackStatus(status)
    except ValueError:
        raise Invalid("status", "unknown") from None


def _next_number(session: Session, branch_id: str, year: int) -> str:
    """F, the branch's code, the year, four digits; the series' row stays locked until commit."""
    code = session.scalar(select(Branch.code).where(Branch.id == branch_id))
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    start = dialect.insert(FeedbackSeries).values(branch_id=branch_id, year=year, last=1)
    step = start.on_conflict_do_update(
        index_elements=["branch_id", "year"], set_={"last": FeedbackSeries.last + 1}
    ).returning(FeedbackSeries.last)
    return f"F{code}{year}{int(session.execute(step).scalar_one()):04d}"


def _note(
    session: Session, actor: Actor, action: str, row: Feedback, changes: dict[str, list[Any]]
) -> None:
    """What was said stays out of the audit; it stands sealed in the entries."""
    entity = ("feedback", row.id)
    record.note(session, actor, action, entity, branch_id=row.branch_id, changes=changes)
    record.changed(session, entity, row.branch_id, customer_id=row.customer_id)
