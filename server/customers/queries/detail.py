"""All that a page shows of one customer, masked, and the history of its changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, User
from server.customers.models import Customer, CustomerAddress, CustomerContact
from server.customers.queries.found import find_customer
from server.database.models import AuditEntry
from server.domain.access import Actor
from server.domain.ages import Validity, age_on, validity_on
from server.domain.masking import (
    mask_address,
    mask_card,
    mask_email,
    mask_id,
    mask_phone,
)

HISTORY_ROWS = 50
MASKED_INCOME = "****"


@dataclass(frozen=True, slots=True)
class ContactShown:
    """A contact with its value masked."""

    id: str
    kind: str
    relation: str
    person_name: str
    value: str


@dataclass(frozen=True, slots=True)
class AddressShown:
    """An address, masked."""

    id: str
    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many other customers have the same phone or card; every branch counts.

    `rule` is SHARED_PHONE or SHARED_ACCOUNT, `severity` WARN or HIGH.
    """

    rule: str
    severity: str
    others: int


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """One customer. Sensitive values (`id_no`, `bank_card`, income, contacts) are masked."""

    id: str
    version: int
    kind: str
    customer_no: str
    name: str
    branch_id: str
    branch_name: str
    officer_id: str | None
    officer_name: str
    id_no: str
    id_was_old: bool
    id_expiry_on: dt.date | None
    id_validity: Validity
    gender: str | None
    birth_on: dt.date | None
    age: int | None
    spouse_name: str
    bank_card: str
    employer: str
    occupation: str
    monthly_income: str
    remark: str
    missing: tuple[str, ...]
    extra: Mapping[str, Any]
    contacts: tuple[ContactShown, ...]
    addresses: tuple[AddressShown, ...]
    created_at: dt.datetime
    updated_at: dt.datetime


def customer_detail(session: Session, actor: Actor, customer_id: str) -> CustomerDetail:
    """Read one customer. Raises `NotFound` when it is not within the actor's reach."""
    row = find_customer(session, actor, customer_id)
    branch_name, officer_name = _places(session, row)
    work = row.employment
    return CustomerDetail(
        id=row.id,
        version=row.version,
        kind=row.kind,
        customer_no=row.customer_no,
        name=row.name,
        branch_id=row.branch_id,
        branch_name=branch_name,
        officer_id=row.officer_id,
        officer_name=officer_name or "",
        id_no=mask_id(row.id_no or ""),
        id_was_old=row.id_no_original_sealed is not None,
        id_expiry_on=row.id_expiry_on,
        id_validity=validity_on(row.id_expiry_on, actor.today),
        gender=row.gender,
        birth_on=row.birth_on,
        age=age_on(row.birth_on, actor.today) if row.birth_on else None,
        spouse_name=row.spouse_name,
        bank_card=mask_card(row.bank_card or ""),
        employer=work.employer if work else "",
        occupation=work.occupation if work else "",
        monthly_income=MASKED_INCOME if work and work.monthly_income_sealed else "",
        remark=row.remark,
        missing=tuple(row.incomplete),
        extra=row.extra,
        contacts=tuple(_contact(each) for each in row.contacts),
        addresses=tuple(_address(each) for each in row.addresses),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def mask_reach(kind: str, value: str) -> str:
    """Mask the value of a contact by its kind."""
    if kind in {"mobile", "landline"}:
        return mask_phone(value)
    return mask_email(value) if kind == "email" else f"{value[:1]}***"


def sharings(session: Session, actor: Actor, customer_id: str) -> list[Sharing]:
    """Signs that a customer may not be who it seems: a phone or card that others have as well."""
    row = find_customer(session, actor, customer_id)
    found = []
    phones = [
        each.value_index
        for each in row.contacts
        if each.relation == "self" and each.kind in {"mobile", "landline"}
    ]
    if phones:
        others = _count(
            session,
            select(func.count(func.distinct(CustomerContact.customer_id))).where(
                CustomerContact.value_index.in_(phones),
                CustomerContact.relation == "self",
                CustomerContact.customer_id != row.id,
            ),
        )
        if others:
            found.append(Sharing("SHARED_PHONE", "HIGH" if others > 1 else "WARN", others))
    if row.bank_card_index:
        others = _count(
            session,
            select(func.count())
            .select_from(Customer)
            .where(Customer.bank_card_index == row.bank_card_index, Customer.id != row.id),
        )
        if others:
            found.append(Sharing("SHARED_ACCOUNT", "HIGH", others))
    return found


def customer_history(
    session: Session, actor: Actor, customer_id: str, rows: int = HISTORY_ROWS
) -> list[AuditEntry]:
    """The audit entries of a customer itself, newest first. Raises `NotFound`."""
    find_customer(session, actor, customer_id)
    query = (
        select(AuditEntry)
        .where(AuditEntry.entity == "customer", AuditEntry.entity_id == customer_id)
        .order_by(AuditEntry.number.desc())
        .limit(rows)
    )
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Since:
    """What others changed after a version was seen: the old values, as audited, by field; and who
    was the last to do so, when.
    """

    before: Mapping[str, Any]
    who: str = ""
    at: dt.datetime | None = None


def changed_since(session: Session, customer_id: str, version: int) -> Since:
    """Read from the audit what happened to a customer since a version."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.entity == "customer", AuditEntry.entity_id == customer_id)
        .order_by(AuditEntry.number.desc())
        .limit(HISTORY_ROWS)
    )
    later = [each for each in entries if each.changes.get("version", [0])[0] >= version]
    old: dict[str, Any] = {}
    for entry in later:
        old.update({name: pair[0] for name, pair in entry.changes.items() if name != "version"})
    return Since(old, later[0].actor_name, later[0].at) if later else Since(old)


def _places(session: Session, row: Customer) -> tuple[str, str | None]:
    query = (
        select(Branch.name, User.display_name)
        .select_from(Branch)
        .outerjoin(User, User.id == row.officer_id)
        .where(Branch.id == row.branch_id)
    )
    found = session.execute(query).one()
    return found[0], found[1]


def _count(session: Session, query: Any) -> int:
    return int(session.scalar(query) or 0)


def _contact(row: CustomerContact) -> ContactShown:
    shown = mask_reach(row.kind, row.value or "")
    return ContactShown(row.id, row.kind, row.relation, row.person_name, shown)


def _address(row: CustomerAddress) -> AddressShown:
    return AddressShown(row.id, row.kind, mask_address(row.address or ""))
