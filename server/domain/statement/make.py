"""Making a statement: choose the events, walk the plan, replay, read the figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from server.domain.allocation import INTEREST, PRINCIPAL
from server.domain.errors import Invalid
from server.domain.events import Event, Extension, Opening, Prepayment, RateChange
from server.domain.plan.walk import PlanChange, walk
from server.domain.statement import figures
from server.domain.statement.effective import InEffect, in_effect
from server.domain.statement.replay import Replay
from server.domain.statement.sheet import Statement
from server.domain.terms import Terms


def statement(
    terms: Terms, events: Iterable[Event], as_of: date, *, known_on: date | None = None
) -> Statement:
    """Every figure of a loan on `as_of`, as known at the end of `known_on` (None: all is known).

    A pure function of the set of events: their order in the input does not matter, what is valued
    after `as_of` is left out. Raises `Invalid` for events that contradict the loan or each other:
    `("value_on", "before_disbursement")` for any event earlier than the loan (whoever takes in
    such a payment must hold it back), `("as_of", "before_opening")` for a day of which a loan
    taken over knows nothing, and what `plan.walk` and `effective.in_effect` refuse.
    """
    effect = in_effect(events, as_of, known_on)
    return read(replayed(terms, effect, as_of), effect, as_of)


def replayed(terms: Terms, effect: InEffect, as_of: date) -> Replay:
    """A loan that lived up to the end of `as_of`. Raises as `statement` does."""
    refuse_unknowable(terms, effect, as_of)
    replay = Replay(terms, walk(terms, plan_changes(effect.events)))
    replay.run(effect.events, as_of)
    return replay


def plan_changes(events: Iterable[Event]) -> list[PlanChange]:
    """Those events that change the plan."""
    return [e for e in events if isinstance(e, RateChange | Prepayment | Extension | Opening)]


def refuse_unknowable(terms: Terms, effect: InEffect, as_of: date) -> None:
    """Refuse what no statement can be made of: see `statement`."""
    if effect.events and effect.events[0].value_on < terms.disbursed_on:
        raise Invalid("value_on", "before_disbursement")
    if as_of < terms.disbursed_on or not effect.history:
        return
    for event in effect.history:
        if isinstance(event, Opening) and event.value_on > as_of:
            raise Invalid("as_of", "before_opening")


def read(replay: Replay, effect: InEffect, as_of: date) -> Statement:
    """The figures of a replay as it stands; it may go on afterwards."""
    day, events = as_of.toordinal(), effect.events
    is_pending = as_of < replay.terms.disbursed_on
    states = figures.instalments_of(replay, day)
    overdue = figures.overdue_items(replay, day)
    dpd = replay.dpd(day)
    times_overdue, worst_dpd = figures.lateness_of(replay, day)
    balance = 0 if is_pending else figures.balance_of(replay)
    settled_on = figures.settled_on_of(replay)
    extended = figures.is_extended(events)
    written_off = replay.written_off_on is not None
    return Statement(
        as_of=as_of,
        status=figures.status_of(
            is_pending=is_pending,
            written_off=written_off,
            settled=settled_on is not None,
            dpd=dpd,
            extended=extended,
        ),
        instalments=states,
        charges=figures.charges_of(replay),
        prepaid=figures.prepaid_of(replay),
        allocations=tuple(replay.allocations),
        waivers=tuple(replay.waivers),
        credit_lots=figures.lots_of(replay),
        credit=replay.credit,
        principal_balance=balance,
        due=figures.owed(replay.awake),
        overdue=figures.owed(overdue),
        paid=figures.summed(replay.allocations),
        waived=figures.summed(replay.waivers),
        dpd=dpd,
        principal_dpd=figures.component_dpd(replay, day, PRINCIPAL),
        interest_dpd=figures.component_dpd(replay, day, INTEREST),
        oldest_unpaid_due_on=date.fromordinal(overdue[0].due) if overdue else None,
        overdue_instalments=len(overdue),
        next_due=figures.next_due_of(replay),
        times_overdue=times_overdue,
        worst_dpd=worst_dpd,
        last_payment=figures.last_payment_of(events, replay),
        maturity_on=replay.course.maturity_on,
        settled_on=settled_on,
        is_extended=extended,
        is_written_off=written_off,
        terms=replay.terms,
        history=effect.history,
    )
