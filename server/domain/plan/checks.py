"""What a position taken over must look like before a plan continues from it."""

from __future__ import annotations

from server.domain.errors import Invalid
from server.domain.events import Opening
from server.domain.terms import Terms

_AMOUNTS = (
    "principal",
    "overdue_principal",
    "interest_due",
    "penalty_due",
    "compound_due",
    "fee_due",
)


def check_opening(opening: Opening, terms: Terms) -> None:
    """Raise `Invalid(field, reason)` for a position that this loan cannot be in."""
    for field in _AMOUNTS:
        amount = getattr(opening, field)
        if amount is not None and amount < 0:
            raise Invalid(field, "negative")
    if opening.principal > terms.principal:
        raise Invalid("principal", "exceeds_principal")
    oldest = opening.oldest_due_on
    if oldest is None:
        return
    if oldest > opening.value_on:
        raise Invalid("oldest_due_on", "after_opening")
    if oldest < terms.disbursed_on:
        raise Invalid("oldest_due_on", "before_disbursement")
