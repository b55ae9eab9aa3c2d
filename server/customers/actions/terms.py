"""The terms that find a customer, and how they are kept as the customer changes.

What the reading side looks for is spelled in `queries.needles`; the two must agree, and its
tests hold them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from server.customers.actions.commands import NewCustomer
from server.customers.models import CustomerTerm
from server.customers.queries.needles import MAX_TERM, blind_tail, name_suffixes, term
from server.database.bulk import insert_rows
from server.domain.chinese import name_pinyin


def terms_of(customer: NewCustomer, customer_no: str) -> set[str]:
    """All terms of a customer's own fields: name parts, pinyin, number, tails of phones."""
    sound = name_pinyin(customer.name, person=customer.kind == "person")
    found = name_suffixes(customer.name)
    found.update((sound.full[:MAX_TERM], sound.initials[:MAX_TERM], term(customer_no)))
    for contact in customer.contacts:
        if contact.kind in {"mobile", "landline"} and contact.relation == "self":
            found.add(blind_tail(contact.value))
    found.discard("")
    return found


def add_search_terms(
    session: Session, customer_id: str, branch_id: str, terms: Iterable[str]
) -> None:
    """Let a customer be found by further terms (contract numbers); known ones are left alone."""
    add_terms(session, [(customer_id, branch_id, each) for each in terms])


def add_terms(session: Session, rows: Sequence[tuple[str, str, str]]) -> None:
    """As `add_search_terms` for many: rows of (customer id, branch id, term)."""
    spelled = ((customer, branch, term(each)) for customer, branch, each in rows)
    _write(session, [_row(*each) for each in spelled if each[2]])


def _write(session: Session, rows: Sequence[dict[str, str]]) -> None:
    table = CustomerTerm.__table__
    if isinstance(table, Table):
        insert_rows(session, table, rows, "ON CONFLICT DO NOTHING")


def replace_terms(
    session: Session, customer_id: str, branch_id: str, old: set[str], new: set[str]
) -> None:
    """Exchange a customer's own terms; those that others added stay."""
    gone = old - new
    if gone:
        session.execute(
            delete(CustomerTerm).where(
                CustomerTerm.customer_id == customer_id, CustomerTerm.term.in_(gone)
            )
        )
    _write(session, list(term_rows(customer_id, branch_id, new - old)))


def term_rows(customer_id: str, branch_id: str, terms: Iterable[str]) -> Iterator[dict[str, str]]:
    """Rows for a bulk insert of a new customer's terms."""
    return (_row(customer_id, branch_id, each) for each in terms)


def _row(customer_id: str, branch_id: str, each: str) -> dict[str, str]:
    return {"term": each, "customer_id": customer_id, "branch_id": branch_id}
