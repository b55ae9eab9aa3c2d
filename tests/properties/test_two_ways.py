"""The replay and a day-by-day life of the same loan come to the same figures."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings

from server.domain.events import Event
from server.domain.statement import statement
from server.domain.terms import Terms
from tests.properties.daily import PARTS, Life
from tests.properties.loans import days, lives


@settings(deadline=None, max_examples=60)
@given(lives(), days)
def test_the_replay_agrees_with_living_every_day(
    life: tuple[Terms, list[Event]], as_of: date
) -> None:
    loan, events = life
    as_of = max(as_of, loan.disbursed_on)

    sheet, lived = statement(loan, events, as_of), Life(loan, events, as_of)

    assert {part: getattr(sheet.due, part) for part in PARTS} == {
        part: lived.owed(part) for part in PARTS
    }
    assert (sheet.credit, sheet.dpd) == (lived.credit, lived.dpd(as_of))
