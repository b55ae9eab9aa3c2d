"""The terms that find a customer, and how they are kept as the customer changes.

What the reading side looks for is spelled in `queries.needles`; the two must agree, and its
tests hold them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.customers.actions.commands import NewCustomer
from server.customers.models import CustomerTerm
from server.customers.queries.needles import MAX_TERM, blind_tail, name_suffixes, term
from server.database.bulk import insert_ready
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
    spelled = ((branch, term(each), customer) for customer, branch, each in rows)
    write_terms(session, [each for each in spelled if each[1]])


def write_terms(session: Session, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write terms that are spelled already: (branch id, term, customer id), as the table has them.

    In the order of the index they are written sooner.
    """
    table: Any = CustomerTerm.__table__
    insert_ready(session, table, sorted(rows), "ON CONFLICT DO NOTHING")


def replace_terms(
    session: Session, customer_id: str, branch_id: str, old: set[str], new: set[str]
) -> None:
    """Exchange a customer's own terms; those that others added stay."""
    gone = old - new
    if gone:
        session.execute(
            delete(CustomerTerm).where(
                CustomerTerm.branch_id == branch_id,
                CustomerTerm.term.in_(gone),
                CustomerTerm.customer_id == customer_id,
            )
        )
    write_terms(session, ((branch_id, each, customer_id) for each in new - old))
