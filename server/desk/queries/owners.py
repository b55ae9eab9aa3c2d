"""The owners of files, found within the actor's reach."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.attachments.queries import Owner
from server.customers.queries import find_customer
from server.domain.access import Actor
from server.loans import queries as loans


def customer_owner(session: Session, actor: Actor, customer_id: str) -> Owner:
    """A customer within the actor's reach. Raises `NotAllowed`, `NotFound`."""
    found = find_customer(session, actor, customer_id)
    return Owner("customer", found.id, found.branch_id)


def loan_owner(session: Session, actor: Actor, loan_id: str) -> Owner:
    """A loan within the actor's reach. Raises `NotAllowed`, `NotFound`."""
    found = loans.loan(session, actor, loan_id)
    return Owner("loan", found.id, found.branch_id)
