"""Whose numbers are in use: asked for whole batches before customers are written."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.customers.models import Customer
from server.database.parts import in_parts
from server.domain.identity import eighteen, normalise_id


def blind_id(number: str) -> str:
    """The index of an ID number or credit code in its stored form."""
    return keyring.active().blind("id_no", number)


def holders_of_ids(session: Session, indexes: Collection[str]) -> dict[str, tuple[str, str]]:
    """Who holds ID numbers, on every branch: (customer no., branch id) by blind index."""
    found = {}
    for part in in_parts(indexes):
        rows = session.execute(
            select(Customer.id_no_index, Customer.customer_no, Customer.branch_id).where(
                Customer.id_no_index.in_(part)
            )
        )
        found.update({str(row[0]): (row[1], row[2]) for row in rows})
    return found


def customer_of_id(session: Session, number: str) -> str | None:
    """The id of the customer who holds an ID number or credit code, on every branch.

    The old number of a person is looked for by its new one.
    """
    even = normalise_id(number)
    whole = eighteen(even) if len(even) == 15 and even.isdecimal() else even
    query = select(Customer.id).where(Customer.id_no_index == blind_id(whole))
    return session.scalar(query)


def taken_numbers(session: Session, numbers: Collection[str]) -> set[str]:
    """Those customer numbers of the given ones that are in use, on every branch."""
    found: set[str] = set()
    for part in in_parts(numbers):
        query = select(Customer.customer_no).where(Customer.customer_no.in_(part))
        found.update(session.scalars(query))
    return found
