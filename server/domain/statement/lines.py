"""The statement told as a story: one line for each fact, with the balances after it.

Lines stand in order of value date; on one day the instalment falls due first, credit serves it,
then come the events. What was reversed stays in the story, but moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from server.domain.events import (
    CreditRefund,
    Event,
    Extension,
    FeeCharge,
    Opening,
    Prepayment,
    RateChange,
    Repayment,
    Reversal,
    Waiver,
    WriteOff,
)
from server.domain.statement.result import Allocation, Line, LineKind, Parts
from server.domain.statement.sheet import Statement

KINDS: Final[dict[type[Event], LineKind]] = {
    Opening: LineKind.OPENED,
    Repayment: LineKind.REPAID,
    Prepayment: LineKind.PREPAID,
    CreditRefund: LineKind.CREDIT_REFUNDED,
    FeeCharge: LineKind.FEE_CHARGED,
    Waiver: LineKind.WAIVED,
    RateChange: LineKind.RATE_CHANGED,
    Extension: LineKind.EXTENDED,
    WriteOff: LineKind.WRITTEN_OFF,
    Reversal: LineKind.REVERSAL,
}
_DISBURSED, _DUE, _CREDIT_ON_DUE, _EVENT, _CREDIT_ON_FEE = range(5)
_MOVING_PRINCIPAL: Final = (LineKind.REPAID, LineKind.CREDIT_APPLIED, LineKind.PREPAID)
_NOTHING: Final = Parts()


class _Fact(NamedTuple):
    """A line before its balances. `rank` orders the facts of one day."""

    on: date
    rank: int
    posted_on: date
    kind: LineKind
    event_id: str | None = None
    instalment_no: int | None = None
    amount: int = 0
    parts: Parts = _NOTHING
    is_reversed: bool = False


def lines_of(sheet: Statement) -> tuple[Line, ...]:
    """All lines of a statement, oldest first."""
    facts = [*_loan_facts(sheet), *_credit_facts(sheet), *_event_facts(sheet)]
    facts.sort(key=lambda fact: (fact.on, fact.rank))
    return tuple(_with_balances(sheet, facts))


def _loan_facts(sheet: Statement) -> Iterable[_Fact]:
    """The disbursement and the instalments that fell due, since a takeover where there was one."""
    start = sheet.terms.disbursed_on
    if start <= sheet.as_of:
        yield _Fact(start, _DISBURSED, start, LineKind.DISBURSED, amount=sheet.terms.principal)
    opening = _opening(sheet)
    since = opening.value_on if opening else start
    for state in sheet.instalments:
        if since < state.due_on <= sheet.as_of:
            asked = Parts(fee=state.due.fee, interest=state.due.interest)
            asked = asked._replace(principal=state.due.principal)
            yield _Fact(
                state.due_on, _DUE, state.due_on, LineKind.FELL_DUE, None, state.no, 0, asked
            )


def _credit_facts(sheet: Statement) -> Iterable[_Fact]:
    """Credit laid on what fell due: one line for each payment it came from and day."""
    due_days = {state.due_on for state in sheet.instalments}
    groups: dict[tuple[date, str], list[Allocation]] = {}
    for piece in sheet.allocations:
        if piece.from_credit:
            groups.setdefault((piece.on, piece.event_id), []).append(piece)
    for (on, event_id), pieces in groups.items():
        rank = _CREDIT_ON_DUE if on in due_days else _CREDIT_ON_FEE
        no = pieces[0].instalment_no
        yield _Fact(on, rank, on, LineKind.CREDIT_APPLIED, event_id, no, 0, _summed(pieces))


def _event_facts(sheet: Statement) -> Iterable[_Fact]:
    """The events in their order, each reversal on the value date of what it reverses."""
    by_id = {event.id: event for event in sheet.history}
    undone = {event.of for event in sheet.history if isinstance(event, Reversal)}
    pieces: dict[str, list[Allocation]] = {}
    for piece in (*sheet.allocations, *sheet.waivers):
        if not piece.from_credit:
            pieces.setdefault(piece.event_id, []).append(piece)
    for event in sheet.history:
        meant = by_id[event.of] if isinstance(event, Reversal) else event
        if meant.value_on > sheet.as_of:
            continue
        sign = -1 if isinstance(event, Reversal | CreditRefund) else 1
        parts = _summed(pieces.get(event.id, ()))
        if isinstance(event, FeeCharge) and event.id not in undone:
            parts = Parts(fee=event.amount)
        yield _Fact(
            meant.value_on,
            _DUE if isinstance(event, Opening) else _EVENT,
            event.posted_on,
            KINDS[type(event)],
            event.id,
            getattr(event, "instalment_no", None),
            sign * _money(meant, parts),
            parts,
            event.id in undone,
        )


def _money(event: Event, parts: Parts) -> int:
    if isinstance(event, Repayment | CreditRefund):
        return event.amount
    if isinstance(event, Prepayment):
        return parts.total or event.principal or 0
    return 0


def _summed(pieces: Iterable[Allocation]) -> Parts:
    sums = dict.fromkeys(Parts._fields, 0)
    for piece in pieces:
        sums[piece.component.value] += piece.amount
    return Parts(**sums)


def _opening(sheet: Statement) -> Opening | None:
    undone = {event.of for event in sheet.history if isinstance(event, Reversal)}
    for event in sheet.history:
        if isinstance(event, Opening) and event.id not in undone:
            return event
    return None


def _with_balances(sheet: Statement, facts: Iterable[_Fact]) -> Iterable[Line]:
    """Run principal and credit through the facts."""
    opening, balance, credit = _opening(sheet), 0, 0
    for fact in facts:
        if fact.kind is LineKind.DISBURSED:
            balance = fact.amount
        elif opening and fact.event_id == opening.id:
            balance = opening.principal
        elif not fact.is_reversed:
            if fact.kind in _MOVING_PRINCIPAL or fact.kind is LineKind.WAIVED:
                balance -= fact.parts.principal
            if fact.kind in (LineKind.REPAID, LineKind.CREDIT_APPLIED, LineKind.CREDIT_REFUNDED):
                credit += fact.amount - fact.parts.total
        yield Line(
            fact.on, fact.posted_on, fact.kind, fact.event_id, fact.instalment_no, fact.amount,
            fact.parts, balance, credit, fact.is_reversed,
        )  # fmt: skip
