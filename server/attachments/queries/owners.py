"""What a file may belong to, and who may see or add files there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from server.customers.queries import find_customer
from server.domain.access import Actor, Permission
from server.loans import queries as loans

READING: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "customer": Permission.CUSTOMERS_READ,
        "loan": Permission.LOANS_READ,
        "feedback": Permission.FEEDBACK_LOG,
    }
)
WRITING: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "customer": Permission.CUSTOMERS_WRITE,
        "loan": Permission.LOANS_WRITE,
        "feedback": Permission.FEEDBACK_LOG,
    }
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The row a file belongs to; whoever makes one has checked that the actor may see it."""

    kind: str
    id: str
    branch_id: str


def customer_owner(session: Session, actor: Actor, customer_id: str) -> Owner:
    """A customer within the actor's reach. Raises `NotAllowed`, `NotFound`."""
    found = find_customer(session, actor, customer_id)
    return Owner("customer", found.id, found.branch_id)


def loan_owner(session: Session, actor: Actor, loan_id: str) -> Owner:
    """A loan within the actor's reach. Raises `NotAllowed`, `NotFound`."""
    found = loans.loan(session, actor, loan_id)
    return Owner("loan", found.id, found.branch_id)
