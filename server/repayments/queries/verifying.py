"""Whether a receipt that somebody shows is ours: its check code against what was recorded.

A receipt of the field is written without a network, so it may be shown before its payment has
arrived. Then the entry's id and device, which stand on the receipt as well, let the code be
computed anew.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.crypto.receipts import check_code, receipt_key, same_code
from server.domain.access import Actor, Permission
from server.loans.models import Loan
from server.repayments.models import HeldRepayment, Repayment
from server.repayments.queries.payments import code_of


class Verdict(StrEnum):
    """What can be said of a receipt."""

    GENUINE = "genuine"
    HELD = "held"
    JOINED = "joined"
    REJECTED = "rejected"
    REVERSED = "reversed"
    WRITTEN = "written"
    WRONG_CODE = "wrong_code"
    NOT_ARRIVED = "not_arrived"
    UNKNOWN_CONTRACT = "unknown_contract"


@dataclass(frozen=True, slots=True)
class ShownReceipt:
    """A receipt as it was shown: `amount` fen. `entry_id` and `device` where it tells them."""

    contract_no: str
    amount: int
    paid_on: dt.date
    code: str
    entry_id: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer, with the payment where there is one.

    `written` means that a device of ours wrote the receipt and its payment has not arrived yet;
    `not_arrived` that no payment with these figures is here, so that nothing can be said.
    """

    verdict: Verdict
    repayment_id: str | None = None
    held_id: str | None = None
    receipt_no: str | None = None
    loan_id: str | None = None


def verify_receipt(session: Session, actor: Actor, shown: ShownReceipt) -> Verified:
    """Judge a receipt by its figures and its code. Raises `NotAllowed`."""
    actor.require(Permission.LOANS_READ)
    loan = session.scalar(select(Loan).where(Loan.contract_no == shown.contract_no))
    if loan is None or not actor.reaches(loan.branch_id):
        return Verified(Verdict.UNKNOWN_CONTRACT)
    recorded = _recorded(session, loan, shown)
    held = _held(session, loan, shown)
    for row in recorded:
        if same_code(code_of(row, loan.contract_no), shown.code):
            verdict = Verdict.REVERSED if row.reversed_by_id else Verdict.GENUINE
            return Verified(verdict, row.id, None, row.receipt_no, loan.id)
    for each in held:
        if each.check_code and same_code(each.check_code, shown.code):
            return _of_held(each, loan)
    if _is_written(shown, loan):
        return Verified(Verdict.WRITTEN, loan_id=loan.id)
    wrong = bool(recorded or held)
    return Verified(Verdict.WRONG_CODE if wrong else Verdict.NOT_ARRIVED, loan_id=loan.id)


def _recorded(session: Session, loan: Loan, shown: ShownReceipt) -> list[Repayment]:
    return list(
        session.scalars(
            select(Repayment).where(
                Repayment.loan_id == loan.id,
                Repayment.amount == shown.amount,
                Repayment.paid_on == shown.paid_on,
            )
        )
    )


def _held(session: Session, loan: Loan, shown: ShownReceipt) -> list[HeldRepayment]:
    """Held payments; one that was confirmed with another day still has the day of its receipt."""
    return list(
        session.scalars(
            select(HeldRepayment).where(
                HeldRepayment.loan_id == loan.id,
                HeldRepayment.amount == shown.amount,
                HeldRepayment.paid_on == shown.paid_on,
            )
        )
    )


def _of_held(row: HeldRepayment, loan: Loan) -> Verified:
    verdict = {
        "waiting": Verdict.HELD,
        "confirmed": Verdict.GENUINE,
        "joined": Verdict.JOINED,
        "rejected": Verdict.REJECTED,
    }[row.status]
    return Verified(verdict, row.repayment_id, row.id, None, loan.id)


def _is_written(shown: ShownReceipt, loan: Loan) -> bool:
    if not (shown.entry_id and shown.device):
        return False
    key = receipt_key(shown.device)
    day = shown.paid_on.isoformat()
    made = check_code(key, shown.entry_id, loan.contract_no, shown.amount, day)
    return same_code(made, shown.code)
