"""What a device holds of a loan: every sum of today, and what the next two weeks will ask.

A device reckons nothing. It shows the sums of the day it is, also when it last heard from the
server days ago; so they are all made here, by the statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.database import Base
from server.database.types import place
from server.domain.classification import class_of_days
from server.domain.events import Event
from server.domain.parameters import Parameters
from server.domain.statement import DayAhead, InstalmentState, Statement, look_ahead
from server.loans.actions import oldest_unpaid
from server.loans.documents.history import Receipt, history_of
from server.loans.models import Loan, LoanEvent, LoanGuarantor
from server.loans.queries import events_by_loan, terms_of
from server.products.models import Product
from server.products.queries import parameters_on

DAYS_AHEAD: Final = 15
"""A device goes so long without the server before its lease ends, the day of the sync included."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What belongs to some loans, by the loan's id; `parts` names the event each is a part of."""

    events: Mapping[str, tuple[Event, ...]]
    guarantors: Mapping[str, list[dict[str, Any]]]
    receipts: Mapping[str, Receipt]
    rules: Parameters
    parts: Mapping[str, str] = field(default_factory=dict)


def loan_documents(
    session: Session, ids: Sequence[str], today: dt.date
) -> dict[str, dict[str, Any]]:
    """Loans by id, as `Loan` in documents.ts, all sums as of `today`; six queries."""
    rows = session.execute(
        select(Loan, Product.name)
        .join(Product, Product.id == Loan.product_id)
        .where(Loan.id.in_(ids))
    ).all()
    found = [loan.id for loan, _ in rows]
    if not found:
        return {}
    beside = _Beside(
        events=events_by_loan(session, found),
        guarantors=_guarantors(session, found),
        receipts=_receipts(session, found),
        rules=parameters_on(session, today),
        parts=_parts(session, found),
    )
    return {loan.id: _document(loan, product, beside, today) for loan, product in rows}


def _guarantors(session: Session, loan_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    rows = session.execute(
        select(
            LoanGuarantor.id,
            LoanGuarantor.loan_id,
            LoanGuarantor.name,
            LoanGuarantor.mobile_sealed,
        )
        .where(LoanGuarantor.loan_id.in_(loan_ids))
        .order_by(LoanGuarantor.place)
    )
    for row in rows:
        sealed, where = row.mobile_sealed, place("loan_guarantors", "mobile", row.id)
        mobile = keyring.active().open(sealed, where) if sealed else None
        found.setdefault(row.loan_id, []).append({"name": row.name, "mobile": mobile})
    return found


def _receipts(session: Session, loan_ids: Sequence[str]) -> dict[str, Receipt]:
    """The receipts of payments; their table is taken by name: its slice stands above this one."""
    table = Base.metadata.tables["repayments"]
    rows = session.execute(
        select(table.c.id, table.c.receipt_no, table.c.amount).where(table.c.loan_id.in_(loan_ids))
    )
    return {row.id: Receipt(row.receipt_no, row.amount) for row in rows}


def _parts(session: Session, loan_ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        select(LoanEvent.id, LoanEvent.part_of_id).where(
            LoanEvent.loan_id.in_(loan_ids), LoanEvent.part_of_id.is_not(None)
        )
    )
    return {row.id: row.part_of_id for row in rows}


def _document(loan: Loan, product: str, beside: _Beside, today: dt.date) -> dict[str, Any]:
    events = beside.events.get(loan.id, ())
    sheet, ahead = look_ahead(terms_of(loan), events, today, DAYS_AHEAD)
    return {
        **_contract(loan, product),
        **_standing(sheet, beside.rules),
        "guarantors": beside.guarantors.get(loan.id, []),
        "as_of": today.isoformat(),
        "days": [_day(each) for each in _asked(ahead)],
        "plan": [_instalment(each, today) for each in sheet.instalments],
        "history": history_of(sheet, events, beside.receipts, beside.parts),
    }


def _contract(loan: Loan, product: str) -> dict[str, Any]:
    return {
        "id": loan.id,
        "customer_id": loan.customer_id,
        "contract_no": loan.contract_no,
        "product": product,
        "method": loan.method,
        "principal": loan.principal,
        "rate": _percent(loan.annual_rate),
        "disbursed_on": loan.disbursed_on.isoformat(),
        "security": loan.security,
    }


def _standing(sheet: Statement, rules: Parameters) -> dict[str, Any]:
    upcoming, last = sheet.next_due, sheet.last_payment
    return {
        "maturity_on": sheet.maturity_on.isoformat(),
        "periods": sum(each.no > 0 for each in sheet.instalments),
        "status": sheet.status.value,
        "five_class": class_of_days(sheet.dpd, rules.classification).value,
        "balance": sheet.principal_balance,
        "credit": sheet.credit,
        "dpd": sheet.dpd,
        "unpaid_due_on": _iso(oldest_unpaid(sheet)),
        "next_due_on": _iso(upcoming.due_on) if upcoming else None,
        "next_due_amount": upcoming.to_pay if upcoming else 0,
        "last_paid_on": _iso(last.on) if last else None,
        "last_paid_amount": last.amount if last else 0,
        "settled_on": _iso(sheet.settled_on),
    }


def _asked(ahead: Sequence[DayAhead]) -> Sequence[DayAhead]:
    """Every day where something is due by the last one, otherwise only today."""
    return ahead if any(each.due.total for each in ahead) else ahead[:1]


def _day(each: DayAhead) -> dict[str, Any]:
    return {
        "on": each.on.isoformat(),
        "due": each.due.total,
        **each.due._asdict(),
        "dpd": each.dpd,
        "payoff": each.payoff.total,
    }


def _instalment(item: InstalmentState, today: dt.date) -> dict[str, Any]:
    return {
        "no": item.no,
        "due_on": item.due_on.isoformat(),
        "principal": item.due.principal,
        "interest": item.due.interest,
        "due": item.due.total,
        "paid": item.paid.total,
        "left": item.unpaid.total,
        "state": _state(item, today),
    }


def _state(item: InstalmentState, today: dt.date) -> str:
    if item.settled_on is not None:
        return "paid"
    if item.dpd:
        return "overdue"
    if item.due_on > today:
        return "future"
    return "part" if item.paid.total else "due"


def _percent(rate: Decimal) -> str:
    """0.054 as `5.40`: two places, more where the rate has them."""
    value = (rate * 100).normalize()
    exponent = value.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{value:.{places}f}"


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
