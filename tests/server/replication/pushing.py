"""What the tests of pushes share: a bank with portfolios, devices in it, and their moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import CustomerContact
from server.database import new_id as server_id
from server.database.models import Change
from server.replication.models.devices import Device
from tests.server.bank import NOW, Bank, add_customer
from tests.server.replication.device import FieldDevice, Row

NOW_MS = int(NOW.timestamp() * 1000)
SignIn = Callable[[str], FlaskClient]


def enrol(bank: Bank, sign_in: SignIn, username: str = "officer") -> FieldDevice:
    """A device of somebody's, enrolled and signed in."""
    row = Device(
        id=server_id(),
        user_id=bank.people[username],
        branch_id=bank.actor(username).branch_id,
        name=f"{username} 的平板",
        last_contact_at=NOW,
        enrolled_at=NOW,
        lease_until=NOW,
    )
    bank.session.add(row)
    bank.session.commit()
    return FieldDevice(sign_in(username), row.id, bank.people[username])


def customer_with_phone(bank: Bank, serial: int = 1, **changes: Any) -> tuple[str, str]:
    """A customer of the officer and the id of the first contact; committed."""
    customer_id = add_customer(bank, serial, **changes)
    bank.session.commit()
    contact = (
        bank.session.query(CustomerContact)
        .filter_by(customer_id=customer_id, relation="self")
        .one()
    )
    return customer_id, contact.id


def hold(
    device: FieldDevice, session: Session, kind: str, key: str, document: dict[str, Any]
) -> None:
    """Let the device have pulled an entity, as far as `document` tells of it."""
    query = select(Change.number).where(Change.entity == kind, Change.entity_id == key)
    device.rows[kind, key] = Row(session.scalar(query) or 0, {"id": key, **document})


def outcome_of(device: FieldDevice, draft: dict[str, Any]) -> tuple[str, str]:
    """Outcome and reason that the device was told."""
    told = device.results[draft["id"]]
    return told["outcome"], told.get("reason", "")
