"""The search over everything: customers by what people have at hand, loans by contract number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from server.customers import queries as customers
from server.customers.queries import CustomerLine
from server.desk.queries.standing import CustomerStanding, standings_of
from server.domain.access import Actor, Permission
from server.loans import queries as loans
from server.loans.queries import LoanFilter, LoanRow

MOST_TEXT: Final = 60
_CUSTOMERS, _LOANS = 20, 10


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the surest first."""

    customers: tuple[CustomerLine, ...] = ()
    standings: dict[str, CustomerStanding] | None = None
    loans: tuple[LoanRow, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.customers and not self.loans


def find(session: Session, actor: Actor, text: str) -> Found:
    """Find customers and loans within the actor's reach; every way goes through an index."""
    actor.require(Permission.CUSTOMERS_READ)
    needle = text.replace("\x00", "").strip()[:MOST_TEXT]
    if not needle:
        return Found()
    people = tuple(customers.search(session, actor, needle, _CUSTOMERS))
    contracts = loans.list_loans(
        session, actor, LoanFilter(text=needle), sort="contract_no", limit=_LOANS
    )
    standings = standings_of(session, actor, [line.id for line in people])
    return Found(people, standings, tuple(contracts.rows))
