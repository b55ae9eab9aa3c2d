"""Texts to customers, where the bank wants them: one a customer and day, within the lawful hours.

The text is handed to the channels word for word; they send it by the bank's own gateway and ask
`still_holds` before. Overdue ones stop while a complaint is open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.customers.models import CustomerContact
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.customer_texts import Owed, Sender, reminder_text
from server.domain.parameters import ReminderRules
from server.domain.reminding import time_to_send
from server.domain.workdays import Workdays
from server.products.queries import parameters_on, workdays
from server.push.actions import CustomerText, queue_text
from server.reminders.actions.reaching import write_reached
from server.reminders.models import Reminder
from server.reminders.queries.reminded import complaining, just_reached

_MOBILE: Final = "mobile"


def remind_customers(session: Session, actor: Actor, bank_name: str) -> int:
    """Queue today's texts to customers; gives how many instalments they are about.

    0 where the bank wants none. Texts that cannot leave within today's hours go in the next ones.
    """
    rules = parameters_on(session, actor.today).reminder
    if not rules.texts_on or not rules.digest_at <= actor.now.hour < rules.send_until:
        return 0
    written = write_reached(session, actor, rules, "customer")
    if not written:
        return 0
    rows = just_reached(session, actor.now, "customer")
    phones = _phones(session, [row.customer_id for row in rows])
    complain = set[str]()
    for some in in_parts(rows):
        complain |= complaining(session, {row.customer_id for row in some})
    days = workdays(session)
    for customer_id, group in groupby(rows, attrgetter("customer_id")):
        found = list(group)
        outcome = _outcome(found, phones.get(customer_id), actor, complains=customer_id in complain)
        if outcome:
            _set_aside(session, actor, customer_id, outcome)
        else:
            text = _text(found, phones[customer_id], actor, rules, bank_name, days)
            queue_text(session, text)
    return written


def text_key(customer_id: str, day: dt.date) -> str:
    """The key of a customer's text of a day."""
    return f"reminder:{customer_id}:{day.isoformat()}"


def _outcome(rows: Sequence[Any], phone: str | None, actor: Actor, *, complains: bool) -> str:
    """Why nothing is sent, "" where it is."""
    if complains and any(row.due_on < actor.today for row in rows):
        return "complaint"
    return "" if phone else "no_phone"


def _set_aside(session: Session, actor: Actor, customer_id: str, outcome: str) -> None:
    session.execute(
        update(Reminder)
        .where(
            Reminder.customer_id == customer_id,
            Reminder.made_at == actor.now,
            Reminder.audience == "customer",
        )
        .values(outcome=outcome)
        .execution_options(synchronize_session=False)
    )


def _text(
    rows: Sequence[Any],
    phone: str,
    actor: Actor,
    rules: ReminderRules,
    bank_name: str,
    days: Workdays,
) -> CustomerText:
    first = rows[0]
    sender = Sender(bank_name, rules.help_phone or first.branch_phone, rules.complaint_phone)
    loans = [
        Owed(row.iou_no or row.contract_no, row.due_on, row.amount, row.charges) for row in rows
    ]
    body = reminder_text(
        first.customer_name,
        loans,
        sender,
        actor.today,
        english=rules.texts_english,
        on_holiday=not days.is_workday(first.due_on),
    )
    at = time_to_send(actor.now, rules)
    return CustomerText(
        key=text_key(first.customer_id, actor.today),
        kind="overdue" if first.due_on < actor.today else "due_soon",
        customer_id=first.customer_id,
        branch_id=first.branch_id,
        about=("customer", first.customer_id),
        title=bank_name,
        body=body,
        at=at,
        until=at.replace(hour=rules.send_until, minute=0, second=0, microsecond=0),
        phone=phone,
        language="en" if rules.texts_english else "zh",
    )


def _phones(session: Session, customer_ids: Sequence[str]) -> dict[str, str]:
    """The customers' own mobiles, the first of each. Nobody else's number is ever written to."""
    found: dict[str, str] = {}
    ids = sorted(set(customer_ids))
    for some in in_parts(ids):
        rows = session.scalars(
            select(CustomerContact)
            .where(
                CustomerContact.customer_id.in_(some),
                CustomerContact.kind == _MOBILE,
                CustomerContact.relation == "self",
            )
            .order_by(CustomerContact.customer_id, CustomerContact.place)
        )
        for row in rows:
            if row.customer_id not in found and row.value:
                found[row.customer_id] = row.value
    return found
