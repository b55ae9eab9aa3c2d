"""What holds for every life of every loan."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.events import Event, Repayment, Reversal
from server.domain.statement import Statement, lines_of, statement
from server.domain.terms import Terms
from tests.properties.loans import LAST, days, lives

Life = tuple[Terms, list[Event]]


def _sheet(life: Life, as_of: date = LAST) -> Statement:
    loan, events = life
    return statement(loan, events, max(as_of, loan.disbursed_on))


@given(lives(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(life: Life, chance: object) -> None:
    loan, events = life
    shuffled = events[:]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    first, second = _sheet(life), _sheet((loan, shuffled))

    assert first == second
    assert first.history == second.history
    assert lines_of(first) == lines_of(second)


@given(lives(), days)
def test_every_payment_is_wholly_allocated_refunded_or_credit(life: Life, as_of: date) -> None:
    sheet = _sheet(life, as_of)

    for event in life[1]:
        if isinstance(event, Repayment) and event.value_on <= sheet.as_of:
            used = sum(piece.amount for piece in sheet.allocations if piece.event_id == event.id)
            kept = sum(
                lot.amount + lot.refunded for lot in sheet.credit_lots if lot.event_id == event.id
            )
            assert used + kept == event.amount


@given(lives(), days)
def test_principal_is_paid_waived_or_outstanding(life: Life, as_of: date) -> None:
    sheet = _sheet(life, as_of)

    gone = sheet.paid.principal + sheet.waived.principal
    assert gone + sheet.principal_balance == life[0].principal


@given(lives(), days)
def test_no_figure_is_negative_and_parts_add_up(life: Life, as_of: date) -> None:
    sheet = _sheet(life, as_of)

    assert sheet.credit == sum(lot.amount for lot in sheet.credit_lots) >= 0
    for state in sheet.instalments:
        for due, paid, waived, unpaid in zip(
            state.due, state.paid, state.waived, state.unpaid, strict=True
        ):
            assert min(due, paid, waived, unpaid) >= 0
            assert due == paid + waived + unpaid
        assert state.balance >= 0
    assert not (sheet.credit and sheet.due.total), "credit never waits beside a debt"


@given(lives(), st.data())
def test_a_reversed_event_leaves_no_trace_but_in_the_history(
    life: Life, data: st.DataObject
) -> None:
    loan, events = life
    if not events:
        return
    gone = data.draw(st.sampled_from(events))
    reversal = Reversal(id="undo", value_on=gone.value_on, posted_on=LAST, of=gone.id)
    without = [event for event in events if event is not gone]

    undone = statement(loan, [*events, reversal], LAST)

    assert undone == statement(loan, without, LAST)
    assert len(undone.history) == len(without) + 2


@given(lives(), days, st.integers(1, 200))
def test_days_overdue_never_fall_without_an_event(life: Life, as_of: date, more: int) -> None:
    loan, events = life
    as_of = max(as_of, loan.disbursed_on)
    later = as_of + timedelta(days=more)
    if any(as_of < event.value_on <= later for event in events):
        return

    assert statement(loan, events, later).dpd >= statement(loan, events, as_of).dpd
    assert statement(loan, events, later).worst_dpd >= statement(loan, events, as_of).worst_dpd


@given(lives(), days)
def test_what_happens_later_does_not_reach_back(life: Life, as_of: date) -> None:
    loan, events = life
    as_of = max(as_of, loan.disbursed_on)
    until_then = [event for event in events if event.value_on <= as_of]

    assert statement(loan, events, as_of) == statement(loan, until_then, as_of)


@given(lives(), days)
def test_the_lines_end_at_the_balances_of_the_statement(life: Life, as_of: date) -> None:
    sheet = _sheet(life, as_of)

    assert lines_of(sheet)[-1].principal_balance == sheet.principal_balance
    assert lines_of(sheet)[-1].credit == sheet.credit
    assert [line.on for line in lines_of(sheet)] == sorted(line.on for line in lines_of(sheet))


@given(lives())
def test_an_instalment_counts_as_late_only_past_due_date_and_grace(life: Life) -> None:
    sheet = _sheet(life)

    for state in sheet.instalments:
        end = state.cleared_on or sheet.as_of
        late = end > state.due_on + timedelta(days=life[0].grace_days)
        assert state.is_late == late
    assert sheet.times_overdue == sum(state.is_late for state in sheet.instalments)
