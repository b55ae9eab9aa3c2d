"""The calculator's areas on arrears: penalty, allocation, reversal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from server.domain.allocation import Mode, allocate, mode_for
from server.domain.calculator.fields import text
from server.domain.calculator.reading import (
    MOST_DEBTS,
    code_of,
    date_of,
    fen_of,
    flag_of,
    fraction_of,
    objects_of,
    whole_of,
)
from server.domain.errors import Invalid
from server.domain.events import Component
from server.domain.money import yuan
from server.domain.penalty import (
    Reduction,
    flat_penalty_rate,
    penalty_of_item,
    yearly_penalty_rate,
)

_PARTS: Final = tuple(Component)


class _Item(NamedTuple):
    due_on: date
    no: int
    owed: list[int]


class _Payment(NamedTuple):
    on: date
    id: str
    amount: int


def calculate_penalty(given: dict[str, Any]) -> dict[str, Any]:
    """Penalty and compound on one overdue item, with payments on it on the way."""
    rate = fraction_of(given, "annual_rate")
    uplift = fraction_of(given, "uplift", default="0.5")
    basis = whole_of(given, "basis_days", default=360)
    if basis not in (360, 365):
        raise Invalid("basis_days", "unknown")
    penalty, compound = penalty_of_item(
        fen_of(given, "unpaid_principal", default="0.00"),
        fen_of(given, "unpaid_interest", default="0.00"),
        date_of(given, "due_on"),
        date_of(given, "as_of"),
        flat_penalty_rate(rate, uplift, basis),
        grace_days=whole_of(given, "grace_days", default=0, high=3650),
        compound=flag_of(given, "compound", default=True),
        reductions=objects_of(given, "events", _reduction) if given.get("events") else (),
    )
    told = yearly_penalty_rate(rate, uplift)
    return {"penalty": yuan(penalty), "compound": yuan(compound), "penalty_rate": f"{told:f}"}


def calculate_allocation(given: dict[str, Any]) -> dict[str, Any]:
    """One payment laid on the items due."""
    items = sorted(objects_of(given, "items", _item, MOST_DEBTS))
    mode = _mode(given)
    pieces, left = allocate([item.owed for item in items], fen_of(given, "amount"), mode)
    taken = [[0] * len(_PARTS) for _ in items]
    for index, component, amount in pieces:
        taken[index][component] += amount
        items[index].owed[component] -= amount
    return {
        "mode": mode.value,
        "allocated": [_numbered(item.no, row) for item, row in zip(items, taken, strict=True)],
        "totals": _parts([sum(row[part] for row in taken) for part in range(len(_PARTS))]),
        "unallocated": yuan(left),
        "remaining": [_numbered(item.no, item.owed) for item in items],
    }


def calculate_reversal(given: dict[str, Any]) -> dict[str, Any]:
    """What the other payments come to once one of them is reversed.

    All items count as due; penalty is left out. Only what is not nothing is told.
    """
    items = sorted(objects_of(given, "items", _item, MOST_DEBTS))
    payments = objects_of(given, "payments", _payment, MOST_DEBTS)
    payments.sort(key=lambda payment: payment.on)
    undone = given.get("reverse")
    kept = [payment for payment in payments if payment.id != undone]
    if len(kept) != len(payments) - 1:
        raise Invalid("reverse", "unknown" if len(kept) == len(payments) else "ambiguous")
    mode = code_of(given, "mode", Mode, Mode.NORMAL)
    return {
        "allocated_after": [row for payment in kept for row in _replayed(payment, items, mode)],
        "remaining": [{"no": item.no, **_something(item.owed)} for item in items if any(item.owed)],
        "ledger_rows": len(payments) + 1,
        "net_cash": yuan(sum(payment.amount for payment in kept)),
    }


def _replayed(payment: _Payment, items: list[_Item], mode: Mode) -> list[dict[str, Any]]:
    pieces, _ = allocate([item.owed for item in items], payment.amount, mode)
    taken: dict[int, list[int]] = {}
    for index, component, amount in pieces:
        taken.setdefault(index, [0] * len(_PARTS))[component] += amount
        items[index].owed[component] -= amount
    return [
        {"payment": payment.id, "no": items[index].no, **_something(taken[index])}
        for index in sorted(taken)
    ]


def _mode(given: dict[str, Any]) -> Mode:
    dpd = whole_of(given, "dpd_before_payment", default=0)
    if given.get("principal_first_above_dpd", 0) is None:
        return Mode.NORMAL
    return mode_for(dpd, whole_of(given, "principal_first_above_dpd", default=90))


def _item(given: dict[str, Any]) -> _Item:
    owed = [fen_of(given, part, default="0.00") for part in _PARTS]
    return _Item(date_of(given, "due_on"), whole_of(given, "no"), owed)


def _payment(given: dict[str, Any]) -> _Payment:
    return _Payment(date_of(given, "on"), text(given, "id"), fen_of(given, "amount"))


def _reduction(given: dict[str, Any]) -> Reduction:
    return Reduction(
        date_of(given, "on"),
        fen_of(given, "principal", default="0.00"),
        fen_of(given, "interest", default="0.00"),
    )


def _numbered(no: int, amounts: Sequence[int]) -> dict[str, Any]:
    return {"no": no, **_parts(amounts)}


def _parts(amounts: Sequence[int]) -> dict[str, str]:
    return {part.value: yuan(amount) for part, amount in zip(_PARTS, amounts, strict=True)}


def _something(amounts: Sequence[int]) -> dict[str, str]:
    return {
        part.value: yuan(amount) for part, amount in zip(_PARTS, amounts, strict=True) if amount
    }


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "penalty": calculate_penalty,
    "allocation": calculate_allocation,
    "reversal": calculate_reversal,
}
