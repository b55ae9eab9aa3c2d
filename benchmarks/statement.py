"""The statement of a loan of 36 instalments with 40 events, and the plan of it as the floor."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from benchmarks.figure import Figure, paired_ms
from server.domain.calendar import add_months
from server.domain.events import Event, Prepayment, RateChange, Repayment, Reversal
from server.domain.plan import make_plan
from server.domain.statement import statement
from server.domain.terms import Method, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_MS: Final = 1.5
_BEGAN: Final = dt.date(2023, 1, 15)
_TERMS: Final = Terms(
    method=Method.EQUAL_INSTALMENT,
    principal=60_000_000,
    annual_rate=Decimal("0.072"),
    disbursed_on=_BEGAN,
    periods=36,
    grace_days=3,
)


def measure() -> Iterator[Figure]:
    """The median of 500 statements on the last due date."""
    events, as_of = _events(), add_months(_BEGAN, 36)
    if len(events) != 40:
        raise RuntimeError("forty events were meant")
    value, floor = paired_ms(
        lambda: statement(_TERMS, events, as_of), lambda: make_plan(_TERMS), times=500
    )
    yield Figure(
        "statement, 36 instalments, 40 events", value, "ms", LIMIT_MS, floor, "its plan alone"
    )


def _events() -> list[Event]:
    """34 payments, every fourth late; two bounced, one prepayment, three new rates."""
    found: list[Event] = []
    plan = make_plan(_TERMS).rows
    for row in plan[:34]:
        on = row.due_on + dt.timedelta(days=9 if row.no % 4 == 0 else 0)
        found.append(Repayment(**_facts(found, on), amount=row.total))
    for no in (7, 19):
        back = found[no]
        facts = {**_facts(found, back.value_on), "posted_on": back.value_on + dt.timedelta(days=1)}
        found.append(Reversal(**facts, of=back.id))
    for months, rate in ((8, "0.069"), (20, "0.066"), (30, "0.063")):
        on = add_months(_BEGAN, months) + dt.timedelta(days=6)
        found.append(RateChange(**_facts(found, on), annual_rate=Decimal(rate)))
    on = add_months(_BEGAN, 12) + dt.timedelta(days=10)
    found.append(Prepayment(**_facts(found, on), principal=5_000_000))
    return found


def _facts(before: list[Event], on: dt.date) -> dict[str, Any]:
    place = len(before) + 1
    return {"id": f"event {place}", "value_on": on, "posted_on": on, "order": place}
