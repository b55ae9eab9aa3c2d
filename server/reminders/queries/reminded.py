"""The instalments behind the reminders: those just written, and whether they still hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.customers.models import Customer
from server.domain.feedback import FeedbackKind
from server.feedback.models import Feedback
from server.loans.models import Loan, LoanState
from server.loans.queries.due import OVER, TO_PAY
from server.reminders.models import Reminder
from server.reminders.queries.due import OWNER, WAITING_STATES


def just_reached(session: Session, now: dt.datetime, audience: str, *only: Any) -> list[Any]:
    """The instalments written at `now`, by customer; `only` narrows them.

    Rows of loan_id, contract_no, iou_no, customer_id, customer_name, branch_id, branch_name,
    branch_phone, owner, due_on, offset_days, amount (to pay, fen), charges (penalty in it, fen).
    """
    query = (
        select(
            Reminder.loan_id,
            Loan.contract_no,
            Loan.iou_no,
            Reminder.customer_id,
            Customer.name.label("customer_name"),
            Reminder.branch_id,
            Branch.name.label("branch_name"),
            Branch.phone.label("branch_phone"),
            OWNER.label("owner"),
            Reminder.due_on,
            Reminder.offset_days,
            TO_PAY.label("amount"),
            (LoanState.penalty_due + LoanState.compound_due).label("charges"),
        )
        .join(Loan, Loan.id == Reminder.loan_id)
        .join(LoanState, LoanState.loan_id == Reminder.loan_id)
        .join(Customer, Customer.id == Reminder.customer_id)
        .join(Branch, Branch.id == Reminder.branch_id)
        .where(Reminder.made_at == now, Reminder.audience == audience, *only)
        .order_by(Reminder.customer_id, Reminder.due_on, Reminder.loan_id)
    )
    return list(session.execute(query))


def is_owed(session: Session, customer_id: str, due_on: dt.date) -> bool:
    """Whether any loan of a customer still has something unpaid of `due_on` or before."""
    found = session.scalar(
        select(LoanState.loan_id)
        .join(Loan, Loan.id == LoanState.loan_id)
        .where(
            Loan.customer_id == customer_id,
            LoanState.unpaid_due_on <= due_on,
            LoanState.status.not_in(OVER),
            TO_PAY > 0,
        )
        .limit(1)
    )
    return found is not None


def are_all_owed(session: Session, customer_id: str, made_on: dt.date) -> bool:
    """Whether all that a customer was written of on a day is unpaid still, each of it."""
    rows = session.execute(
        select(LoanState.unpaid_due_on, Reminder.due_on, LoanState.status, TO_PAY)
        .select_from(Reminder)
        .join(LoanState, LoanState.loan_id == Reminder.loan_id)
        .where(
            Reminder.customer_id == customer_id,
            Reminder.made_on == made_on,
            Reminder.audience == "customer",
            Reminder.outcome == "",
        )
    ).all()
    return bool(rows) and all(
        unpaid == due_on and status not in OVER and amount > 0
        for unpaid, due_on, status, amount in rows
    )


def complaining(session: Session, customer_ids: Collection[str]) -> set[str]:
    """Those of some customers who have a complaint without an answer."""
    query = select(Feedback.customer_id).where(
        and_(
            Feedback.customer_id.in_(customer_ids),
            Feedback.kind == FeedbackKind.COMPLAINT.value,
            Feedback.status.in_(WAITING_STATES),
        )
    )
    return set(session.scalars(query))


def owner_of(session: Session, customer_id: str) -> tuple[str | None, str] | None:
    """The officer and the branch of a customer."""
    row = session.execute(
        select(Customer.officer_id, Customer.branch_id).where(Customer.id == customer_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])
