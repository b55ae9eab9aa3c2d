"""Loading the demo bank through its command, once on each database, and looking at all of it.

One load takes seconds, so what stands in the database is looked at in one go.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import time_machine
from sqlalchemy import func, select

from server.accounts.models import Branch, User
from server.customers.models import Customer
from server.database.record import first_broken_entry
from server.demo.contracts import plan_contracts
from server.demo.customers import plan_customers
from server.demo.people import PASSWORD, STAFF
from server.domain.access import Role
from server.domain.promises import PromiseState
from server.domain.terms import Method
from server.feedback.models import Feedback
from server.loans.actions import differences
from server.loans.models import EVENT_KINDS, Loan, LoanEvent, LoanState
from server.products.models import CustomField, Product
from server.repayments.models import Handover, HeldRepayment, Repayment, ReversalRequest
from server.replication.models.devices import Device
from server.replication.models.log import ConflictRow, LoggedMutation
from server.visits.models import Call, Promise, Visit

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.server.bank import Bank

NOW = dt.datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def _load(app: Flask, *options: str) -> Any:
    return app.test_cli_runner().invoke(args=["demo", "load", *options])


def test_the_demo_bank_is_whole(app: Flask, session: Session) -> None:
    with time_machine.travel(NOW):
        loaded = _load(app, "--if-empty")
        assert loaded.exit_code == 0, loaded.output
        assert PASSWORD in loaded.stdout

        again = _load(app, "--if-empty")
        assert (again.exit_code, again.stdout) == (0, loaded.stdout)

        _counts_are_exact(session)
        _figures_are_those_planned(session)
        _nothing_is_missing(session)
        _everybody_signs_in(app)
        assert list(differences(session)) == []
        assert first_broken_entry(session)[1] is None


def _counts_are_exact(session: Session) -> None:
    def rows(model: type[Any]) -> int:
        return session.scalars(select(func.count()).select_from(model)).one()

    assert (rows(Branch), rows(User), rows(Customer), rows(Loan)) == (3, 12, 300, 450)
    assert (rows(Product), rows(CustomField)) == (6, 2)
    assert set(session.scalars(select(User.role))) == set(Role)


def _figures_are_those_planned(session: Session) -> None:
    """The ledger came, act by act, to the statement that was planned without it."""
    sheets = [each.history.sheet for each in plan_contracts(plan_customers(), NOW.date())]
    planned = sorted((s.status, s.terms.principal, s.principal_balance, s.dpd) for s in sheets)
    stored = session.execute(
        select(LoanState.status, Loan.principal, LoanState.principal_balance, LoanState.dpd).join(
            Loan
        )
    )
    assert sorted(tuple(row) for row in stored) == planned


def _nothing_is_missing(session: Session) -> None:
    assert set(session.scalars(select(Loan.method))) == set(Method)
    assert set(session.scalars(select(LoanEvent.kind))) == set(EVENT_KINDS) - {"fee", "refund"}
    assert set(session.scalars(select(ReversalRequest.status))) == {"pending", "approved"}
    statuses = set(session.scalars(select(Feedback.status)))
    assert statuses == {"open", "in_progress", "answered", "closed"}
    late = select(Feedback.id).where(Feedback.status == "open", Feedback.due_on < NOW.date())
    assert session.scalars(late).all()
    today = select(Repayment.id).where(Repayment.paid_on == NOW.date())
    assert session.scalars(today).all()
    assert set(session.scalars(select(Promise.state))) == set(PromiseState)
    assert {"collection", "post_loan", "first_check"} <= set(session.scalars(select(Visit.purpose)))
    assert set(session.scalars(select(Call.result))) >= {"reached", "no_answer"}
    held = session.execute(select(HeldRepayment.reason, HeldRepayment.status)).all()
    assert [tuple(row) for row in held] == [("double_entry", "waiting")] * 3
    assert set(session.scalars(select(Handover.state))) == {"signed", "waiting"}
    assert session.scalars(select(ConflictRow.field).where(ConflictRow.is_open)).all() == ["value"]
    waiting = select(LoggedMutation.reason).where(LoggedMutation.is_waiting)
    assert session.scalars(waiting).all() == ["duplicate_customer"]
    assert len(session.scalars(select(Device.id)).all()) == 5


def _everybody_signs_in(app: Flask) -> None:
    for person in STAFF:
        form = {"username": person.username, "password": PASSWORD}
        answer = app.test_client().post("/sign-in", data=form)
        assert answer.status_code == 303
        assert "password" not in answer.headers["Location"]


def test_a_bank_with_staff_is_left_alone(app: Flask, session: Session, bank: Bank) -> None:
    answer = _load(app, "--if-empty")

    assert answer.exit_code == 0
    assert PASSWORD not in answer.output
    assert session.scalars(select(func.count()).select_from(User)).one() == len(bank.people)


def test_loading_into_a_bank_with_staff_is_refused(app: Flask, bank: Bank) -> None:
    answer = _load(app)

    assert bank.people
    assert answer.exit_code == 1
    assert "not empty" in answer.output
