"""What was told to whom: notices of the staff and texts to customers, a day at a time."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.customers.models import Customer
from server.database.notices import Notice, state_of
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.masking import mask_phone
from server.push.models import Delivery, OutgoingText

KINDS: Final = (
    *("due_digest", "due_soon", "overdue", "promise_due", "promise_broken", "complaint_due"),
    *("holidays_missing", "month_end_open", "job_failed", "backup_failed"),
)
PAGE_ROWS: Final = 50
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One reminder of a member of staff. `state` is that of the notice, `sent` counts channels."""

    id: str
    at: dt.datetime
    person: str
    branch: str | None
    kind: str
    customer_id: str | None
    customer: str | None
    state: str
    sent: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """One text to a customer; `state` is the best of its deliveries, "" where no hook takes it."""

    id: str
    at: dt.datetime
    customer_id: str
    customer: str
    branch: str | None
    kind: str
    phone: str
    state: str


@dataclass(frozen=True, slots=True)
class TextShown:
    """A text word for word."""

    line: TextLine
    body: str


def told_on(session: Session, actor: Actor, on: dt.date, after: str = "") -> Page[ToldLine]:
    """Reminders of the staff of a day, the latest first. Raises `NotAllowed`, `Invalid`."""
    actor.require(Permission.AUDIT_READ)
    begins, ends = _span(actor, on)
    sent = (
        select(func.count())
        .where(Delivery.notice_id == Notice.id, Delivery.state == "sent")
        .scalar_subquery()
    )
    query = (
        select(Notice, User.display_name, Branch.name, Customer.name, sent)
        .join(User, User.id == Notice.user_id)
        .outerjoin(Branch, Branch.id == Notice.branch_id)
        .outerjoin(Customer, Customer.id == Notice.customer_id)
        .where(Notice.kind.in_(KINDS), Notice.at >= begins, Notice.at < ends)
        .order_by(Notice.id.desc())
    )
    if actor.branch_id is not None:
        query = query.where(Notice.branch_id == actor.branch_id)
    found, more = _page(session, query, Notice.id, after)
    may_name = actor.may(Permission.CUSTOMERS_READ)
    rows = [
        ToldLine(
            row.id,
            row.at,
            person,
            branch,
            row.kind,
            row.customer_id if may_name else None,
            customer if may_name else None,
            state_of(actor.now, row.read_at, row.snoozed_until, row.done_at).value,
            count,
        )
        for row, person, branch, customer, count in found
    ]
    return Page(rows, write_cursor(rows[-1].id) if more else None)


def texts_on(session: Session, actor: Actor, on: dt.date, after: str = "") -> Page[TextLine]:
    """Texts to customers of a day, the latest first. Raises `NotAllowed`, `Invalid`."""
    actor.require(Permission.AUDIT_READ)
    actor.require(Permission.CUSTOMERS_READ)
    begins, ends = _span(actor, on)
    query = (
        _texts(actor)
        .where(OutgoingText.at >= begins, OutgoingText.at < ends)
        .order_by(OutgoingText.id.desc())
    )
    found, more = _page(session, query, OutgoingText.id, after)
    rows = [_text(row) for row in found]
    return Page(rows, write_cursor(rows[-1].id) if more else None)


def text_shown(session: Session, actor: Actor, text_id: str) -> TextShown:
    """One text with its words. Whoever shows it notes it in the audit. Raises `NotFound`."""
    actor.require(Permission.AUDIT_READ)
    row = session.execute(_texts(actor).where(OutgoingText.id == text_id)).one_or_none()
    if row is None:
        raise NotFound("text", text_id)
    return TextShown(_text(row), str(json.loads(row[0].words or "{}").get("body", "")))


def _texts(actor: Actor) -> Any:
    state = (
        select(func.max(Delivery.state))
        .where(Delivery.text_id == OutgoingText.id)
        .scalar_subquery()
    )
    query = (
        select(OutgoingText, Customer.name, Branch.name, state)
        .join(Customer, Customer.id == OutgoingText.customer_id)
        .outerjoin(Branch, Branch.id == OutgoingText.branch_id)
        .where(or_(OutgoingText.kind == "due_soon", OutgoingText.kind == "overdue"))
    )
    if actor.branch_id is not None:
        query = query.where(OutgoingText.branch_id == actor.branch_id)
    return query


def _text(found: Any) -> TextLine:
    row, customer, branch, state = found
    return TextLine(
        row.id,
        row.at,
        row.customer_id,
        customer,
        branch,
        row.kind,
        mask_phone(row.address) if row.address else "",
        state or "",
    )


def _span(actor: Actor, on: dt.date) -> tuple[dt.datetime, dt.datetime]:
    begins = dt.datetime.combine(on, dt.time(), actor.now.tzinfo)
    return begins, begins + _DAY


def _page(session: Session, query: Any, column: Any, after: str) -> tuple[list[Any], bool]:
    if after:
        try:
            edge = str(uuid.UUID(str(read_cursor(after, 1)[0])))
        except ValueError:
            raise Invalid("cursor", "unreadable") from None
        query = query.where(column < edge)
    found = session.execute(query.limit(PAGE_ROWS + 1)).all()
    return list(found[:PAGE_ROWS]), len(found) > PAGE_ROWS
