"""The cash that somebody took on a day, by the ledger, and what was handed in of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from server.accounts.models import Branch, User
from server.domain.access import Actor, Permission
from server.domain.fieldwork import HandoverState
from server.repayments.models import Handover, HeldRepayment, Repayment

_CASH: Final = "cash"
_ONE_DAY: Final = dt.timedelta(days=1)
_DECIDED_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash of one person and day, in fen; `held` is what still waits to be confirmed.

    `handed_in` is the sum of what was handed in and not given back.
    """

    recorded: int
    held: int
    handed_in: int

    @property
    def expected(self) -> int:
        """What must be in the bag: held money is there as well."""
        return self.recorded + self.held


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A handover as the desk shows it; `cash` as of now."""

    id: str
    day: dt.date
    officer: str
    officer_id: str
    branch_name: str
    counted: int
    note: str
    state: HandoverState
    handed_at: dt.datetime
    from_field: bool
    recorded: int | None
    decided_by: str | None
    decided_at: dt.datetime | None
    decision_note: str
    cash: Cash

    @property
    def difference(self) -> int:
        """What is handed in for the day, less what the ledger expects."""
        expected = self.cash.expected if self.recorded is None else self.recorded
        return self.cash.handed_in - expected


def cash_of_day(session: Session, user_id: str, day: dt.date, zone: dt.tzinfo | None) -> Cash:
    """The cash that a person took on a day (by the clock of `zone`), recorded and held."""
    start = dt.datetime.combine(day, dt.time(), zone)
    end = dt.datetime.combine(day + _ONE_DAY, dt.time(), zone)
    taken_at = func.coalesce(Repayment.made_at, Repayment.recorded_at)
    recorded = select(func.coalesce(func.sum(Repayment.amount), 0)).where(
        Repayment.recorded_by == user_id,
        Repayment.method == _CASH,
        Repayment.reversed_by_id.is_(None),
        # The index leads by the day of the payment, which is near the day it was written down.
        Repayment.posted_on >= day,
        taken_at >= start,
        taken_at < end,
    )
    held = select(func.coalesce(func.sum(HeldRepayment.amount), 0)).where(
        HeldRepayment.taken_by == user_id,
        HeldRepayment.method == _CASH,
        HeldRepayment.status == "waiting",
        HeldRepayment.amount > 0,
        HeldRepayment.made_at >= start,
        HeldRepayment.made_at < end,
    )
    handed_in = select(func.coalesce(func.sum(Handover.counted), 0)).where(
        Handover.user_id == user_id,
        Handover.day == day,
        Handover.state != HandoverState.REFUSED.value,
    )
    return Cash(*(int(session.scalar(query) or 0) for query in (recorded, held, handed_in)))


def list_handovers(session: Session, actor: Actor, *, waiting: bool) -> list[HandoverRow]:
    """Handovers within reach: those that wait, the oldest first, or the latest decided."""
    actor.require(Permission.HANDOVERS_SIGN)
    is_waiting = Handover.state == HandoverState.WAITING.value
    query = _rows().where(is_waiting if waiting else ~is_waiting)
    if actor.branch_id is not None:
        query = query.where(Handover.branch_id == actor.branch_id)
    order = (Handover.day, Handover.id) if waiting else (Handover.decided_at.desc(), Handover.id)
    rows = session.execute(query.order_by(*order).limit(_DECIDED_ROWS * (4 if waiting else 1)))
    return [_row(session, actor, found) for found in rows]


def waiting_handover_count(session: Session, actor: Actor) -> int:
    """How many handovers wait for a signature within reach."""
    query = select(func.count()).where(Handover.state == HandoverState.WAITING.value)
    if actor.branch_id is not None:
        query = query.where(Handover.branch_id == actor.branch_id)
    return session.scalar(query) or 0


def _rows() -> Any:
    officer, decider = aliased(User), aliased(User)
    return (
        select(
            Handover,
            officer.display_name.label("officer"),
            decider.display_name.label("decider"),
            Branch.name.label("branch_name"),
        )
        .join(officer, officer.id == Handover.user_id)
        .join(Branch, Branch.id == Handover.branch_id)
        .outerjoin(decider, decider.id == Handover.decided_by)
    )


def _row(session: Session, actor: Actor, found: Any) -> HandoverRow:
    row: Handover = found.Handover
    return HandoverRow(
        id=row.id,
        day=row.day,
        officer=found.officer,
        officer_id=row.user_id,
        branch_name=found.branch_name,
        counted=row.counted,
        note=row.note,
        state=HandoverState(row.state),
        handed_at=row.handed_at,
        from_field=row.device is not None,
        recorded=row.recorded,
        decided_by=found.decider,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        cash=cash_of_day(session, row.user_id, row.day, actor.now.tzinfo),
    )
