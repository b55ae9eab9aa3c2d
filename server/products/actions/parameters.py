"""Dated changes of the parameters of the rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.database import record
from server.domain import parameters as rules
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.products import queries
from server.products.models import ParameterChange

_FIRST_DAY: Final = dt.date(1990, 1, 1)
_MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class ChangeParameter:
    """From `effective_on` the parameter `name` has the JSON `value`; earlier days keep theirs."""

    name: str
    effective_on: dt.date
    value: Any
    reason: str


def change_parameter(session: Session, actor: Actor, command: ChangeParameter) -> str:
    """Write a dated change; returns its id.

    Raises `Invalid`: at `value` for what the rules refuse, `effective_on` when the day is taken
    or impossible, `reason` when none is given.
    """
    actor.require(Permission.PRODUCTS_MANAGE)
    if not command.reason.strip():
        raise Invalid("reason", "missing")
    if len(command.reason) > _MAX_REASON:
        raise Invalid("reason", "too_long")
    if not _FIRST_DAY <= command.effective_on <= actor.today + dt.timedelta(days=3660):
        raise Invalid("effective_on", "out_of_range")
    _check_value(session, command)
    before = rules.parameter_value(
        queries.parameters_on(session, command.effective_on), command.name
    )
    row = ParameterChange(
        name=command.name,
        effective_on=command.effective_on,
        value=command.value,
        reason=command.reason.strip(),
        changed_by=actor.user_id,
        changed_at=actor.now,
    )
    session.add(row)
    session.flush()
    record.note(
        session,
        actor,
        "parameter.change",
        ("parameter", command.name),
        changes={
            "value": [before, command.value],
            "effective_on": [None, command.effective_on.isoformat()],
        },
        reason=command.reason.strip(),
    )
    _say(session, row)
    return row.id


def withdraw_parameter_change(session: Session, actor: Actor, change_id: str) -> str:
    """Take back a change that is not yet in effect; returns the parameter's name.

    Raises `Invalid("effective_on", ...)`: `in_effect` once its day has come, `depended_on` when a
    later change is possible only after this one.
    """
    actor.require(Permission.PRODUCTS_MANAGE)
    row = session.get(ParameterChange, change_id, with_for_update=True)
    if row is None:
        raise NotFound("parameter", change_id)
    if row.effective_on <= actor.today:
        raise Invalid("effective_on", "in_effect")
    _check_without(session, row)
    changes = {"value": [row.value, None], "effective_on": [row.effective_on.isoformat(), None]}
    session.delete(row)
    record.note(session, actor, "parameter.withdraw", ("parameter", row.name), changes=changes)
    _say(session, row)
    return row.name


def _check_value(session: Session, command: ChangeParameter) -> None:
    taken = session.scalar(
        select(ParameterChange.id).where(
            ParameterChange.name == command.name,
            ParameterChange.effective_on == command.effective_on,
        )
    )
    if taken is not None:
        raise Invalid("effective_on", "taken")
    wanted = rules.ParameterChange(command.name, command.effective_on, command.value)
    try:
        rules.check_change(wanted, queries.parameter_changes(session))
    except Invalid as refusal:
        reason = "contradicts" if refusal.reason == "order" else refusal.reason
        raise Invalid("value", reason, **refusal.detail) from refusal


def _check_without(session: Session, row: ParameterChange) -> None:
    gone = (row.name, row.effective_on)
    rest = [
        change
        for change in queries.parameter_changes(session)
        if (change.name, change.effective_on) != gone
    ]
    try:
        for change in rest:
            if change.effective_on >= row.effective_on:
                rules.parameters_on(change.effective_on, rest)
    except Invalid as refusal:
        raise Invalid("effective_on", "depended_on") from refusal


def _say(session: Session, row: ParameterChange) -> None:
    """Devices hold some of the rules with what they know of their branch."""
    queries.forget_workdays(session)
    record.changed(session, ("parameter", row.id), None)
    for branch_id in session.scalars(select(Branch.id).order_by(Branch.id)):
        record.changed(session, ("bank", branch_id), branch_id, portfolio=branch_id)
