"""Adding to a loan's history: the one way in which anything happens to a loan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from server.database import new_id, record
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound
from server.domain.events import Event, Reversal
from server.domain.money import yuan
from server.domain.statement import Statement
from server.loans.actions.booking import event_row
from server.loans.actions.following import tell_followers
from server.loans.actions.states import refresh_states
from server.loans.models import Loan, LoanEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way into a loan's history, with the reason and what it is a part of.

    `noted` is False where the caller writes the audit entry itself, with more to tell.
    """

    event: Event
    reason: str = ""
    part_of_id: str | None = None
    noted: bool = True


@dataclass(frozen=True, slots=True)
class Added:
    """The events as stored, and the loan's statement of today with them."""

    events: tuple[Event, ...]
    sheet: Statement


def add_events(session: Session, actor: Actor, loan: Loan, entries: Sequence[Entry]) -> Added:
    """Add events to one locked loan; see `add_events_to`."""
    return add_events_to(session, actor, [(loan, entries)])[loan.id]


def add_events_to(
    session: Session, actor: Actor, histories: Sequence[tuple[Loan, Sequence[Entry]]]
) -> dict[str, Added]:
    """Add events to locked loans and derive their states; gives what was added by loan id.

    Ids are given here where they are empty, the order always; all are posted today. Raises what
    `domain.statement` refuses, as `Invalid`.
    """
    loans = [loan for loan, _ in histories]
    places = _last_places(session, [loan.id for loan in loans])
    stored: dict[str, tuple[Event, ...]] = {}
    rows: list[dict[str, Any]] = []
    for loan, entries in histories:
        stored[loan.id] = _placed(entries, places.get(loan.id, 0), actor)
        rows.extend(_rows(session, actor, loan, entries, stored[loan.id]))
        loan.updated_at = actor.now
        record.changed(session, ("loan", loan.id), loan.branch_id, customer_id=loan.customer_id)
    table = LoanEvent.__table__
    if isinstance(table, Table) and rows:
        session.execute(insert(table), rows)
    sheets = refresh_states(session, loans, actor.today)
    tell_followers(session, actor, [loan.id for loan in loans])
    return {loan.id: Added(stored[loan.id], sheets[loan.id]) for loan in loans}


def _placed(entries: Sequence[Entry], last: int, actor: Actor) -> tuple[Event, ...]:
    return tuple(
        replace(entry.event, id=entry.event.id or new_id(), posted_on=actor.today, order=place)
        for place, entry in enumerate(entries, last + 1)
    )


def _rows(
    session: Session, actor: Actor, loan: Loan, entries: Sequence[Entry], events: Sequence[Event]
) -> list[dict[str, Any]]:
    rows = []
    for event, entry in zip(events, entries, strict=True):
        owner = (loan.id, loan.branch_id)
        row = event_row(owner, event, actor, reason=entry.reason, part_of_id=entry.part_of_id)
        if entry.noted:
            _note(session, actor, loan, row)
        rows.append(row)
    return rows


def reverse_events(
    session: Session, actor: Actor, loan: Loan, event_id: str, reason: str
) -> tuple[str, Statement]:
    """Reverse an event and what is a part of it; gives the id of the (first) reversing event.

    Raises `NotFound` for an event of another loan and `Invalid("event", …)` for one that is a
    reversal, an opening, or reversed already.
    """
    rows = list(
        session.scalars(
            select(LoanEvent)
            .where(
                LoanEvent.loan_id == loan.id,
                (LoanEvent.id == event_id) | (LoanEvent.part_of_id == event_id),
            )
            .order_by(LoanEvent.place.desc())
        )
    )
    wanted = next((row for row in rows if row.id == event_id), None)
    if wanted is None:
        raise NotFound("loan_event", event_id)
    if wanted.kind in {"reversal", "opening"} or wanted.part_of_id is not None:
        raise Invalid("event", "not_reversible")
    if is_reversed(session, event_id):
        raise Invalid("event", "already_reversed")
    # The one that was asked for goes first: its reversal is what callers keep.
    rows.sort(key=lambda row: row.id != event_id)
    entries = [
        Entry(Reversal(id="", value_on=row.value_on, posted_on=actor.today, of=row.id), reason)
        for row in rows
    ]
    added = add_events(session, actor, loan, entries)
    return added.events[0].id, added.sheet


def is_reversed(session: Session, event_id: str) -> bool:
    """Whether an event was reversed."""
    query = select(LoanEvent.id).where(LoanEvent.reverses_id == event_id)
    return session.scalar(query) is not None


def _last_places(session: Session, loan_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(LoanEvent.loan_id, func.max(LoanEvent.place).label("last"))
        .where(LoanEvent.loan_id.in_(loan_ids))
        .group_by(LoanEvent.loan_id)
    )
    return {row.loan_id: row.last for row in session.execute(query)}


def _note(session: Session, actor: Actor, loan: Loan, row: dict[str, Any]) -> None:
    details = {name: [None, _told(name, value)] for name, value in row["details"].items()}
    record.note(
        session,
        actor,
        f"loan.{row['kind']}",
        ("loan", loan.id),
        branch_id=loan.branch_id,
        changes={"value_on": [None, row["value_on"].isoformat()], **details},
        reason=row["reason"],
    )


def _told(name: str, value: Any) -> Any:
    """Fen as yuan text: the audit is read by people."""
    is_money = isinstance(value, int) and name not in {"instalment_no", "periods"}
    return yuan(value) if is_money and name != "frequency_months" else value
