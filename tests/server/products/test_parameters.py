"""Dated changes of the parameters: each day keeps what stood on it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.domain.parameters import DEFAULTS
from server.products import actions, queries
from server.products.actions import ChangeParameter
from tests.server.bank import TODAY, Bank

GRACE = "repayment.grace_days"
APRIL = dt.date(2026, 4, 1)


def change(session: Session, bank: Bank, value: Any, on: dt.date = APRIL, name: str = GRACE) -> str:
    command = ChangeParameter(name, on, value, "行务会 2026 年第 3 号")
    return actions.change_parameter(session, bank.actor("administrator"), command)


def test_without_changes_the_defaults_stand(session: Session, bank: Bank) -> None:
    assert queries.parameters_on(session, TODAY) == DEFAULTS


def test_a_change_stands_from_its_day_on(session: Session, bank: Bank) -> None:
    change(session, bank, 5)
    change(session, bank, 7, dt.date(2026, 6, 1))
    days = {
        day: queries.parameters_on(session, day).repayment.grace_days
        for day in (TODAY, dt.date(2026, 3, 31), APRIL, dt.date(2026, 5, 31), dt.date(2026, 6, 1))
    }
    assert list(days.values()) == [0, 0, 5, 5, 7]


def test_parameters_come_in_one_statement(
    session: Session, bank: Bank, statements: list[str]
) -> None:
    change(session, bank, 5)
    statements.clear()
    queries.parameters_on(session, APRIL)
    assert len(statements) == 1


def test_a_change_is_recorded_with_old_new_day_and_reason(session: Session, bank: Bank) -> None:
    change(session, bank, 5)
    session.commit()
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.entity_id) == ("parameter.change", GRACE)
    assert entry.changes == {"value": [0, 5], "effective_on": [None, "2026-04-01"]}
    assert entry.reason == "行务会 2026 年第 3 号"
    (line,) = queries.parameter_history(session, bank.actor("officer"), GRACE)
    assert (line.value, line.effective_on, line.changed_by) == (5, APRIL, "administrator 员工")


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk", "manager", "chief", "auditor"])
def test_no_other_role_changes_a_parameter(session: Session, bank: Bank, username: str) -> None:
    key = change(session, bank, 5)
    actor = bank.actor(username)
    with pytest.raises(NotAllowed):
        actions.change_parameter(session, actor, ChangeParameter(GRACE, TODAY, 1, "x"))
    with pytest.raises(NotAllowed):
        actions.withdraw_parameter_change(session, actor, key)


@pytest.mark.parametrize(
    ("command", "field", "reason"),
    [
        (ChangeParameter("repayment.luck", APRIL, 1, "x"), "value", "unknown"),
        (ChangeParameter(GRACE, APRIL, -1, "x"), "value", "too_small"),
        (ChangeParameter(GRACE, APRIL, 10**15, "x"), "value", "too_large"),
        (ChangeParameter(GRACE, APRIL, "5", "x"), "value", "type"),
        (ChangeParameter(GRACE, APRIL, True, "x"), "value", "type"),
        (ChangeParameter("cost.lower_line", APRIL, "0.5", "x"), "value", "contradicts"),
        (ChangeParameter("cost.lpr", APRIL, [{"tenor": "9Y"}], "x"), "value", "unknown"),
        (ChangeParameter(GRACE, APRIL, 5, " "), "reason", "missing"),
        (ChangeParameter(GRACE, APRIL, 5, "因" * 60_000), "reason", "too_long"),
        (ChangeParameter(GRACE, dt.date(1900, 1, 1), 5, "x"), "effective_on", "out_of_range"),
        (ChangeParameter(GRACE, dt.date(2200, 1, 1), 5, "x"), "effective_on", "out_of_range"),
    ],
)
def test_an_impossible_change_is_refused_at_the_field(
    session: Session, bank: Bank, command: ChangeParameter, field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.change_parameter(session, bank.actor("administrator"), command)
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_one_change_a_day(session: Session, bank: Bank) -> None:
    change(session, bank, 5)
    with pytest.raises(Invalid, match="effective_on: taken"):
        change(session, bank, 6)


def test_a_change_may_not_contradict_a_later_one(session: Session, bank: Bank) -> None:
    change(session, bank, "0.28", dt.date(2026, 6, 1), "cost.upper_line")
    with pytest.raises(Invalid, match="value: contradicts"):
        change(session, bank, "0.30", APRIL, "cost.lower_line")


def test_a_change_to_come_is_withdrawn(session: Session, bank: Bank) -> None:
    key = change(session, bank, 5)
    assert actions.withdraw_parameter_change(session, bank.actor("administrator"), key) == GRACE
    session.commit()
    assert queries.parameters_on(session, APRIL) == DEFAULTS
    acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert acts == ["parameter.change", "parameter.withdraw"]


def test_a_change_in_effect_stays(session: Session, bank: Bank) -> None:
    key = change(session, bank, 5, TODAY)
    with pytest.raises(Invalid, match="effective_on: in_effect"):
        actions.withdraw_parameter_change(session, bank.actor("administrator"), key)


def test_a_change_that_a_later_one_needs_stays(session: Session, bank: Bank) -> None:
    first = change(session, bank, "0.40", APRIL, "cost.upper_line")
    change(session, bank, "0.38", dt.date(2026, 6, 1), "cost.lower_line")
    with pytest.raises(Invalid, match="effective_on: depended_on"):
        actions.withdraw_parameter_change(session, bank.actor("administrator"), first)


def test_an_unknown_change_does_not_exist(session: Session, bank: Bank) -> None:
    with pytest.raises(NotFound):
        actions.withdraw_parameter_change(session, bank.actor("administrator"), str(uuid4()))
