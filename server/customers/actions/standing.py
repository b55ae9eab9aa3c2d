"""A customer that stands, read back as the command that would make it again.

Edits are compared with it field by field, and an import finds by it that a row changes nothing.
The values are in clear: they never go to a page.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from server.customers.actions.commands import Address, Contact, NewCustomer
from server.customers.models import Customer
from server.customers.queries.detail import MASKED_INCOME, mask_reach
from server.domain.access import Actor, Permission
from server.domain.masking import mask_address, mask_card, mask_id

FIELDS = (
    "customer_no",
    "name",
    "officer_id",
    "id_no",
    "id_expiry_on",
    "gender",
    "birth_on",
    "spouse_name",
    "bank_card",
    "contacts",
    "addresses",
    "employer",
    "occupation",
    "monthly_income",
    "remark",
    "extra",
)
"""The fields an edit may change, in the order of the form."""


def standing_customers(
    session: Session, actor: Actor, ids: Collection[str]
) -> dict[str, NewCustomer]:
    """Read customers within the actor's reach by id; at most 500 a call, three statements."""
    actor.require(Permission.CUSTOMERS_WRITE)
    query = (
        select(Customer)
        .where(Customer.id.in_(ids))
        .options(
            selectinload(Customer.contacts),
            selectinload(Customer.addresses),
            selectinload(Customer.employment),
        )
    )
    rows = session.scalars(query).all()
    return {row.id: standing(row) for row in rows if actor.reaches(row.branch_id)}


def standing(row: Customer) -> NewCustomer:
    """One customer as a command; its contacts and addresses carry their ids."""
    work = row.employment
    income = work.monthly_income if work else None
    return NewCustomer(
        kind=row.kind,
        name=row.name,
        branch_id=row.branch_id,
        officer_id=row.officer_id,
        customer_no=row.customer_no,
        id_no=row.id_no or "",
        id_expiry_on=row.id_expiry_on,
        gender=row.gender,
        birth_on=row.birth_on,
        spouse_name=row.spouse_name,
        bank_card=row.bank_card or "",
        contacts=tuple(
            Contact(each.kind, each.value or "", each.relation, each.person_name, each.id)
            for each in row.contacts
        ),
        addresses=tuple(Address(each.address or "", each.kind, each.id) for each in row.addresses),
        employer=work.employer if work else "",
        occupation=work.occupation if work else "",
        monthly_income=int(income) if income else None,
        remark=row.remark,
        extra=row.extra,
        incomplete=tuple(row.incomplete),
    )


def differences(old: NewCustomer, new: NewCustomer) -> dict[str, list[Any]]:
    """The fields in which two differ, as the audit shows them: `{field: [old, new]}`, masked.

    A sensitive field whose two masks are equal still counts as changed.
    """
    return {
        field: [shown(old, field), shown(new, field)]
        for field in FIELDS
        if _bare(old, field) != _bare(new, field)
    }


def shown(values: NewCustomer, field: str) -> Any:
    """A field as JSON that may be seen: sealed fields masked, dates as ISO text."""
    value = getattr(values, field)
    match field:
        case "id_no":
            return mask_id(value) if value else ""
        case "bank_card":
            return mask_card(value) if value else ""
        case "monthly_income":
            return "" if value is None else MASKED_INCOME
        case "contacts":
            return [_contact_shown(each) for each in value]
        case "addresses":
            return [f"{each.kind} {mask_address(each.address)}" for each in value]
        case "id_expiry_on" | "birth_on":
            return "" if value is None else value.isoformat()
        case "extra":
            return dict(value)
    return value or ""


def _contact_shown(each: Contact) -> str:
    words = (each.relation, each.kind, each.person_name, mask_reach(each.kind, each.value))
    return " ".join(word for word in words if word)


def _bare(values: NewCustomer, field: str) -> Any:
    """A field for comparison: the ids of rows do not count."""
    value = getattr(values, field)
    if field == "contacts":
        return [(each.kind, each.value, each.relation, each.person_name) for each in value]
    if field == "addresses":
        return [(each.kind, each.address) for each in value]
    return dict(value) if field == "extra" else value or None
