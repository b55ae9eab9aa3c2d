"""One customer by id within the actor's reach."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound


def find_customer(
    session: Session, actor: Actor, customer_id: str, *, to_change: bool = False
) -> Customer:
    """Find a customer; `to_change` locks the row until the commit.

    Raises `NotAllowed`, and `NotFound` for a customer that is not there or of another branch.
    """
    actor.require(Permission.CUSTOMERS_READ)
    query = select(Customer).where(Customer.id == customer_id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound("customer", customer_id)
    actor.require_reach("customer", customer_id, row.branch_id)
    return row


def customers_by_numbers(
    session: Session, actor: Actor, numbers: Collection[str]
) -> dict[str, str]:
    """Ids by customer number, of those within the actor's reach; at most 500 numbers a call."""
    actor.require(Permission.CUSTOMERS_READ)
    query = select(Customer.customer_no, Customer.id).where(Customer.customer_no.in_(numbers))
    if actor.branch_id is not None:
        query = query.where(Customer.branch_id == actor.branch_id)
    return {row[0]: row[1] for row in session.execute(query)}


def customers_by_ids(session: Session, actor: Actor, indexes: Collection[str]) -> dict[str, str]:
    """Ids by the blind index of the ID number (`blind_id`); at most 500 a call."""
    actor.require(Permission.CUSTOMERS_READ)
    query = select(Customer.id_no_index, Customer.id).where(Customer.id_no_index.in_(indexes))
    if actor.branch_id is not None:
        query = query.where(Customer.branch_id == actor.branch_id)
    return {str(row[0]): row[1] for row in session.execute(query)}


def is_id(text: object) -> bool:
    """Whether a text from outside has the shape of an id; PostgreSQL refuses any other."""
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False
