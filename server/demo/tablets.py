"""The officers' tablets, and what they sent that waits for somebody to decide.

It goes the way of every push: what meets a change of the desk becomes a conflict, and a new
customer whose ID number is known is held.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import EditCustomer, update_customer
from server.customers.actions.standing import standing
from server.customers.models import Customer, CustomerContact
from server.database import record
from server.database.models import Change
from server.domain.access import Actor
from server.replication.actions.devices import (
    Contact,
    EnrolDevice,
    enrol_device,
    touch_device,
)
from server.replication.actions.push import take_push
from server.replication.kinds import SCHEMA
from sync.clock import Stamp
from sync.push import read_push

PHONE_OF_DESK: Final = "13800009001"
PHONE_OF_TABLET: Final = "13800009002"

_APP: Final = "1.0.0"
_SENT: Final = dt.timedelta(minutes=40)
_WRITTEN: Final = dt.timedelta(hours=3)


@dataclass(slots=True)
class Tablet:
    """A tablet of an officer; `sent` counts its entries, `draw` gives their ids."""

    id: str
    owner: Actor
    draw: Random
    sent: int = 0


def enrol_tablet(session: Session, owner: Actor) -> Tablet:
    """Give an officer a tablet, heard of within the last hour."""
    device = EnrolDevice(f"{owner.name}的平板", "Android", _APP)
    enrolled = enrol_device(session, owner, device)
    heard = replace(owner, now=owner.now - _SENT)
    touch_device(session, heard, enrolled.device_id, Contact(app=_APP))
    draw = Random(f"tablet of {owner.name}")  # noqa: S311 (the same every time)
    return Tablet(enrolled.device_id, owner, draw)


def change_a_phone_twice(session: Session, tablet: Tablet, reviewer: Actor) -> None:
    """The desk writes another phone of a customer than the officer had written in the field."""
    row = _customers_of(session, tablet.owner)[0]
    phone = _own_phone(row)
    record.settle(session)
    seen = _number(session, "contact", phone.id)
    contacts = tuple(
        replace(each, value=PHONE_OF_DESK) if each.id == phone.id else each
        for each in standing(row).contacts
    )
    values = replace(standing(row), contacts=contacts)
    was = phone.value
    update_customer(session, reviewer, EditCustomer(row.id, row.version, values))
    record.settle(session)
    entry = {
        "entity": "contact",
        "entity_id": phone.id,
        "op": "edit",
        "base_number": seen,
        "set": {"value": PHONE_OF_TABLET},
        "was": {"value": was},
    }
    _push(session, tablet, entry)


def register_again(session: Session, tablet: Tablet, of: Actor) -> None:
    """The officer registers somebody in the field whom a colleague has as a customer already."""
    row = _customers_of(session, of)[1]
    entry = {
        "entity": "customer",
        "entity_id": _new_id(tablet),
        "op": "create",
        "base_number": 0,
        "set": {
            "kind": row.kind,
            "name": row.name,
            "id_no": row.id_no,
            "mobile": _own_phone(row).value,
            "occupation": "个体经营",
            "remark": "集市上新认识，想贷款添置冷柜",
        },
        "was": {},
    }
    _push(session, tablet, entry)


def _push(session: Session, tablet: Tablet, entry: Mapping[str, Any]) -> None:
    tablet.sent += 1
    sent_at = tablet.owner.now - _SENT
    written_at = tablet.owner.now - _WRITTEN
    envelope = {
        "id": _new_id(tablet),
        "device": tablet.id,
        "n": tablet.sent,
        "stamp": str(Stamp(_ms(written_at), 0, tablet.id)),
        "app": _APP,
        "schema": SCHEMA,
        "actor": tablet.owner.user_id,
        "made_at": written_at.isoformat(timespec="seconds"),
        **entry,
    }
    body = {"device": tablet.id, "clock": _ms(sent_at), "mutations": [envelope]}
    actor = replace(tablet.owner, now=sent_at, origin=f"device:{tablet.id}")
    take_push(session, actor, read_push(json.dumps(body).encode()), _ms(sent_at))


def _customers_of(session: Session, officer: Actor) -> list[Customer]:
    """Two persons of an officer who have a mobile of their own, in the order they came."""
    query = (
        select(Customer)
        .join(CustomerContact, CustomerContact.customer_id == Customer.id)
        .where(
            Customer.officer_id == officer.user_id,
            Customer.kind == "person",
            CustomerContact.kind == "mobile",
            CustomerContact.relation == "self",
        )
        .order_by(Customer.customer_no)
        .limit(2)
    )
    return list(session.scalars(query))


def _own_phone(row: Customer) -> CustomerContact:
    return next(each for each in row.contacts if (each.kind, each.relation) == ("mobile", "self"))


def _number(session: Session, entity: str, entity_id: str) -> int:
    query = select(Change.number).where(Change.entity == entity, Change.entity_id == entity_id)
    return session.scalar(query) or 0


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _new_id(tablet: Tablet) -> str:
    """A UUIDv7 that is the same at every load."""
    return str(UUID(int=(0x0190 << 112) | (0x7 << 76) | (0x2 << 62) | tablet.draw.getrandbits(62)))
