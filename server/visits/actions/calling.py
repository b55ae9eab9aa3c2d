"""Logging a contact: calls, messages, what came of them, and the rules of conduct."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.models import CustomerContact
from server.database import new_id, record
from server.domain.access import Actor
from server.domain.contact_rules import STOPS, Breach, call_breaches
from server.domain.errors import Invalid
from server.domain.feedback import read_words
from server.domain.fieldwork import UNANSWERED, CallChannel, CallResult
from server.products.queries import parameters_on
from server.visits.actions.checks import check_codes, customer_to_write, moment_of
from server.visits.actions.commands import LogCall
from server.visits.models import CALL_RELATIONS, Call


def log_call(session: Session, actor: Actor, command: LogCall) -> str:
    """Log a contact and give its id.

    Raises `NotAllowed`, `NotFound`, `Invalid` by field; for an entry of the desk also
    `Invalid("called_at", "quiet_hours" | "too_many_calls")` without the debtor's consent, and
    `Invalid("called_at", "many_calls")` until a person accepted it. An entry of the field is never
    refused for that, but says so in `outside_rules`.
    """
    customer = customer_to_write(session, actor, command.customer_id)
    check_codes(
        ("relation", command.relation, CALL_RELATIONS),
        ("channel", command.channel, tuple(CallChannel)),
        ("result", command.result, tuple(CallResult)),
    )
    at = moment_of(actor, command.called_at, "called_at", command.field)
    number = _number(session, command)
    breaches = _breaches(session, command, number, at)
    if command.field is None:
        _ask(command, breaches)
    row = Call(
        id=command.field.id if command.field else new_id(),
        customer_id=customer.id,
        branch_id=customer.branch_id,
        contact_id=command.contact_id,
        number_index=number,
        relation=command.relation,
        channel=command.channel,
        result=command.result,
        called_at=at,
        called_on=at.date(),
        consented=command.consented,
        outside_rules=[each.value for each in breaches if each in STOPS],
        device=command.field.device if command.field else None,
        recorded_by=actor.user_id,
        recorded_at=actor.now,
    )
    row.summary = read_words(command.summary, "summary", required=False)
    session.add(row)
    session.flush()
    _note(session, actor, row)
    return row.id


def _number(session: Session, command: LogCall) -> str | None:
    """The index of the number that was called; a contact that is gone by now has none."""
    if command.contact_id is None:
        return None
    contact = session.get(CustomerContact, command.contact_id)
    if contact is None or contact.customer_id != command.customer_id:
        if command.field is None:
            raise Invalid("contact_id", "unknown")
        return None
    return contact.value_index


def _breaches(
    session: Session, command: LogCall, number: str | None, at: dt.datetime
) -> tuple[Breach, ...]:
    rules = parameters_on(session, at.date()).collection
    before = _unanswered(session, number, at) if number else 0
    return call_breaches(
        CallChannel(command.channel), at.time(), before, rules, consented=command.consented
    )


def _unanswered(session: Session, number: str, at: dt.datetime) -> int:
    """Calls to a number that nobody answered, on the same day before this one."""
    query = select(func.count()).where(
        Call.number_index == number,
        Call.called_on == at.date(),
        Call.called_at <= at,
        Call.channel == CallChannel.PHONE.value,
        Call.result.in_(sorted(each.value for each in UNANSWERED)),
    )
    return session.scalar(query) or 0


def _ask(command: LogCall, breaches: tuple[Breach, ...]) -> None:
    for breach in breaches:
        if breach in STOPS or not command.accept_many:
            raise Invalid("called_at", breach.value)


def _note(session: Session, actor: Actor, row: Call) -> None:
    """What was said stays out of the audit; it stands sealed with the call."""
    entity = ("call", row.id)
    told: dict[str, list[Any]] = {"channel": [None, row.channel], "result": [None, row.result]}
    if row.outside_rules:
        told["outside_rules"] = [None, row.outside_rules]
    record.note(session, actor, "call.log", entity, branch_id=row.branch_id, changes=told)
    record.changed(session, entity, row.branch_id, customer_id=row.customer_id)
