"""What a list needs to know of a loan on a day, without the instalments one by one.

For a loan on which no money was recorded yet, as an import brings in by the ten thousand; the
full statement says the same and costs four times as much. The tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from server.domain.events import Event, Extension, Opening, RateChange, WriteOff
from server.domain.penalty import penalty_rate
from server.domain.plan.rows import Course
from server.domain.plan.walk import walk
from server.domain.standing import Status
from server.domain.statement import figures
from server.domain.statement.due import Due
from server.domain.statement.effective import in_effect
from server.domain.statement.make import plan_changes, refuse_unknowable
from server.domain.statement.replay import Replay
from server.domain.statement.result import NextDue, Parts
from server.domain.terms import Terms

_KNOWN = (Opening, RateChange, Extension, WriteOff)


class Outline(NamedTuple):
    """Figures under the names of `Statement`; `unpaid_due_on` is the oldest day, past or to come,
    from which something unpaid counts.
    """

    as_of: date
    status: Status
    principal_balance: int
    due: Parts
    overdue: Parts
    dpd: int
    worst_dpd: int
    times_overdue: int
    overdue_instalments: int
    unpaid_due_on: date | None
    next_due: NextDue | None
    maturity_on: date
    settled_on: date | None
    terms: Terms

    @property
    def credit(self) -> int:
        """Nothing was paid, so nothing too much."""
        return 0

    @property
    def last_payment(self) -> None:
        """Nothing was paid."""


def outline(terms: Terms, events: Iterable[Event], as_of: date) -> Outline:
    """The outline of a loan on `as_of`. Raises as `statement` does, `TypeError` for payments."""
    effect = in_effect(events, as_of)
    if not all(isinstance(event, _KNOWN) for event in effect.events):
        raise TypeError("an outline is for loans without payments")
    refuse_unknowable(terms, effect, as_of)
    course = walk(terms, plan_changes(effect.events), until=max(as_of, terms.disbursed_on))
    if not effect.events:
        return _untouched(terms, course, as_of)
    if _is_clean(effect.events, course):
        return _untouched(terms, course, as_of, effect.events[0])
    replay = Replay(terms, course)
    replay.run(effect.events, as_of)
    return _read(replay, effect.events, as_of)


def _is_clean(events: Sequence[Event], course: Course) -> bool:
    """Whether a loan was taken over with nothing in arrears, and nothing happened since."""
    opening, taken = events[0], course.taken_over
    if len(events) > 1 or taken is None or not isinstance(opening, Opening):
        return False
    owed = (opening.interest_due, opening.penalty_due, opening.compound_due, opening.fee_due)
    is_told = opening.interest_due is not None or opening.oldest_due_on is None
    return is_told and taken.overdue_principal == 0 and not any(owed)


def _untouched(terms: Terms, course: Course, as_of: date, opening: Event | None = None) -> Outline:
    """A loan to which nothing happened: all that fell due is owed, and accrues from its day.

    So it is from a clean takeover on, with what was outstanding then.
    """
    paid_rows = course.taken_over.rows if course.taken_over else 0
    principal_balance = opening.principal if isinstance(opening, Opening) else terms.principal
    day, is_pending = as_of.toordinal(), as_of < terms.disbursed_on
    steps, top, bottom = penalty_rate(terms, course.rates, course.scale)
    rate = steps[0].rate  # nothing happened, so it never changed
    grace, tolerance, compound = terms.grace_days, terms.tolerance, terms.compound
    penalties = compounds = interest = principal = 0
    late = late_interest = late_principal = worst = 0
    first: date | None = None
    upcoming = None
    for row in course.rows[paid_rows:]:
        if row.total > tolerance:
            first = first or terms.counts_from(row.due_on)
        if row.due_on > as_of:
            if upcoming is None and row.total:
                upcoming = NextDue(row.no, row.due_on, row.total, 0)
            continue
        days = day - terms.counts_from(row.due_on).toordinal()
        interest += row.interest
        principal += row.principal
        if days <= grace or row.total <= tolerance:
            continue  # in time still, or too small to be late: it accrues nothing
        rate_days = rate * days * top
        penalties += (2 * row.principal * rate_days + bottom) // (2 * bottom)
        if compound:
            compounds += (2 * row.interest * rate_days + bottom) // (2 * bottom)
        late += 1
        worst = worst or days
        late_interest += row.interest
        late_principal += row.principal
    settled = not (interest or principal) and upcoming is None
    return Outline(
        as_of=as_of,
        status=figures.status_of(
            is_pending=is_pending, written_off=False, settled=settled, dpd=worst, extended=False
        ),
        principal_balance=0 if is_pending else principal_balance,
        due=Parts(0, penalties, compounds, interest, principal),
        overdue=Parts(0, penalties, compounds, late_interest, late_principal),
        dpd=worst,
        worst_dpd=worst,
        times_overdue=late,
        overdue_instalments=late,
        unpaid_due_on=first,
        next_due=upcoming,
        maturity_on=course.maturity_on,
        settled_on=opening.value_on if settled and opening else None,
        terms=terms,
    )


def _read(replay: Replay, events: list[Event], as_of: date) -> Outline:
    day, is_pending = as_of.toordinal(), as_of < replay.terms.disbursed_on
    overdue = figures.overdue_items(replay, day)
    dpd = replay.dpd(day)
    times_overdue, worst_dpd = figures.lateness_of(replay, day)
    settled_on = figures.settled_on_of(replay)
    upcoming = figures.next_due_of(replay)
    return Outline(
        as_of=as_of,
        status=figures.status_of(
            is_pending=is_pending,
            written_off=replay.written_off_on is not None,
            settled=settled_on is not None,
            dpd=dpd,
            extended=figures.is_extended(events),
        ),
        principal_balance=0 if is_pending else _balance(replay),
        due=figures.owed(replay.awake),
        overdue=figures.owed(overdue),
        dpd=dpd,
        worst_dpd=worst_dpd,
        times_overdue=times_overdue,
        overdue_instalments=len(overdue),
        unpaid_due_on=_unpaid_due_on(replay, overdue),
        next_due=upcoming,
        maturity_on=replay.course.maturity_on,
        settled_on=settled_on,
        terms=replay.terms,
    )


def _balance(replay: Replay) -> int:
    """What is left of the items that fell due, and the principal before the next row."""
    rows, to_come = replay.course.rows, replay.next_row
    left = sum(item.left[-1] for item in replay.by_no.values())
    return left + (rows[to_come].balance + rows[to_come].principal if to_come < len(rows) else 0)


def _unpaid_due_on(replay: Replay, overdue: Sequence[Due]) -> date | None:
    """From what is overdue counts the day that was told; what is not counts from its own day."""
    if overdue:
        return date.fromordinal(overdue[0].due)
    tolerance = replay.terms.tolerance
    for item in replay.awake:
        if item.unpaid() > tolerance:
            row = replay.course.rows[item.no - 1] if item.no else None
            return replay.terms.counts_from(row.due_on) if row else date.fromordinal(item.due)
    for row in replay.course.rows[replay.next_row :]:
        known = replay.by_no.get(row.no)
        if (known.unpaid() if known else row.total) > tolerance:
            return replay.terms.counts_from(row.due_on)
    return None
