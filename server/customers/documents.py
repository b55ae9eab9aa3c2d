"""What a device holds of customers: themselves, how to reach them, where they live.

The ID number leaves the server masked. Phones and addresses go whole: calling and visiting is what
the device is for; it seals them under the officer's PIN.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.customers.models import (
    Customer,
    CustomerAddress,
    CustomerContact,
    CustomerEmployment,
)
from server.database.types import place
from server.domain.chinese import name_pinyin
from server.domain.masking import mask_id

_HOME: Final = ZoneInfo("Asia/Shanghai")
"""Civil days of a document are those of the mainland, which has one time."""


def customer_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001 (all documents are asked alike)
) -> dict[str, dict[str, Any]]:
    """Customers by id, as `Customer` in documents.ts; unknown ids are left out."""
    work = CustomerEmployment
    query = (
        select(*_COLUMNS, work.employer, work.occupation)
        .outerjoin(work, work.customer_id == Customer.id)
        .where(Customer.id.in_(ids))
    )
    return {row.id: _customer(row) for row in session.execute(query)}


_COLUMNS: Final = (
    Customer.id,
    Customer.customer_no,
    Customer.name,
    Customer.kind,
    Customer.id_no_sealed,
    Customer.gender,
    Customer.birth_on,
    Customer.spouse_name,
    Customer.remark,
    Customer.complete,
    Customer.created_at,
)


def _customer(row: Any) -> dict[str, Any]:
    sound = name_pinyin(row.name, person=row.kind == "person")
    id_no = _opened("customers", "id_no", row.id, row.id_no_sealed)
    return {
        "id": row.id,
        "no": row.customer_no,
        "name": row.name,
        "kind": row.kind,
        "keys": [sound.initials, sound.full],
        "id_no": mask_id(id_no) if id_no else None,
        "gender": row.gender,
        "birth_on": row.birth_on.isoformat() if row.birth_on else None,
        "spouse_name": row.spouse_name,
        "employer": row.employer or "",
        "occupation": row.occupation or "",
        "remark": row.remark,
        "complete": row.complete,
        "since": row.created_at.astimezone(_HOME).date().isoformat(),
        "state": "active",
    }


def contact_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001
) -> dict[str, dict[str, Any]]:
    """Contacts by id, as `Contact` in documents.ts."""
    rows = session.execute(
        select(
            CustomerContact.id,
            CustomerContact.customer_id,
            CustomerContact.kind,
            CustomerContact.relation,
            CustomerContact.person_name,
            CustomerContact.value_sealed,
        ).where(CustomerContact.id.in_(ids))
    )
    return {
        row.id: {
            "id": row.id,
            "customer_id": row.customer_id,
            "kind": row.kind,
            "relation": row.relation,
            "person_name": row.person_name,
            "value": _opened("customer_contacts", "value", row.id, row.value_sealed),
        }
        for row in rows
    }


def address_documents(
    session: Session,
    ids: Sequence[str],
    today: dt.date,  # noqa: ARG001
) -> dict[str, dict[str, Any]]:
    """Addresses by id, as `Address` in documents.ts."""
    rows = session.execute(
        select(
            CustomerAddress.id,
            CustomerAddress.customer_id,
            CustomerAddress.kind,
            CustomerAddress.address_sealed,
        ).where(CustomerAddress.id.in_(ids))
    )
    return {
        row.id: {
            "id": row.id,
            "customer_id": row.customer_id,
            "kind": row.kind,
            "address": _opened("customer_addresses", "address", row.id, row.address_sealed),
        }
        for row in rows
    }


def _opened(table: str, name: str, row_id: str, sealed: bytes | None) -> str:
    return "" if sealed is None else keyring.active().open(sealed, place(table, name, row_id))
