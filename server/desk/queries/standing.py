"""How customers stand with their loans, for the rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.access import Actor, Permission
from server.domain.standing import Status, worst_status
from server.loans.models import Loan, LoanState


@dataclass(frozen=True, slots=True)
class CustomerStanding:
    """The worst state of a customer's loans, and what is left of them in fen."""

    status: Status | None
    balance: int
    open_loans: int


def standings_of(
    session: Session, actor: Actor, customer_ids: Sequence[str]
) -> dict[str, CustomerStanding]:
    """The standing of each customer that has loans within the actor's reach, in one statement."""
    if not customer_ids or not actor.may(Permission.LOANS_READ):
        return {}
    query = (
        select(
            Loan.customer_id,
            LoanState.status,
            LoanState.overdue_from,
            LoanState.principal_balance,
        )
        .join(LoanState, LoanState.loan_id == Loan.id)
        .where(Loan.customer_id.in_(customer_ids))
    )
    if actor.branch_id is not None:
        query = query.where(Loan.branch_id == actor.branch_id)
    loans: dict[str, list[Any]] = {}
    for row in session.execute(query):
        loans.setdefault(row.customer_id, []).append(row)
    return {customer_id: _standing(rows, actor) for customer_id, rows in loans.items()}


def _standing(rows: list[Any], actor: Actor) -> CustomerStanding:
    states = [_status(row, actor) for row in rows]
    return CustomerStanding(
        status=worst_status(states),
        balance=sum(row.principal_balance for row in rows),
        open_loans=sum(not state.is_over for state in states),
    )


def _status(row: Any, actor: Actor) -> Status:
    """The state as of today: a loan may have become overdue since its state was written."""
    status = Status(row.status)
    late = row.overdue_from is not None and row.overdue_from <= actor.today
    return Status.OVERDUE if late and status in {Status.NORMAL, Status.EXTENDED} else status
