"""Reading the figures off a finished replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from server.domain.allocation import PRINCIPAL
from server.domain.events import Event, Extension, Prepayment, Repayment
from server.domain.plan.rows import Instalment
from server.domain.standing import Status
from server.domain.statement.due import Due
from server.domain.statement.replay import Replay
from server.domain.statement.result import (
    Charge,
    CreditLot,
    InstalmentState,
    LastPayment,
    NextDue,
    Parts,
    PrepaidItem,
)

NOTHING: Final = Parts(0, 0, 0, 0, 0)


def instalments_of(replay: Replay, day: int) -> tuple[InstalmentState, ...]:
    """All instalments of the plan as of `day`, after what a takeover could not place."""
    by_no, opening = replay.by_no, replay.opening
    taken = replay.course.taken_over
    before, taken_on = (taken.rows, opening.value_on) if taken and opening else (0, None)
    states = []
    if 0 in by_no:
        states.append(_carried(replay, by_no[0], day))
    for row in replay.course.rows:
        item = by_no.get(row.no)
        if item is not None:
            states.append(_state(row, item, day))
        elif row.no <= before:
            states.append(_untouched(row, NOTHING, taken_on))
        else:
            states.append(_untouched(row, Parts(0, 0, 0, row.interest, row.principal), None))
    return tuple(states)


def _untouched(row: Instalment, unpaid: Parts, settled_on: date | None) -> InstalmentState:
    """An instalment still to come, or one that was paid before the takeover."""
    due = unpaid if settled_on is None else Parts(0, 0, 0, row.interest, row.principal)
    paid = NOTHING if settled_on is None else due
    return InstalmentState(
        row.no, row.start_on, row.due_on, row.days, row.balance,
        due, paid, NOTHING, unpaid, settled_on, settled_on, False, 0,
    )  # fmt: skip


def _state(row: Instalment, item: Due, day: int) -> InstalmentState:
    unpaid = Parts(*item.left)
    paid = Parts(*item.paid) if item.paid else NOTHING
    waived = Parts(*item.waived) if item.waived else NOTHING
    fee, penalty, compound, interest, principal = unpaid
    if item.interest != row.interest or item.principal != row.principal:
        paid = _with_paid_before(paid, row, item)
    due = Parts(
        fee + paid.fee + waived.fee,
        penalty + paid.penalty + waived.penalty,
        compound + paid.compound + waived.compound,
        interest + paid.interest + waived.interest,
        principal + paid.principal + waived.principal,
    )
    late = item.days_late(day)
    return InstalmentState(
        row.no, row.start_on, row.due_on, row.days, row.balance, due, paid, waived, unpaid,
        _day(item.cleared), _day(item.settled), late > 0, 0 if item.cleared else late,
    )  # fmt: skip


def _with_paid_before(paid: Parts, row: Instalment, item: Due) -> Parts:
    """What an instalment had received before the takeover counts as paid."""
    return paid._replace(
        interest=paid.interest + max(row.interest - item.interest, 0),
        principal=paid.principal + max(row.principal - item.principal, 0),
    )


def _carried(replay: Replay, item: Due, day: int) -> InstalmentState:
    on = date.fromordinal(item.due)
    start_on = min(replay.terms.disbursed_on, on)
    balance = replay.course.rows[0].balance if replay.course.rows else 0
    row = Instalment(0, start_on, on, 0, item.principal, item.interest, 0, balance)
    return _state(row, item, day)


def _day(ordinal: int) -> date | None:
    return date.fromordinal(ordinal) if ordinal else None


def charges_of(replay: Replay) -> tuple[Charge, ...]:
    """The fees that stand on their own."""
    return tuple(
        Charge(
            item.event_id,
            date.fromordinal(item.due),
            item.fee,
            item.paid[0] if item.paid else 0,
            item.waived[0] if item.waived else 0,
            _day(item.settled),
        )
        for item in replay.charges
    )


def prepaid_of(replay: Replay) -> tuple[PrepaidItem, ...]:
    """The prepayments, with what each consisted of."""
    return tuple(
        PrepaidItem(p.event_id, p.on, p.days, p.principal, p.interest, p.fee)
        for p in replay.course.prepaid
    )


def lots_of(replay: Replay) -> tuple[CreditLot, ...]:
    """Payments with credit left or refunded."""
    return tuple(
        CreditLot(lot.event_id, lot.amount, lot.refunded)
        for lot in replay.lots
        if lot.amount or lot.refunded
    )


def owed(items: Iterable[Due]) -> Parts:
    """The sum of what is left of some items."""
    fee = penalty = compound = interest = principal = 0
    for item in items:
        left = item.left
        fee += left[0]
        penalty += left[1]
        compound += left[2]
        interest += left[3]
        principal += left[4]
    return Parts(fee, penalty, compound, interest, principal)


def summed(journal: Iterable[tuple[object, ...]]) -> Parts:
    """The sum of allocations by component."""
    sums = dict.fromkeys(Parts._fields, 0)
    for entry in journal:
        sums[str(entry[3])] += entry[4]  # type: ignore[operator]
    return Parts(**sums)


def component_dpd(replay: Replay, day: int, component: int) -> int:
    """Days overdue counted on one component alone."""
    tolerance = replay.terms.tolerance
    for item in replay.awake:
        if day > item.grace_end and item.left[component] > tolerance:
            return day - item.due
    return 0


def overdue_items(replay: Replay, day: int) -> list[Due]:
    """What is past due and grace with more than the tolerance unpaid, oldest first."""
    tolerance = replay.terms.tolerance
    return [i for i in replay.awake if day > i.grace_end and i.unpaid() > tolerance]


def lateness_of(replay: Replay, day: int) -> tuple[int, int]:
    """How many instalments were or are late, and the most days any item stood open."""
    late = [days for item in replay.by_no.values() if (days := item.days_late(day))]
    fees = [item.days_late(day) for item in replay.charges]
    return len(late), max((*late, *fees), default=0)


def balance_of(replay: Replay) -> int:
    """All principal outstanding, due or not."""
    by_no = replay.by_no
    balance = sum(item.left[PRINCIPAL] for item in by_no.values())
    for row in replay.course.rows[replay.next_row :]:
        if row.no not in by_no:
            balance += row.principal
    return balance


def next_due_of(replay: Replay) -> NextDue | None:
    """The first instalment still to come with something to pay."""
    for row in replay.course.rows[replay.next_row :]:
        item = replay.by_no.get(row.no)
        amount = item.unpaid() if item else row.total
        if amount:
            return NextDue(row.no, row.due_on, amount, min(replay.credit, amount))
    return None


def last_payment_of(events: Sequence[Event], replay: Replay) -> LastPayment | None:
    """The latest money received."""
    for event in reversed(events):
        if isinstance(event, Repayment):
            return LastPayment(event.id, event.value_on, event.amount)
        if isinstance(event, Prepayment):
            item = replay.prepaid[event.id]
            return LastPayment(event.id, item.on, item.principal + item.interest + item.fee)
    return None


def settled_on_of(replay: Replay) -> date | None:
    """The day the last fen was paid; None while anything is owed or still to come."""
    if replay.awake or next_due_of(replay) is not None:
        return None
    days = [item.settled for item in (*replay.by_no.values(), *replay.charges)]
    days += [item.on.toordinal() for item in replay.course.prepaid]
    if replay.opening is not None:
        days.append(replay.opening.value_on.toordinal())
    return _day(max(days, default=0))


def is_extended(events: Iterable[Event]) -> bool:
    """Whether an extension is in force."""
    return any(type(event) is Extension for event in events)


def status_of(
    *, is_pending: bool, written_off: bool, settled: bool, dpd: int, extended: bool
) -> Status:
    """The one word for all this."""
    if is_pending:
        return Status.PENDING
    if written_off:
        return Status.WRITTEN_OFF
    if settled:
        return Status.SETTLED
    if dpd:
        return Status.OVERDUE
    return Status.EXTENDED if extended else Status.NORMAL
