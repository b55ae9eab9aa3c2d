"""The history of a loan as a device shows it: a line for each thing that happened, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from server.domain.events import Event, Opening, Reversal, Waiver
from server.domain.statement import Statement
from server.loans.models import COMPONENTS
from server.loans.queries import kind_of

LINES: Final = 60


class Receipt(NamedTuple):
    """What stands on the receipt of a payment: its number, and all the money brought, in fen."""

    receipt_no: str
    amount: int


def history_of(
    sheet: Statement,
    events: Sequence[Event],
    receipts: Mapping[str, Receipt],
    parts: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The last lines, as `LoanEntry` in documents.ts.

    `receipts` are by event. `parts` names for an event the one whose money it is a part of: such
    an event has no line, its money stands in the line of the other, as on the receipt.
    """
    went = _pieces(sheet, parts)
    undone = {event.of for event in events if isinstance(event, Reversal)}
    told = [each for each in events if not _is_part(each, parts)]
    by_id = {event.id: event for event in events}
    newest = sorted(told, key=lambda event: event.order, reverse=True)[:LINES]
    return [
        {
            "id": event.id,
            "on": event.value_on.isoformat(),
            "kind": kind_of(event),
            "amount": _amount(event, by_id, receipts, went),
            "receipt_no": receipts[event.id].receipt_no if event.id in receipts else None,
            "reversed": event.id in undone,
            "parts": _named(event, went),
        }
        for event in newest
    ]


def _is_part(event: Event, parts: Mapping[str, str]) -> bool:
    return (event.of if isinstance(event, Reversal) else event.id) in parts


def _pieces(sheet: Statement, parts: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Fen by component for each payment; what is left of it as credit is a component too."""
    went: dict[str, dict[str, int]] = {}
    lots = ((lot.event_id, "credit", lot.amount + lot.refunded) for lot in sheet.credit_lots)
    laid = ((each.event_id, each.component.value, each.amount) for each in sheet.allocations)
    for event_id, component, amount in (*laid, *lots):
        sums = went.setdefault(parts.get(event_id, event_id), {})
        sums[component] = sums.get(component, 0) + amount
    return went


def _amount(
    event: Event,
    by_id: Mapping[str, Event],
    receipts: Mapping[str, Receipt],
    went: Mapping[str, Mapping[str, int]],
) -> int | None:
    """The money of a line in fen, negative where it went back; None where none moved."""
    if isinstance(event, Reversal):
        back = _amount(by_id[event.of], by_id, receipts, went)
        return None if back is None else -back
    if event.id in receipts:
        return receipts[event.id].amount
    if isinstance(event, Opening):
        return event.principal
    if event.id in went:
        return sum(went[event.id].values())
    amount: int | None = getattr(event, "amount", None)
    return amount


def _named(event: Event, went: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    sums = went.get(event.id, {})
    if isinstance(event, Waiver):
        sums = {event.component.value: event.amount}
    return list(_in_order(sums))


def _in_order(sums: Mapping[str, int]) -> Iterable[dict[str, Any]]:
    for name in COMPONENTS:
        if sums.get(name):
            yield {"name": name, "amount": sums[name]}
