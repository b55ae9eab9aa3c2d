"""Customers as lines of a list: masked, with the names of branch and officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.crypto import keyring
from server.customers.models import Customer, CustomerContact
from server.database.types import place
from server.domain.access import Actor
from server.domain.masking import mask_id, mask_phone


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One customer in a list; `id_no` and `phone` are masked."""

    id: str
    customer_no: str
    name: str
    kind: str
    branch_id: str
    branch_name: str
    officer_name: str
    id_no: str
    phone: str
    missing: tuple[str, ...]
    created_at: dt.datetime
    sort_key: str


def lines_query(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The columns of lines over the customers within the actor's reach."""
    query = lines_of_all()
    if actor.branch_id is not None:
        query = query.where(Customer.branch_id == actor.branch_id)
    return query


def lines_of_all() -> Select[*tuple[Any, ...]]:
    """The columns of lines, for ids that are known to be within reach."""
    return (
        select(
            Customer.id,
            Customer.customer_no,
            Customer.name,
            Customer.kind,
            Customer.branch_id,
            Customer.sort_key,
            Customer.id_no_sealed,
            Customer.incomplete,
            Customer.created_at,
            Branch.name.label("branch_name"),
            User.display_name.label("officer_name"),
        )
        .join(Branch, Branch.id == Customer.branch_id)
        .outerjoin(User, User.id == Customer.officer_id)
    )


def read_lines(session: Session, query: Select[*tuple[Any, ...]]) -> list[CustomerLine]:
    """Read lines in the order of the query: two statements, whatever their number."""
    rows = session.execute(query).all()
    phones = _phones(session, [row.id for row in rows])
    return [_line(row, phones.get(row.id, "")) for row in rows]


def _line(row: Any, phone: str) -> CustomerLine:
    return CustomerLine(
        id=row.id,
        customer_no=row.customer_no,
        name=row.name,
        kind=row.kind,
        branch_id=row.branch_id,
        branch_name=row.branch_name,
        officer_name=row.officer_name or "",
        id_no=_masked_id(row.id, row.id_no_sealed),
        phone=phone,
        missing=tuple(row.incomplete),
        created_at=row.created_at,
        sort_key=row.sort_key,
    )


def _masked_id(customer_id: str, sealed: bytes | None) -> str:
    if sealed is None:
        return ""
    return mask_id(keyring.active().open(sealed, place("customers", "id_no", customer_id)))


def _phones(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The first own phone of each customer, masked."""
    if not ids:
        return {}
    rows = session.execute(
        select(CustomerContact.id, CustomerContact.customer_id, CustomerContact.value_sealed)
        .where(
            CustomerContact.customer_id.in_(ids),
            CustomerContact.kind.in_(("mobile", "landline")),
            CustomerContact.relation == "self",
        )
        .order_by(CustomerContact.place.desc())
    )
    first = {row.customer_id: row for row in rows}
    return {
        customer_id: mask_phone(
            keyring.active().open(row.value_sealed, place("customer_contacts", "value", row.id))
        )
        for customer_id, row in first.items()
    }
