"""Showing a sensitive value in clear to somebody who may see it; each time is audited."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.customers.queries.detail import MASKED_INCOME, mask_reach
from server.customers.queries.found import find_customer
from server.database import record
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.domain.masking import mask_address, mask_card, mask_id
from server.domain.money import grouped_yuan


@dataclass(frozen=True, slots=True)
class Revealed:
    """A value in clear and the mask that takes its place again."""

    value: str
    masked: str


def reveal_field(session: Session, actor: Actor, customer_id: str, field: str) -> Revealed:
    """Show id_no, bank_card or monthly_income. Raises `NotAllowed`, `NotFound`."""
    row = _may_see(session, actor, customer_id)
    if field == "id_no" and row.id_no:
        found = Revealed(row.id_no, mask_id(row.id_no))
    elif field == "bank_card" and row.bank_card:
        found = Revealed(row.bank_card, mask_card(row.bank_card))
    elif field == "monthly_income" and row.employment and row.employment.monthly_income:
        found = Revealed(grouped_yuan(int(row.employment.monthly_income)), MASKED_INCOME)
    else:
        raise NotFound("customer field", f"{customer_id} {field}")
    _note(session, actor, row, field)
    return found


def reveal_contact(session: Session, actor: Actor, customer_id: str, contact_id: str) -> Revealed:
    """Show a contact's value. Raises `NotAllowed`, `NotFound`."""
    row = _may_see(session, actor, customer_id)
    for contact in row.contacts:
        if contact.id == contact_id and contact.value:
            _note(session, actor, row, f"contact.{contact.kind}")
            return Revealed(contact.value, mask_reach(contact.kind, contact.value))
    raise NotFound("contact", contact_id)


def reveal_address(session: Session, actor: Actor, customer_id: str, address_id: str) -> Revealed:
    """Show an address. Raises `NotAllowed`, `NotFound`."""
    row = _may_see(session, actor, customer_id)
    for address in row.addresses:
        if address.id == address_id and address.address:
            _note(session, actor, row, f"address.{address.kind}")
            return Revealed(address.address, mask_address(address.address))
    raise NotFound("address", address_id)


def _may_see(session: Session, actor: Actor, customer_id: str) -> Customer:
    row = find_customer(session, actor, customer_id)
    actor.require(Permission.CUSTOMERS_REVEAL, row.branch_id)
    return row


def _note(session: Session, actor: Actor, row: Customer, what: str) -> None:
    record.note(
        session,
        actor,
        "customer.reveal",
        ("customer", row.id),
        branch_id=row.branch_id,
        changes={"revealed": [None, what]},
    )
