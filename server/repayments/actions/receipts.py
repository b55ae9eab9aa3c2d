"""The rows that keep who paid how, and the numbers of their receipts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.database import record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.money import yuan
from server.loans.actions import clean
from server.loans.models import Loan
from server.repayments.actions.commands import RecordRepayment
from server.repayments.models import PAYMENT_METHODS, ReceiptSeries, Repayment


class Paid(Protocol):
    """What both commands tell of a payment."""

    @property
    def loan_id(self) -> str: ...
    @property
    def paid_on(self) -> dt.date: ...
    @property
    def method(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def payer(self) -> str: ...
    @property
    def note(self) -> str: ...


def check_paid(command: Paid, loan: Loan, today: dt.date) -> None:
    """Refuse a payment whose day, method or texts cannot be; nothing of the loan's debt yet."""
    if command.paid_on > today:
        raise Invalid("paid_on", "in_future")
    if command.paid_on < loan.disbursed_on:
        raise Invalid("paid_on", "before_disbursement", on=loan.disbursed_on.isoformat())
    if command.method not in PAYMENT_METHODS:
        raise Invalid("method", "unknown")
    clean(command.reference, "reference", 80)
    clean(command.payer, "payer", 120)
    clean(command.note, "note", 500)


def refuse_taken_references(session: Session, commands: Sequence[Paid]) -> None:
    """A bank's number of a payment is used once for each method."""
    keys = Counter(
        (command.method, clean(command.reference, "reference", 80))
        for command in commands
        if command.reference.strip()
    )
    if not keys:
        return
    taken = session.execute(
        select(Repayment.method, Repayment.reference).where(
            Repayment.reference.in_({reference for _, reference in keys}),
            Repayment.reversed_by_id.is_(None),
        )
    )
    keys.update((row.method, row.reference) for row in taken if (row.method, row.reference) in keys)
    for row, command in enumerate(commands):
        if keys[command.method, clean(command.reference, "reference", 80)] > 1:
            raise Invalid("reference", "taken", row=row)


def write_receipts(
    session: Session,
    actor: Actor,
    payments: Iterable[tuple[str, Paid, Loan, int]],
) -> list[str]:
    """Write the rows of payments (event id, command, loan, fen) and give their receipt numbers.

    Raises `Invalid("reference", "taken")` when another writer was first.
    """
    payments = list(payments)
    wanted = Counter(loan.branch_id for _, _, loan, _ in payments)
    numbers = {
        branch_id: iter(_take_numbers(session, branch_id, actor.today, count))
        for branch_id, count in sorted(wanted.items())
    }
    rows = [_row(actor, payment, next(numbers[payment[2].branch_id])) for payment in payments]
    table = Repayment.__table__
    try:
        if isinstance(table, Table):
            session.execute(insert(table), rows)
    except IntegrityError as error:
        if "reference" in str(error.orig):
            raise Invalid("reference", "taken") from None
        raise
    for row, (_, _, loan, _) in zip(rows, payments, strict=True):
        _note(session, actor, row)
        entity = ("repayment", row["id"])
        record.changed(session, entity, row["branch_id"], customer_id=loan.customer_id)
    return [row["receipt_no"] for row in rows]


def _row(actor: Actor, payment: tuple[str, Paid, Loan, int], receipt_no: str) -> dict[str, Any]:
    event_id, command, loan, amount = payment
    device = command.device if isinstance(command, RecordRepayment) else None
    return {
        "id": event_id,
        "receipt_no": receipt_no,
        "loan_id": loan.id,
        "branch_id": loan.branch_id,
        "amount": amount,
        "paid_on": command.paid_on,
        "posted_on": actor.today,
        "method": command.method,
        "reference": clean(command.reference, "reference", 80) or None,
        "payer": clean(command.payer, "payer", 120),
        "note": clean(command.note, "note", 500),
        "recorded_by": device.taken_by if device else actor.user_id,
        "recorded_at": actor.now,
        "device": device.device if device else None,
        "made_at": device.made_at if device else None,
        "check_code": (device.check_code[:10] or None) if device else None,
        "signature": device.signature if device else None,
    }


def _note(session: Session, actor: Actor, row: dict[str, Any]) -> None:
    record.note(
        session,
        actor,
        "repayment.record",
        ("repayment", row["id"]),
        branch_id=row["branch_id"],
        changes={
            "receipt_no": [None, row["receipt_no"]],
            "amount": [None, yuan(row["amount"])],
            "paid_on": [None, row["paid_on"].isoformat()],
            "method": [None, row["method"]],
        },
        reason=row["note"],
    )


def _take_numbers(session: Session, branch_id: str, on: dt.date, count: int) -> list[str]:
    """The next receipt numbers of a branch: its code, the day, four digits or more."""
    code = session.scalars(select(Branch.code).where(Branch.id == branch_id)).one()
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    start = dialect.insert(ReceiptSeries).values(branch_id=branch_id, posted_on=on, last=count)
    step = start.on_conflict_do_update(
        index_elements=["branch_id", "posted_on"],
        set_={"last": ReceiptSeries.last + start.excluded.last},
    ).returning(ReceiptSeries.last)
    last = int(session.execute(step).scalar_one())
    return [f"{code}-{on:%Y%m%d}-{each:04d}" for each in range(last - count + 1, last + 1)]
