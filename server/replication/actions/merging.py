"""Customers who are one person: all that the slices keep of them, handed to `customers`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.attachments.models import Attachment
from server.customers.actions.merging import (
    Belonging,
    MergeCustomers,
    join_customer,
    merge_customers,
    unmerge_customers,
)
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.feedback.models import Feedback
from server.loans.models import Loan, LoanGuarantor
from server.repayments.models import HeldRepayment, Repayment
from server.replication.actions.held import row_to_decide
from server.replication.actions.retrying import close, retry_lacking
from server.replication.actions.taking import Fate
from server.replication.models.log import ConflictRow
from server.visits.models import Call, Promise, Visit
from sync.outcome import Outcome


def _payments_of(session: Session, loan_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for model in (Repayment, HeldRepayment):
        found |= set(session.scalars(select(model.id).where(model.loan_id.in_(loan_ids))))
    return found


BELONGINGS: Final = (
    Belonging("loan", Loan, followers=_payments_of),
    Belonging("guarantor", LoanGuarantor),
    Belonging("visit", Visit),
    Belonging("promise", Promise),
    Belonging("call", Call),
    Belonging("feedback", Feedback),
    Belonging("attachment", Attachment, "owner_id", Attachment.owner_kind == "customer"),
    Belonging("conflict", ConflictRow),
)
"""Every row that names a customer. A new slice adds its line; until then its rows keep a customer
from being merged."""


def belongings_of(
    session: Session, actor: Actor, customer_ids: Collection[str]
) -> dict[str, dict[str, int]]:
    """What would go with each of some customers: how many rows, by the name of what they are."""
    actor.require(Permission.CONFLICTS_SETTLE)
    found: dict[str, dict[str, int]] = {each: {} for each in customer_ids}
    for each in BELONGINGS:
        column = getattr(each.model, each.column)
        query = select(column, func.count()).where(column.in_(found)).group_by(column)
        if each.only is not None:
            query = query.where(each.only)
        for customer_id, count in session.execute(query):
            found[customer_id][each.name] = count
    return found


def merge(session: Session, actor: Actor, command: MergeCustomers) -> str:
    """Let one customer go into another; gives the merge's id. See `merge_customers`."""
    return merge_customers(session, actor, command, BELONGINGS)


def unmerge(session: Session, actor: Actor, merge_id: str) -> None:
    """Undo a merge. See `unmerge_customers`."""
    unmerge_customers(session, actor, merge_id, BELONGINGS)


def join_held_customer(
    session: Session, actor: Actor, mutation_id: str, customer_id: str, reason: str
) -> None:
    """Say that a new customer of a device, held as a duplicate, is one who stands.

    What was written of the new one is taken for the other; the entry itself counts no more. Raises
    as `decide_held` and `join_customer`, and `Invalid("mutation", "no_customer")`.
    """
    row = row_to_decide(session, actor, mutation_id)
    if row.entity != "customer" or row.entity_id is None or row.op != "create":
        raise Invalid("mutation", "no_customer")
    if not row.is_waiting:
        raise Invalid("mutation", "decided")
    if row.user_id == actor.user_id:
        raise Invalid("mutation", "own_entry")
    join_customer(session, actor, MergeCustomers(customer_id, row.entity_id, reason))
    close(session, actor, row, Fate(Outcome.MERGED))
    row.decision, row.decision_reason = "apply", reason.strip()
    row.decided_by, row.decided_at = actor.user_id, actor.now
    session.flush()
    retry_lacking(session, actor, {row.entity_id}, by_a_person=True)
