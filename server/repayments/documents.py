"""What a device holds of payments: those that were received, and those that wait for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.loans.models import Loan
from server.repayments.models import Handover, HeldRepayment, Repayment


def repayment_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Payments by id, as `Repayment` in documents.ts; two queries.

    A held payment that was confirmed has its own id in both tables; it is shown as received.
    """
    held = {row.HeldRepayment.id: _held(row) for row in session.execute(_held_rows(ids))}
    received = {row.Repayment.id: _received(row) for row in session.execute(_received_rows(ids))}
    return {**held, **received}


def handover_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Cash handed in, by id, as `Handover` in documents.ts."""
    query = (
        select(Handover, User.display_name)
        .outerjoin(User, User.id == Handover.decided_by)
        .where(Handover.id.in_(ids))
    )
    return {
        row.id: {
            "id": row.id,
            "day": row.day.isoformat(),
            "counted": row.counted,
            "note": row.note,
            "state": row.state,
            "decided_by_name": name or "",
            "decision_note": row.decision_note,
        }
        for row, name in session.execute(query)
    }


def _received_rows(ids: Sequence[str]) -> Any:
    return (
        select(Repayment, Loan.customer_id, User.display_name)
        .join(Loan, Loan.id == Repayment.loan_id)
        .outerjoin(User, User.id == Repayment.recorded_by)
        .where(Repayment.id.in_(ids))
    )


def _held_rows(ids: Sequence[str]) -> Any:
    return (
        select(HeldRepayment, Loan.customer_id, User.display_name)
        .join(Loan, Loan.id == HeldRepayment.loan_id)
        .outerjoin(User, User.id == HeldRepayment.taken_by)
        .where(HeldRepayment.id.in_(ids))
    )


def _received(found: Any) -> dict[str, Any]:
    row: Repayment = found.Repayment
    return {
        **_payment(row, found),
        "receipt_no": row.receipt_no,
        "state": "reversed" if row.reversed_by_id else "confirmed",
        "reason": "",
        "by": row.recorded_by,
        "at": (row.made_at or row.recorded_at).isoformat(),
    }


def _held(found: Any) -> dict[str, Any]:
    row: HeldRepayment = found.HeldRepayment
    return {
        **_payment(row, found),
        "receipt_no": None,
        "state": "held" if row.status == "waiting" else row.status,
        "reason": row.reason,
        "by": row.taken_by,
        "at": row.made_at.isoformat(),
    }


def _payment(row: Repayment | HeldRepayment, found: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "loan_id": row.loan_id,
        "customer_id": found.customer_id,
        "amount": row.amount,
        "paid_on": row.paid_on.isoformat(),
        "method": row.method,
        "payer": row.payer,
        "note": row.note,
        "check_code": row.check_code,
        "by_name": found.display_name or "",
    }
