"""Laying an opening's arrears on the instalments that had fallen due by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from server.domain.allocation import COMPOUND, FEE, PENALTY
from server.domain.events import Opening
from server.domain.plan.rows import Instalment
from server.domain.statement.due import Due
from server.domain.terms import Terms

CARRIED: int = 0
"""The number of the item that holds arrears no instalment can explain."""


def dues_of(opening: Opening, rows: Sequence[Instalment], overdue: int, terms: Terms) -> list[Due]:
    """The unpaid items at the takeover, oldest first.

    `rows` fell due by then, `overdue` is the principal overdue. The oldest item carries the fee
    and the penalty of the old ledger, and its oldest due date where one was told.
    """
    oldest = opening.oldest_due_on
    late = [row for row in rows if oldest is None or row.due_on >= oldest]
    interest = opening.interest_due
    if interest is None:
        interest = sum(row.interest for row in late) if oldest else 0
    principals = _spread([row.principal for row in late], overdue, from_oldest=bool(oldest))
    interests = _spread([row.interest for row in late], interest, from_oldest=bool(oldest))
    dues = [
        _due(row.no, terms.counts_from(row.due_on), principal, unpaid_interest, terms.grace_days)
        for row, principal, unpaid_interest in zip(late, principals, interests, strict=True)
        if principal or unpaid_interest
    ]
    charged = opening.fee_due or opening.penalty_due or opening.compound_due
    if not dues and (overdue or interest or charged):
        dues = [_due(CARRIED, oldest or opening.value_on, overdue, interest, terms.grace_days)]
    return _with_the_old_figures(opening, dues)


def _spread(asked: list[int], amount: int, *, from_oldest: bool) -> list[int]:
    """Lay `amount` on what was asked; the last one reached takes what is too much."""
    laid = [0] * len(asked)
    order = range(len(asked)) if from_oldest else range(len(asked) - 1, -1, -1)
    index = None
    for index in order:
        laid[index] = min(asked[index], amount)
        amount -= laid[index]
        if amount == 0:
            break
    if index is not None:
        laid[index] += amount
    return laid


def _due(no: int, due_on: date, principal: int, interest: int, grace_days: int) -> Due:
    due = due_on.toordinal()
    return Due(no, due, due + grace_days, due, interest=interest, principal=principal)


def _with_the_old_figures(opening: Opening, dues: list[Due]) -> list[Due]:
    if opening.penalty_due is not None:
        taken_on = opening.value_on.toordinal()
        for item in dues:
            item.accrued_to = max(item.accrued_to, taken_on)
    if dues:
        oldest = dues[0]
        oldest.fee = oldest.left[FEE] = opening.fee_due
        if opening.penalty_due is not None:
            oldest.taken_penalty = oldest.left[PENALTY] = opening.penalty_due
            oldest.taken_compound = oldest.left[COMPOUND] = opening.compound_due
        if opening.oldest_due_on is not None:
            moved = opening.oldest_due_on.toordinal() - oldest.due
            oldest.due += moved
            oldest.grace_end += moved
            if opening.penalty_due is None:
                oldest.accrued_to = oldest.due
    return dues
