"""Rows as they are stored: sensitive values sealed at their place, indexes blind."""

from __future__ import annotations

import datetime as dt
from typing import Any

from server.crypto import keyring
from server.customers.actions.checks import CheckedCustomer
from server.customers.actions.commands import Address, Contact, NewCustomer
from server.customers.queries.needles import blind_phone
from server.customers.queries.taken import blind_id
from server.database import new_id
from server.domain.chinese import name_pinyin


def customer_row(
    customer_id: str, customer_no: str, checked: CheckedCustomer, now: dt.datetime
) -> dict[str, Any]:
    """The row of a new customer."""
    return {
        "id": customer_id,
        "customer_no": customer_no,
        "branch_id": checked.values.branch_id,
        "kind": checked.values.kind,
        "version": 1,
        "created_at": now,
        **customer_columns(customer_id, checked, now),
    }


def customer_columns(
    customer_id: str, checked: CheckedCustomer, now: dt.datetime
) -> dict[str, Any]:
    """The columns of a customer that an edit may change."""
    values = checked.values
    sound = name_pinyin(values.name, person=values.kind == "person")
    return {
        "officer_id": values.officer_id,
        "name": values.name,
        "sort_key": sound.sort_key[:240],
        "id_no_sealed": _sealed("customers.id_no", customer_id, values.id_no),
        "id_no_index": blind_id(values.id_no) if values.id_no else None,
        "id_no_original_sealed": _sealed(
            "customers.id_no_original", customer_id, checked.id_original
        ),
        "id_expiry_on": values.id_expiry_on,
        "gender": values.gender,
        "birth_on": values.birth_on,
        "spouse_name": values.spouse_name,
        "bank_card_sealed": _sealed("customers.bank_card", customer_id, values.bank_card),
        "bank_card_index": blind_card(values.bank_card),
        "remark": values.remark,
        "incomplete": list(checked.missing),
        "complete": not checked.missing,
        "extra": dict(values.extra),
        "updated_at": now,
    }


def contact_row(customer_id: str, place: int, contact: Contact) -> dict[str, Any]:
    """The row of a contact; it keeps its id when it has one."""
    contact_id = contact.id or new_id()
    return {
        "id": contact_id,
        "customer_id": customer_id,
        "place": place,
        "kind": contact.kind,
        "relation": contact.relation,
        "person_name": contact.person_name,
        "value_sealed": _sealed("customer_contacts.value", contact_id, contact.value),
        "value_index": _reach_index(contact),
    }


def address_row(customer_id: str, place: int, address: Address) -> dict[str, Any]:
    """The row of an address; it keeps its id when it has one."""
    address_id = address.id or new_id()
    return {
        "id": address_id,
        "customer_id": customer_id,
        "place": place,
        "kind": address.kind,
        "address_sealed": _sealed("customer_addresses.address", address_id, address.address),
    }


def employment_row(
    customer_id: str, values: NewCustomer, employment_id: str | None = None
) -> dict[str, Any]:
    """The row of a customer's work and income."""
    row_id = employment_id or new_id()
    income = "" if values.monthly_income is None else str(values.monthly_income)
    return {
        "id": row_id,
        "customer_id": customer_id,
        "employer": values.employer,
        "occupation": values.occupation,
        "monthly_income_sealed": _sealed("customer_employments.monthly_income", row_id, income),
    }


def blind_card(number: str) -> str | None:
    """The index that finds customers who share a bank card."""
    return keyring.active().blind("bank_card", number) if number else None


def _reach_index(contact: Contact) -> str:
    if contact.kind in {"mobile", "landline"}:
        return blind_phone(contact.value)
    return keyring.active().blind(contact.kind, contact.value.casefold())


def _sealed(column: str, row_id: str, text: str) -> bytes | None:
    """Seal at `database.types.place` of a column named `table.name`."""
    return keyring.active().seal(text, f"{column}:{row_id}") if text else None
