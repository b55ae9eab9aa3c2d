"""What of a ledger's rows stands already: customers and loans by the numbers that rows name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer, CustomerContact
from server.database.parts import in_parts
from server.loans.models import Loan, LoanEvent, LoanState


class StandingCustomer(NamedTuple):
    """A customer as far as a row must know it, on whatever branch."""

    id: str
    customer_no: str
    branch_id: str
    name: str
    version: int
    id_no_index: str | None


class StandingLoan(NamedTuple):
    """A loan with what is derived of it and how its history began."""

    loan: Loan
    customer_name: str
    balance: int
    events: int
    opening: dict[str, Any] | None


_COLUMNS = (
    Customer.id,
    Customer.customer_no,
    Customer.branch_id,
    Customer.name,
    Customer.version,
    Customer.id_no_index,
)


def customers_by_id_index(
    session: Session, indexes: Collection[str]
) -> dict[str, StandingCustomer]:
    """Customers by the blind index of their ID number."""
    found = {}
    for part in in_parts(dict.fromkeys(indexes)):
        for row in session.execute(select(*_COLUMNS).where(Customer.id_no_index.in_(part))):
            found[str(row.id_no_index)] = StandingCustomer(*row)
    return found


def customers_by_number(session: Session, numbers: Collection[str]) -> dict[str, StandingCustomer]:
    """Customers by their number."""
    found = {}
    for part in in_parts(dict.fromkeys(numbers)):
        for row in session.execute(select(*_COLUMNS).where(Customer.customer_no.in_(part))):
            found[row.customer_no] = StandingCustomer(*row)
    return found


def customers_by_phone(
    session: Session, indexes: Collection[str]
) -> dict[tuple[str, str], StandingCustomer]:
    """Customers by name and the blind index of an own phone."""
    found = {}
    for part in in_parts(dict.fromkeys(indexes)):
        query = (
            select(CustomerContact.value_index, *_COLUMNS)
            .join(Customer, Customer.id == CustomerContact.customer_id)
            .where(CustomerContact.value_index.in_(part), CustomerContact.relation == "self")
        )
        for each in session.execute(query):
            row = StandingCustomer(*each[1:])
            found[row.name, each[0]] = row
    return found


def loans_by_number(
    session: Session, column: Any, numbers: Collection[str]
) -> dict[str, StandingLoan]:
    """Loans by contract or IOU number (`Loan.contract_no`, `Loan.iou_no`)."""
    found = {}
    for part in in_parts(dict.fromkeys(numbers)):
        for each in _loans(session, column.in_(part)):
            found[getattr(each.loan, column.key)] = each
    return found


def loans_of_customers(session: Session, ids: Collection[str]) -> dict[str, list[StandingLoan]]:
    """All loans of some customers: for rows that name no number."""
    found: dict[str, list[StandingLoan]] = {}
    for part in in_parts(dict.fromkeys(ids)):
        for each in _loans(session, Loan.customer_id.in_(part)):
            found.setdefault(each.loan.customer_id, []).append(each)
    return found


def _loans(session: Session, condition: Any) -> Iterator[StandingLoan]:
    rows = session.execute(
        select(Loan, Customer.name, LoanState.principal_balance)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(condition)
    ).all()
    history = _histories(session, [row[0].id for row in rows])
    for loan, name, balance in rows:
        events = history.get(loan.id, [])
        opening = next((each.details for each in events if each.kind == "opening"), None)
        yield StandingLoan(loan, name, balance, len(events), opening)


def _histories(session: Session, ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for part in in_parts(dict.fromkeys(ids)):
        rows = session.execute(
            select(LoanEvent.loan_id, LoanEvent.kind, LoanEvent.details).where(
                LoanEvent.loan_id.in_(part)
            )
        )
        for row in rows:
            found.setdefault(row.loan_id, []).append(row)
    return found
