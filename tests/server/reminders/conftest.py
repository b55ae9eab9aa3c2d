"""A bank on the morning of Tuesday 2026-03-10, with loans that fall due around that day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.models import Customer
from server.database.notices import Notice
from server.domain.access import Actor, Role
from server.domain.calendar import add_months
from server.domain.terms import Method
from server.loans.actions import refresh_due_states
from server.reminders.actions import remind
from tests.server.bank import Bank, add_borrower, add_loan

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = dt.date(2026, 3, 10)
INTEREST = 36_000
"""What falls due each month on a loan of `due_in`: 60,000 yuan at 7.2 %, interest only."""


def at(day: dt.date, hour: int = 8) -> dt.datetime:
    """An hour of a day on the bank's clock."""
    return dt.datetime.combine(day, dt.time(hour, 1), ZONE)


def job(day: dt.date = TODAY, hour: int = 8) -> Actor:
    """The worker at that hour."""
    return Actor(None, "后台任务", Role.MANAGER, None, at(day, hour), day, "job")


def due_in(bank: Bank, days: int, **changes: Any) -> str:
    """A loan of the branch's officer, first due so many days from 2026-03-10; gives its id."""
    place = changes.get("branch_id") or bank.branch_a
    customer_id = changes.pop("customer_id", None) or add_borrower(bank, branch_id=place)
    officer = "officer_b" if place == bank.branch_b else "officer"
    bank.session.get_one(Customer, customer_id).officer_id = bank.people[officer]
    bank.session.flush()
    due_on = TODAY + dt.timedelta(days=days)
    terms = {
        "method": Method.INTEREST_ONLY,
        "disbursed_on": add_months(due_on, -1),
        "annual_rate": Decimal("0.072"),
    }
    return add_loan(bank, customer_id=customer_id, **{**terms, **changes})


@pytest.fixture
def run(session: Session, bank: Bank) -> Callable[..., list[tuple[str, str, dict[str, Any]]]]:
    """Run the night and the reminders of a day until nothing is left; what was told by it."""

    def day(day: dt.date = TODAY, hour: int = 8) -> list[tuple[str, str, dict[str, Any]]]:
        before = set(session.scalars(select(Notice.id)))
        while refresh_due_states(session, day):
            pass
        session.commit()
        while remind(session, job(day, hour)):
            session.commit()
        session.commit()
        names = {row.id: row.username for row in session.scalars(select(User))}
        rows = session.scalars(select(Notice).order_by(Notice.kind, Notice.user_id))
        found = [
            (names[row.user_id], row.kind, json.loads(row.params or "{}"))
            for row in rows
            if row.id not in before
        ]
        return sorted(found, key=itemgetter(0, 1))

    return day
