"""What settles a loan on a given day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from server.domain.events import Event, Prepayment
from server.domain.plan.walk import walk
from server.domain.statement.effective import in_effect
from server.domain.statement.make import plan_changes, statement
from server.domain.statement.result import Payoff
from server.domain.terms import Terms


def payoff(
    terms: Terms, events: Iterable[Event], on: date, *, known_on: date | None = None
) -> Payoff:
    """What is due on `on` and what paying all the rest that day costs.

    Source: Civil Code 677 (interest by the actual period). Raises what `statement` raises.
    """
    known = tuple(events)
    sheet = statement(terms, known, on, known_on=known_on)
    to_come = sheet.principal_balance - sheet.due.principal
    if to_come <= 0:
        return Payoff(on, sheet.due, 0, 0, 0, 0, sheet.credit)
    quote = Prepayment(id="", value_on=on, posted_on=date.max, principal=None)
    changes = plan_changes(in_effect(known, on, known_on).events)
    item = walk(terms, [*changes, quote]).prepaid[-1]
    return Payoff(on, sheet.due, item.principal, item.interest, item.days, item.fee, sheet.credit)
