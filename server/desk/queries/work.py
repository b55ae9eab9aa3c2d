"""The day's work: who is due, who is overdue, what is to come, what came in.

Everything is read from `loan_states` by its dates, so it is right on any day, also before the
night's refresh: `unpaid_due_on` is the oldest day with anything unpaid, `overdue_from` the first
day on which that counts as overdue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.models import Customer
from server.domain.access import Actor, Permission
from server.loans.models import Loan, LoanState
from server.loans.queries.due import OVER, TO_PAY, is_due, is_overdue
from server.repayments.models import Repayment

ROWS: Final = 12
AHEAD: Final = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose work: the loans of some branches, and of one officer where `officer_id` is given."""

    branch_ids: tuple[str, ...]
    officer_id: str | None = None


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A loan that asks for something; `amount` in fen is what the customer has to bring."""

    loan_id: str
    contract_no: str
    customer_id: str
    customer_name: str
    officer_name: str | None
    due_on: dt.date
    amount: int
    dpd: int


@dataclass(frozen=True, slots=True)
class BranchDay:
    """One branch on one day: how many loans (or payments), and their sums in fen."""

    branch_id: str
    due: int = 0
    due_amount: int = 0
    overdue: int = 0
    overdue_amount: int = 0
    coming: int = 0
    coming_amount: int = 0
    received: int = 0
    received_amount: int = 0


def due_rows(session: Session, actor: Actor, scope: Scope, limit: int = ROWS) -> list[WorkRow]:
    """Loans due today, and those past their due date within the days of grace."""
    query = _rows(LoanState.unpaid_due_on, TO_PAY).where(is_due(actor.today))
    ordered = query.order_by(LoanState.unpaid_due_on, LoanState.loan_id)
    return _read(session, actor, ordered, scope, limit)


def overdue_rows(session: Session, actor: Actor, scope: Scope, limit: int = ROWS) -> list[WorkRow]:
    """Loans overdue, the longest first."""
    query = _rows(LoanState.unpaid_due_on, LoanState.total_due).where(is_overdue(actor.today))
    ordered = query.order_by(LoanState.unpaid_due_on, LoanState.loan_id)
    return _read(session, actor, ordered, scope, limit)


def coming_rows(session: Session, actor: Actor, scope: Scope, limit: int = ROWS) -> list[WorkRow]:
    """Loans with an instalment in the next seven days, the nearest first."""
    query = _rows(LoanState.next_due_on, LoanState.next_due_amount).where(_is_coming(actor.today))
    ordered = query.order_by(LoanState.next_due_on, LoanState.loan_id)
    return _read(session, actor, ordered, scope, limit)


def day_by_branch(session: Session, actor: Actor, scope: Scope) -> list[BranchDay]:
    """The sums of the day for each branch of the scope, in three statements."""
    actor.require(Permission.LOANS_READ)
    sums: dict[str, dict[str, int]] = {branch_id: {} for branch_id in scope.branch_ids}
    for query in (_due_sums(actor.today), _coming_sums(actor.today), _received_sums(actor.today)):
        for row in session.execute(_within(query, scope)):
            found = row._asdict()
            sums[found.pop("branch_id")] |= {name: int(value) for name, value in found.items()}
    return [BranchDay(branch_id, **values) for branch_id, values in sums.items()]


def _is_coming(today: dt.date) -> Any:
    return and_(
        LoanState.next_due_on > today,
        LoanState.next_due_on <= today + AHEAD,
        LoanState.next_due_amount > 0,
        LoanState.status.not_in(OVER),
    )


def _due_sums(today: dt.date) -> Select[Any]:
    due, late = is_due(today), is_overdue(today)
    query: Select[*tuple[Any, ...]] = (
        select(
            LoanState.branch_id,
            func.sum(case((due, 1), else_=0)).label("due"),
            func.sum(case((due, TO_PAY), else_=0)).label("due_amount"),
            func.sum(case((late, 1), else_=0)).label("overdue"),
            func.sum(case((late, LoanState.total_due), else_=0)).label("overdue_amount"),
        )
        .select_from(LoanState)
        .join(Loan, Loan.id == LoanState.loan_id)
        .where(LoanState.unpaid_due_on <= today, LoanState.status.not_in(OVER))
        .group_by(LoanState.branch_id)
    )
    return query


def _coming_sums(today: dt.date) -> Select[Any]:
    query: Select[*tuple[Any, ...]] = (
        select(
            LoanState.branch_id,
            func.count().label("coming"),
            func.sum(LoanState.next_due_amount).label("coming_amount"),
        )
        .select_from(LoanState)
        .join(Loan, Loan.id == LoanState.loan_id)
        .where(_is_coming(today))
        .group_by(LoanState.branch_id)
    )
    return query


def _received_sums(today: dt.date) -> Select[Any]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Repayment.branch_id,
            func.count().label("received"),
            func.sum(Repayment.amount).label("received_amount"),
        )
        .select_from(Repayment)
        .join(Loan, Loan.id == Repayment.loan_id)
        .where(Repayment.paid_on == today, Repayment.reversed_by_id.is_(None))
        .group_by(Repayment.branch_id)
    )
    return query


def _rows(due_on: Any, amount: Any) -> Select[Any]:
    query: Select[*tuple[Any, ...]] = (
        select(
            LoanState.loan_id,
            LoanState.unpaid_due_on,
            LoanState.overdue_from,
            Loan.contract_no,
            Loan.customer_id,
            Customer.name.label("customer_name"),
            User.display_name.label("officer_name"),
            due_on.label("due_on"),
            amount.label("amount"),
        )
        .select_from(LoanState)
        .join(Loan, Loan.id == LoanState.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .outerjoin(User, User.id == Loan.officer_id)
    )
    return query


def _within(query: Select[Any], scope: Scope) -> Select[Any]:
    """Keep the branches of the scope (by the table that leads the statement) and the officer."""
    leading: Any = query.selected_columns["branch_id"]
    return _of_officer(query.where(leading.in_(scope.branch_ids)), scope)


def _of_officer(query: Select[Any], scope: Scope) -> Select[Any]:
    return query.where(Loan.officer_id == scope.officer_id) if scope.officer_id else query


def _read(
    session: Session, actor: Actor, query: Select[Any], scope: Scope, limit: int
) -> list[WorkRow]:
    actor.require(Permission.LOANS_READ)
    query = _of_officer(query.where(LoanState.branch_id.in_(scope.branch_ids)), scope)
    return [_row(found, actor.today) for found in _first(session, query, limit)]


def _first(session: Session, query: Select[Any], limit: int) -> Sequence[Any]:
    return session.execute(query.limit(limit)).all()


def _row(found: Any, today: dt.date) -> WorkRow:
    late = found.overdue_from is not None and found.overdue_from <= today
    return WorkRow(
        loan_id=found.loan_id,
        contract_no=found.contract_no,
        customer_id=found.customer_id,
        customer_name=found.customer_name,
        officer_name=found.officer_name,
        due_on=found.due_on,
        amount=found.amount,
        dpd=(today - found.unpaid_due_on).days if late else 0,
    )
