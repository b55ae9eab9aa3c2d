"""What the next days will ask of a loan if nothing is paid meanwhile.

A device without a network shows tomorrow's sums too, and may not reckon them itself. One replay
goes on from day to day; statements and payoffs of each day one by one say the same and cost ten
times as much. The tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from server.domain.events import Event
from server.domain.money import round_half_up
from server.domain.plan.prepaid import prepayment_fee
from server.domain.statement import figures
from server.domain.statement.effective import in_effect
from server.domain.statement.make import read, replayed
from server.domain.statement.replay import Replay
from server.domain.statement.result import Parts, Payoff
from server.domain.statement.sheet import Statement
from server.domain.terms import Terms


class DayAhead(NamedTuple):
    """One day: what is due on it (its own instalment included), days overdue, what pays off."""

    on: date
    due: Parts
    dpd: int
    payoff: Payoff


def look_ahead(
    terms: Terms, events: Iterable[Event], on: date, days: int
) -> tuple[Statement, tuple[DayAhead, ...]]:
    """The statement of `on`, and `days` days from `on` as the events known today make them.

    Raises what `statement` and `payoff` raise.
    """
    known = tuple(events)
    sheet: Statement | None = None
    found: list[DayAhead] = []
    for span in _spans(known, on, days):
        effect = in_effect(known, span[0])
        replay = replayed(terms, effect, span[0])
        sheet = sheet or read(replay, effect, on)
        found.extend(_day(replay, day) for day in span)
    assert sheet is not None  # noqa: S101 (there is at least one day)
    return sheet, tuple(found)


def _spans(known: Sequence[Event], on: date, days: int) -> Iterator[list[date]]:
    """The days, cut where an event that is known already begins to count."""
    begins = {event.value_on for event in known if event.value_on > on}
    span: list[date] = []
    for count in range(max(days, 1)):
        day = on + timedelta(days=count)
        if span and day in begins:
            yield span
            span = []
        span.append(day)
    yield span


def _day(replay: Replay, on: date) -> DayAhead:
    day = on.toordinal()
    replay.go_on_to(day)
    due = figures.owed(replay.awake)
    return DayAhead(on, due, replay.dpd(day), _payoff(replay, on, due))


def _payoff(replay: Replay, on: date, due: Parts) -> Payoff:
    """As `payoff` prices it, read off the plan: the row under way knows what is to come."""
    rows, terms = replay.course.rows, replay.terms
    is_pending = on < terms.disbursed_on
    to_come = 0 if is_pending else figures.balance_of(replay) - due.principal
    if to_come <= 0:
        return Payoff(on, due, 0, 0, 0, 0, replay.credit)
    row = rows[replay.next_row]
    start, day = row.start_on.toordinal(), on.toordinal()
    principal, scale = row.balance + row.principal, replay.course.scale
    rate_days = replay.penalty.rate_days(start, day)
    interest = round_half_up(principal * rate_days, terms.day_count.basis * scale)
    rate = next(step.rate for step in reversed(replay.course.rates) if step.start <= day)
    fee = prepayment_fee(terms, principal, rate, scale, row.no - 1)
    return Payoff(on, due, principal, interest, day - start, fee, replay.credit)
