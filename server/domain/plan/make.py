"""A plan on its own, as a contract or a preview shows it."""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.events import RateChange, event_order
from server.domain.plan.rows import Instalment, Plan
from server.domain.plan.walk import walk
from server.domain.terms import Terms


def make_plan(terms: Terms, rate_changes: Iterable[RateChange] = ()) -> Plan:
    """The plan of a loan, with rate changes already known.

    Raises `Invalid(field, reason)` for terms that cannot be: see `Terms.check`, and
    `Invalid("periods", "negative_amortisation")` where a payment would not cover its interest.
    """
    return plan_of(walk(terms, sorted(rate_changes, key=event_order)).rows)


def plan_of(rows: Iterable[Instalment]) -> Plan:
    """Rows with their sums."""
    kept = tuple(rows)
    principal = sum(row.principal for row in kept)
    interest = sum(row.interest for row in kept)
    return Plan(kept, principal, interest, principal + interest)
