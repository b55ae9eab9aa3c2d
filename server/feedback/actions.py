"""The only writes of feedback: log a case, and each step of its handling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.customers.models import Customer
from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.feedback import (
    FeedbackKind,
    FeedbackStatus,
    answer_due_on,
    check_step,
    read_words,
)
from server.domain.parameters import FeedbackRules
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
    """Log a case and return its id; see `log_feedbacks`."""
    return log_feedbacks(session, actor, [command])[0].id


def log_feedbacks(
    session: Session, actor: Actor, commands: Sequence[LogFeedback]
) -> list[Feedback]:
    """Log cases, all or none; the deadline counts by the parameters of the day received.

    Raises `NotAllowed`, `NotFound` for a customer, and `Invalid` by field.
    """
    actor.require(Permission.FEEDBACK_LOG)
    branches = _branches_of(session, actor, commands)
    _check(session, actor, commands, branches)
    rules = {
        day: parameters_on(session, day).feedback
        for day in {command.received_on for command in commands}
    }
    rows = [
        _row(actor, each, branches[each.customer_id], rules[each.received_on]) for each in commands
    ]
    _number(session, actor.today.year, rows)
    session.add_all(rows)
    session.flush()
    for row in rows:
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
    return rows


def _branches_of(session: Session, actor: Actor, commands: Sequence[LogFeedback]) -> dict[str, str]:
    """The branch of each customer that a command names; all within the actor's reach."""
    wanted = {command.customer_id for command in commands}
    query = select(Customer.id, Customer.branch_id).where(Customer.id.in_(wanted))
    found = {row.id: row.branch_id for row in session.execute(query)}
    for customer_id in wanted:
        if customer_id not in found:
            raise NotFound("customer", customer_id)
        actor.require_reach("customer", customer_id, found[customer_id])
    return found


def _row(actor: Actor, command: LogFeedback, branch_id: str, rules: FeedbackRules) -> Feedback:
    """The case, without its number."""
    kind = FeedbackKind(command.kind)
    row = Feedback(
        id=command.id or new_id(),
        customer_id=command.customer_id,
        loan_id=command.loan_id,
        branch_id=branch_id,
        kind=kind.value,
        category=command.category,
        channel=command.channel,
        status=FeedbackStatus.OPEN.value,
        received_on=command.received_on,
        due_on=answer_due_on(kind, command.received_on, rules),
        about_user_id=command.about_user_id,
        recorded_by=actor.user_id,
        recorded_at=actor.now,
        version=1,
    )
    row.content = read_words(command.content, "content", required=True)
    return row


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


def _check(
    session: Session,
    actor: Actor,
    commands: Sequence[LogFeedback],
    branches: Mapping[str, str],
) -> None:
    """Refuse what cannot be; `branches` are those of the customers."""
    named = {command.loan_id for command in commands} - {None}
    owners = {}
    if named:
        query = select(Loan.id, Loan.customer_id).where(Loan.id.in_(named))
        owners = {row.id: row.customer_id for row in session.execute(query)}
    for command in commands:
        _check_words(actor, command)
        if command.loan_id is not None and owners.get(command.loan_id) != command.customer_id:
            raise Invalid("loan_id", "unknown")
        _check_about(session, branches[command.customer_id], command.about_user_id)


def _check_words(actor: Actor, command: LogFeedback) -> None:
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


def _check_about(session: Session, branch_id: str, user_id: str | None) -> None:
    """Somebody of the branch or the head office; also one who has left since."""
    if user_id is None:
        return
    found = session.get(User, user_id)
    if found is None or found.branch_id not in {None, branch_id}:
        raise Invalid("about_user_id", "unknown")


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


def _number(session: Session, year: int, rows: Sequence[Feedback]) -> None:
    """Give each case its number: F, the branch's code, the year, four digits.

    The row of a branch's series stays locked until the commit.
    """
    by_branch: dict[str, list[Feedback]] = {}
    for row in rows:
        by_branch.setdefault(row.branch_id, []).append(row)
    for branch_id, of_branch in sorted(by_branch.items()):
        code = session.scalar(select(Branch.code).where(Branch.id == branch_id))
        last = _take_numbers(session, branch_id, year, len(of_branch))
        for number, row in enumerate(of_branch, last - len(of_branch) + 1):
            row.feedback_no = f"F{code}{year}{number:04d}"


def _take_numbers(session: Session, branch_id: str, year: int, count: int) -> int:
    """The last of the next `count` numbers."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    start = dialect.insert(FeedbackSeries).values(branch_id=branch_id, year=year, last=count)
    step = start.on_conflict_do_update(
        index_elements=["branch_id", "year"], set_={"last": FeedbackSeries.last + count}
    ).returning(FeedbackSeries.last)
    return int(session.execute(step).scalar_one())


def _note(
    session: Session, actor: Actor, action: str, row: Feedback, changes: dict[str, list[Any]]
) -> None:
    """What was said stays out of the audit; it stands sealed in the entries."""
    entity = ("feedback", row.id)
    record.note(session, actor, action, entity, branch_id=row.branch_id, changes=changes)
    is_for_the_desk = row.kind == FeedbackKind.COMPLAINT and row.about_user_id is not None
    # A complaint about a colleague is held by no device: whoever holds the customer, or covers for
    # the one who does, may be that colleague.
    customer_id = None if is_for_the_desk else row.customer_id
    record.changed(session, entity, row.branch_id, customer_id=customer_id)
