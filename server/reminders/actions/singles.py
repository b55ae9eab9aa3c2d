"""What does not wait for the list of the day: a large instalment, the first day overdue, promises,
complaints. One notice a customer and day, at most.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.notices import Told
from server.domain.access import Actor
from server.domain.parameters import ReminderRules
from server.domain.promises import PromiseState
from server.domain.reminding import current_offset
from server.feedback.models import Feedback
from server.loans.models import Loan
from server.reminders.models import Reminder
from server.reminders.queries.due import is_pressing
from server.reminders.queries.people import Staff
from server.reminders.queries.reminded import just_reached
from server.visits.models import Promise

_LOOK_BACK: Final = dt.timedelta(days=7)
_NOT_KEPT: Final = (PromiseState.BROKEN.value, PromiseState.PART.value)


def singles_of_loans(
    session: Session, actor: Actor, rules: ReminderRules, staff: Staff
) -> Iterator[Told]:
    """Of the instalments that were just written down: large ones of today, and newly overdue.

    Each person is told the largest few; the others, and those of customers who are nobody's, are in
    the list of the day.
    """
    found = sorted(_singles(session, actor, rules, staff), key=_amount, reverse=True)
    told: dict[str, int] = {}
    for each in found:
        told[each.user_id] = told.get(each.user_id, 0) + 1
        if told[each.user_id] <= rules.single_most:
            yield each


def _amount(told: Told) -> int:
    return int(told.params["amount"] or 0)


def _singles(session: Session, actor: Actor, rules: ReminderRules, staff: Staff) -> Iterator[Told]:
    first = min(rules.after, default=None)
    wanted = [Reminder.offset_days == 0]
    if rules.single_overdue and first is not None:
        wanted.append(Reminder.offset_days == first)
    rows = just_reached(session, actor.now, "staff", or_(*wanted))
    for _customer_id, group in groupby(rows, attrgetter("customer_id")):
        found = list(group)
        late = [row for row in found if row.offset_days > 0]
        due = [row for row in found if row.offset_days == 0]
        if late:
            yield from _of_customer(actor, staff, "overdue", late)
        elif due and sum(row.amount for row in due) >= rules.single_due_from:
            yield from _of_customer(actor, staff, "due_soon", due)


def _of_customer(actor: Actor, staff: Staff, kind: str, rows: Sequence[Any]) -> Iterator[Told]:
    """One notice for all loans of a customer; the oldest stands for them."""
    oldest = rows[0]
    for user_id in staff.stand_in(oldest.owner):
        yield Told(
            user_id,
            kind,
            ("loan", oldest.loan_id),
            actor.now,
            branch_id=oldest.branch_id,
            customer_id=oldest.customer_id,
            params={
                "name": oldest.customer_name,
                "contract_no": oldest.contract_no,
                "loan_id": oldest.loan_id,
                "loans": len(rows),
                "amount": sum(row.amount for row in rows),
                "due_on": oldest.due_on.isoformat(),
                "offset": oldest.offset_days,
                "days": (actor.today - oldest.due_on).days,
            },
            key=f"{kind}:{oldest.customer_id}:{actor.today.isoformat()}",
            urgent=True,
            about_on=oldest.due_on,
        )


def singles_of_promises(session: Session, actor: Actor, staff: Staff) -> Iterator[Told]:
    """Promises whose day is today, and those whose day passed and which were not kept."""
    rows = session.execute(
        select(
            Promise.id,
            Promise.loan_id,
            Promise.customer_id,
            Promise.amount,
            Promise.promised_on,
            Promise.state,
            Customer.name,
            Customer.officer_id,
            Customer.branch_id,
            Loan.contract_no,
        )
        .join(Customer, Customer.id == Promise.customer_id)
        .join(Loan, Loan.id == Promise.loan_id)
        .where(
            Promise.promised_on <= actor.today,
            Promise.promised_on >= actor.today - _LOOK_BACK,
            Promise.state.in_((PromiseState.OPEN.value, *_NOT_KEPT)),
        )
        .order_by(Promise.id)
    )
    for row in rows:
        is_due = row.state == PromiseState.OPEN.value and row.promised_on == actor.today
        if is_due or row.state in _NOT_KEPT:
            yield from _of_promise(actor, staff, "promise_due" if is_due else "promise_broken", row)


def _of_promise(actor: Actor, staff: Staff, kind: str, row: Any) -> Iterator[Told]:
    for user_id in staff.responsible(row.officer_id, row.branch_id):
        yield Told(
            user_id,
            kind,
            ("promise", row.id),
            actor.now,
            branch_id=row.branch_id,
            customer_id=row.customer_id,
            params={
                "name": row.name,
                "contract_no": row.contract_no,
                "loan_id": row.loan_id,
                "amount": row.amount,
                "due_on": row.promised_on.isoformat(),
            },
            key=f"{kind}:{row.id}",
            urgent=True,
            about_on=row.promised_on,
        )


def singles_of_complaints(
    session: Session, actor: Actor, rules: ReminderRules, staff: Staff
) -> Iterator[Told]:
    """Complaints whose deadline is near: to whoever handles it, else to those who may."""
    offsets = [-days for days in rules.complaint_before]
    until = actor.today + dt.timedelta(days=max(rules.complaint_before, default=0))
    query = select(Feedback).where(is_pressing(until)).order_by(Feedback.id)
    for row in session.scalars(query):
        offset = current_offset(row.due_on, actor.today, offsets)
        if offset is None:
            continue
        for user_id in _handling(staff, row):
            yield Told(
                user_id,
                "complaint_due",
                ("feedback", row.id),
                actor.now,
                branch_id=row.branch_id,
                customer_id=row.customer_id,
                params={
                    "no": row.feedback_no,
                    "days": (row.due_on - actor.today).days,
                    "due_on": row.due_on.isoformat(),
                },
                key=f"complaint:{row.id}:{offset}",
                urgent=True,
                about_on=row.due_on,
            )


def _handling(staff: Staff, row: Feedback) -> Sequence[str]:
    """Never the person it is about."""
    standing_in = [each for each in staff.stand_in(row.owner_id) if each != row.about_user_id]
    return standing_in or staff.deciding(row.branch_id, row.about_user_id)
