"""Finding customers by what people have at hand: a piece of a name, letters, a tail, a number.

Every way goes through an index, so the time does not grow with the number of customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Select, select, union_all
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.crypto import keyring
from server.customers.models import Customer, CustomerContact, CustomerTerm
from server.customers.queries.lines import CustomerLine, lines_of_all, read_lines
from server.customers.queries.needles import (
    TAIL,
    blind_phone,
    blind_tail,
    digits_of,
    term,
    whole_phone,
)
from server.customers.queries.taken import blind_id
from server.database.types import place
from server.domain.access import Actor, Permission
from server.domain.identity import eighteen, normalise_id
from server.domain.typed import MAX_TYPED

_LAST = "\U0010ffff"
_TERMS_A_CUSTOMER = 4
_TAILS_OPENED = 400
_BRANCHES_A_QUERY = 100


def search(session: Session, actor: Actor, text: str, limit: int = 20) -> list[CustomerLine]:
    """Find customers within the actor's reach, the surest matches first, masked.

    Looks for a whole ID number, a whole phone number or its last four digits or more, and for
    anything that begins with the text: parts of the name, its pinyin or initials, customer and
    contract numbers.
    """
    actor.require(Permission.CUSTOMERS_READ)
    needle = term(text)
    if not needle:
        return []
    ids = list(_first(_matches(session, actor, text[:MAX_TYPED], needle, limit), limit))
    if not ids:
        return []
    found = {
        line.id: line for line in read_lines(session, lines_of_all().where(Customer.id.in_(ids)))
    }
    return [found[each] for each in ids if each in found]


def _first(ids: Iterator[str], limit: int) -> list[str]:
    seen: dict[str, None] = {}
    for each in ids:
        seen.setdefault(each)
        if len(seen) >= limit:
            break
    return list(seen)


def _matches(session: Session, actor: Actor, text: str, needle: str, limit: int) -> Iterator[str]:
    number = normalise_id(text.replace("\x00", ""))
    if len(number) in {15, 18}:
        yield from _by_id(session, actor, number)
    phone = whole_phone(text.replace("\x00", ""))
    if phone is not None:
        yield from session.scalars(_in_reach(actor, _by_phone_query(phone, limit)))
    elif TAIL <= len(needle) <= 12 and needle.isascii() and needle.isdecimal():
        yield from _by_tail(session, actor, needle)
    yield from _by_prefix(session, actor, needle, limit * _TERMS_A_CUSTOMER)


def _by_prefix(session: Session, actor: Actor, needle: str, limit: int) -> list[str]:
    """What begins with the needle in every branch in reach, in the order of the terms."""
    branches = _branches(session, actor)
    found: list[tuple[str, str]] = []
    for start in range(0, len(branches), _BRANCHES_A_QUERY):
        some = branches[start : start + _BRANCHES_A_QUERY]
        rows = session.execute(begins_with(some, needle, limit))
        found += [(row.term, row.customer_id) for row in rows]
    return [customer_id for _, customer_id in sorted(found)[:limit]]


def _branches(session: Session, actor: Actor) -> Sequence[str]:
    if actor.branch_id is not None:
        return [actor.branch_id]
    return session.scalars(select(Branch.id)).all()


def begins_with(
    branches: Sequence[str], needle: str, limit: int
) -> Select[Any] | CompoundSelect[Any]:
    """The query for terms of some branches that begin with a needle, in the order of the terms.

    The index is by branch, so each branch is a query of its own and the database merges them.
    """
    of_each = [
        select(CustomerTerm.term, CustomerTerm.customer_id).where(
            CustomerTerm.branch_id == branch_id,
            CustomerTerm.term >= needle,
            CustomerTerm.term < needle + _LAST,
        )
        for branch_id in branches
    ]
    merged: Any = of_each[0] if len(of_each) == 1 else union_all(*of_each)
    query: Select[Any] | CompoundSelect[Any] = merged.order_by("term", "customer_id").limit(limit)
    return query


def _by_id(session: Session, actor: Actor, number: str) -> Sequence[str]:
    whole = eighteen(number) if len(number) == 15 and number.isdecimal() else number
    query = select(Customer.id).where(Customer.id_no_index == blind_id(whole))
    return session.scalars(_in_reach(actor, query)).all()


def _by_phone_query(phone: str, limit: int) -> Select[Any]:
    return (
        select(CustomerContact.customer_id)
        .join(Customer, Customer.id == CustomerContact.customer_id)
        .where(CustomerContact.value_index == blind_phone(phone))
        .order_by(CustomerContact.customer_id)
        .limit(limit)
    )


def _by_tail(session: Session, actor: Actor, digits: str) -> list[str]:
    """Four digits are the term itself; of more, the candidates are opened and compared."""
    query = select(CustomerTerm.customer_id).where(
        CustomerTerm.branch_id.in_(_branches(session, actor)),
        CustomerTerm.term == blind_tail(digits),
    )
    ids = session.scalars(query.order_by(CustomerTerm.customer_id).limit(_TAILS_OPENED)).all()
    return list(ids) if len(digits) == TAIL or not ids else _ending_in(session, ids, digits)


def _ending_in(session: Session, ids: Sequence[str], digits: str) -> list[str]:
    rows = session.execute(
        select(CustomerContact.id, CustomerContact.customer_id, CustomerContact.value_sealed)
        .where(
            CustomerContact.customer_id.in_(ids),
            CustomerContact.kind.in_(("mobile", "landline")),
            CustomerContact.relation == "self",
        )
        .order_by(CustomerContact.customer_id)
    )
    ring = keyring.active()
    return [
        row.customer_id
        for row in rows
        if digits_of(
            ring.open(row.value_sealed, place("customer_contacts", "value", row.id))
        ).endswith(digits)
    ]


def _in_reach(actor: Actor, query: Select[Any]) -> Select[Any]:
    if actor.branch_id is None:
        return query
    return query.where(Customer.branch_id == actor.branch_id)
