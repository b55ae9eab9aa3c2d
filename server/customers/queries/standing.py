"""Which of the standard fields customers have; a product may demand some before it lends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import (
    Customer,
    CustomerAddress,
    CustomerContact,
    CustomerEmployment,
)
from server.database.parts import in_parts
from server.domain.fields import STANDARD_FIELDS, FieldOwner

_NOT_OF_COMPANIES: Final = ("gender", "birth_on", "spouse_name")
_PHONES: Final = frozenset({"mobile", "landline"})


def standing_fields(session: Session, customer_ids: Sequence[str]) -> dict[str, set[str]]:
    """The standard fields that each customer has, in four statements for 500 customers.

    A company counts as having what only a person can. So does everybody as having the last day of
    an ID's validity: an ID that is valid for ever has none.
    """
    found: dict[str, set[str]] = {each: set() for each in customer_ids}
    ids = sorted(found)
    for some in in_parts(ids):
        for customer_id, name in _fields(session, some):
            found[customer_id].add(name)
    return found


def missing_fields(stands: set[str], needed: Sequence[str]) -> tuple[str, ...]:
    """Of the fields needed those that do not stand, in the order of the customer's form."""
    order = STANDARD_FIELDS[FieldOwner.CUSTOMER]
    return tuple(name for name in order if name in needed and name not in stands)


def _fields(session: Session, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    for row in session.execute(_own(ids)).mappings():
        yield row["id"], "id_expiry_on"
        names = [name for name, value in row.items() if value and name not in {"id", "kind"}]
        names += _NOT_OF_COMPANIES if row["kind"] == "company" else ()
        yield from ((row["id"], name) for name in names)
    work = select(CustomerEmployment).where(CustomerEmployment.customer_id.in_(ids))
    for job in session.scalars(work):
        stands = {
            "employer": job.employer,
            "occupation": job.occupation,
            "monthly_income": job.monthly_income_sealed,
        }
        yield from ((job.customer_id, name) for name, value in stands.items() if value)
    contacts = select(
        CustomerContact.customer_id, CustomerContact.kind, CustomerContact.relation
    ).where(CustomerContact.customer_id.in_(ids))
    for customer_id, kind, relation in session.execute(contacts):
        own_phone = relation == "self" and kind in _PHONES
        yield customer_id, "mobile" if own_phone else "contacts"
    homes = select(CustomerAddress.customer_id).where(CustomerAddress.customer_id.in_(ids))
    yield from ((customer_id, "addresses") for customer_id in session.scalars(homes))


def _own(ids: Sequence[str]) -> Any:
    return select(
        Customer.id,
        Customer.kind,
        Customer.gender,
        Customer.birth_on,
        Customer.spouse_name,
        Customer.remark,
        Customer.id_no_index.label("id_no"),
        Customer.bank_card_index.label("bank_card"),
    ).where(Customer.id.in_(ids))
