"""Whose an entry is: the customer it is about, that customer's branch and officer, and since when.

An entry names a customer, a loan, a payment or a contact; the customer's officer is the portfolio.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.covers.queries import given_back, lent_to
from server.customers.models import Customer, CustomerAddress, CustomerContact
from server.database.models import AuditEntry, Exit
from server.database.parts import in_parts
from server.domain.access import Actor
from server.loans.models import Loan
from server.repayments.models import HeldRepayment, Repayment

_ENTRIES_READ: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry belongs. `portfolio` is the officer, `customer_id` None for one's own."""

    branch_id: str | None
    portfolio: str | None
    customer_id: str | None = None


def places_of_customers(
    session: Session, ids: Collection[str], *, lock: bool = False
) -> dict[str, Place]:
    """The places of customers, by id; `lock` keeps every writer of them out until the commit.

    Rows are locked in the order of their ids, so that two pushes wait for each other in turn.
    """
    found: dict[str, Place] = {}
    for part in in_parts(sorted(ids)):
        query = select(Customer.id, Customer.branch_id, Customer.officer_id).where(
            Customer.id.in_(part)
        )
        if lock:
            query = query.order_by(Customer.id).with_for_update(key_share=True)
        for row in session.execute(query):
            found[row.id] = Place(row.branch_id, row.officer_id, row.id)
    return found


def customers_of_loans(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The customer of each loan."""
    return _pairs(session, ids, (Loan.id, Loan.customer_id))


def customers_of_payments(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The customer of each payment, recorded or held."""
    found: dict[str, str] = {}
    for model in (Repayment, HeldRepayment):
        for part in in_parts(sorted(ids)):
            query = (
                select(model.id, Loan.customer_id)
                .join(Loan, Loan.id == model.loan_id)
                .where(model.id.in_(part))
            )
            found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def customers_of_parts(session: Session, kind: str, ids: Collection[str]) -> dict[str, str]:
    """The customer of each contact or address."""
    model: Any = CustomerContact if kind == "contact" else CustomerAddress
    return _pairs(session, ids, (model.id, model.customer_id))


def lost_at(
    session: Session, actor: Actor, place: Place, within: dt.timedelta
) -> dt.datetime | None:
    """When somebody last lost a customer: it changed hands, or a cover of its officer ended.

    None when they never held it, or ceased to longer ago than `within` by a cover.
    """
    if actor.user_id is None:
        return None
    since = actor.today - within
    covered = given_back(session, actor.user_id, since, actor.now)
    if place.portfolio in covered:
        return covered[place.portfolio]
    holders = {actor.user_id, *covered, *lent_to(session, actor.user_id, actor.today)}
    was_held = session.scalar(
        select(Exit.number)
        .where(
            Exit.portfolio.in_(holders),
            Exit.entity == "customer",
            Exit.entity_id == place.customer_id,
        )
        .limit(1)
    )
    if was_held is None:
        return None
    entries = session.execute(
        select(AuditEntry.at, AuditEntry.changes)
        .where(AuditEntry.entity == "customer", AuditEntry.entity_id == place.customer_id)
        .order_by(AuditEntry.number.desc())
        .limit(_ENTRIES_READ)
    )
    return next((row.at for row in entries if "officer_id" in row.changes), None)


def _pairs(session: Session, ids: Collection[str], columns: tuple[Any, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in in_parts(sorted(ids)):
        rows = session.execute(select(*columns).where(columns[0].in_(part)))
        found.update({row[0]: row[1] for row in rows})
    return found
