"""A loan's statement as JSON, for the command line and for programs; amounts are yuan text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from server.domain.classification import class_of_days
from server.domain.events import Event, Prepayment, Repayment
from server.domain.money import grouped_yuan, yuan
from server.domain.parameters import Parameters
from server.domain.standing import bucket_of
from server.domain.statement import InstalmentState, Parts, Statement


def statement_document(contract_no: str, sheet: Statement, rules: Parameters) -> dict[str, Any]:
    """Every figure of a loan on a day. Amounts are yuan text with two places, dates ISO text."""
    upcoming = sheet.next_due
    return {
        "contract_no": contract_no,
        "as_of": sheet.as_of.isoformat(),
        "status": sheet.status.value,
        "principal": yuan(sheet.terms.principal),
        "principal_balance": yuan(sheet.principal_balance),
        "overdue_principal": yuan(sheet.overdue.principal),
        "overdue_interest": yuan(sheet.overdue.interest),
        "penalty": yuan(sheet.due.penalty),
        "compound": yuan(sheet.due.compound),
        "fees": yuan(sheet.due.fee),
        "credit": yuan(sheet.credit),
        "total_due": yuan(sheet.total_due),
        "dpd": sheet.dpd,
        "bucket": bucket_of(sheet.dpd).value,
        "class": class_of_days(sheet.dpd, rules.classification).value,
        "overdue_instalments": sheet.overdue_instalments,
        "times_overdue": sheet.times_overdue,
        "worst_dpd": sheet.worst_dpd,
        "oldest_unpaid_due": _day(sheet.oldest_unpaid_due_on),
        "next_due": _day(upcoming.due_on) if upcoming else None,
        "next_due_amount": yuan(upcoming.to_pay) if upcoming else None,
        "maturity_on": sheet.maturity_on.isoformat(),
        "settled_on": _day(sheet.settled_on),
        "instalments": [_instalment(item) for item in sheet.instalments],
        "payments": list(_payments(sheet)),
    }


def _day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def _instalment(item: InstalmentState) -> dict[str, Any]:
    return {
        "no": item.no,
        "due_on": item.due_on.isoformat(),
        "days": item.days,
        "principal": yuan(item.due.principal),
        "interest": yuan(item.due.interest),
        "fee": yuan(item.due.fee),
        "penalty": yuan(item.due.penalty),
        "compound": yuan(item.due.compound),
        "total": yuan(item.due.total),
        "balance": yuan(item.balance),
        **{f"paid_{name}": yuan(getattr(item.paid, name)) for name in Parts._fields},
        "paid": yuan(item.paid.total),
        "waived": yuan(item.waived.total),
        "unpaid": yuan(item.unpaid.total),
        "settled_on": _day(item.settled_on),
        "late": item.is_late,
        "dpd": item.dpd,
    }


def _payments(sheet: Statement) -> Iterable[dict[str, Any]]:
    """The money received and not reversed, in order, with where each went."""
    pieces: dict[str, list[dict[str, Any]]] = {}
    sums: dict[str, int] = {}
    for piece in sheet.allocations:
        told = {
            "on": piece.on.isoformat(),
            "no": piece.instalment_no,
            "component": piece.component.value,
            "amount": yuan(piece.amount),
        }
        pieces.setdefault(piece.event_id, []).append(told)
        sums[piece.event_id] = sums.get(piece.event_id, 0) + piece.amount
    for lot in sheet.credit_lots:
        kept = lot.amount + lot.refunded
        told = {"on": None, "no": None, "component": "credit", "amount": yuan(kept)}
        pieces.setdefault(lot.event_id, []).append(told)
        sums[lot.event_id] = sums.get(lot.event_id, 0) + kept
    for event in sheet.history:
        if event.id in pieces and isinstance(event, Repayment | Prepayment):
            yield _payment(event, sums[event.id], pieces[event.id])


def _payment(event: Event, amount: int, allocated: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": event.id,
        "on": event.value_on.isoformat(),
        "posted_on": event.posted_on.isoformat(),
        "kind": "prepayment" if isinstance(event, Prepayment) else "repayment",
        "amount": yuan(amount),
        "allocated": allocated,
    }


def statement_table(contract_no: str, sheet: Statement) -> str:
    """The same for people at a terminal: the head's figures, then a line an instalment."""
    figures = {
        "balance": sheet.principal_balance,
        "due": sheet.total_due,
        "penalty": sheet.due.penalty,
        "compound": sheet.due.compound,
        "fees": sheet.due.fee,
        "credit": sheet.credit,
    }
    names = ("principal", "interest", "total", "paid", "unpaid")
    head = (
        f"{contract_no}  {sheet.as_of.isoformat()}  {sheet.status.value}  DPD {sheet.dpd}",
        "  ".join(f"{name} {grouped_yuan(fen)}" for name, fen in figures.items()),
        "",
        f" no  {'due on':<10}{''.join(f'{name:>16}' for name in names)}  late",
    )
    return "\n".join([*head, *(_line(item) for item in sheet.instalments)])


def _line(item: InstalmentState) -> str:
    figures = (
        item.due.principal,
        item.due.interest,
        item.due.total,
        item.paid.total,
        item.unpaid.total,
    )
    columns = "".join(f"{grouped_yuan(each):>16}" for each in figures)
    return f"{item.no:>3}  {item.due_on.isoformat()}{columns}  {item.dpd or '':>4}"
