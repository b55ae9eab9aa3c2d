"""A second opinion on whether the server lost a value: from what people saw, not from the merge.

It reads the fields before and after every act. A value that is gone must have been seen by whoever
wrote over it, or written by the same hand, or stand in a conflict row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer, CustomerContact, RemovedPart
from server.database.models import FieldChange
from server.replication.models.log import ConflictRow
from tests.properties.replication.office import Office

Key = tuple[str, str, str]
Draft = dict[str, Any]

CUSTOMER_FIELDS = ("name", "remark", "spouse_name")
CONTACT_FIELDS = ("value", "person_name")
GONE = "deleted"


@dataclass
class Witness:
    """The fields of customers and contacts, and whose hand wrote each last."""

    office: Office
    values: dict[Key, Any] = field(default_factory=dict)
    numbers: dict[Key, int] = field(default_factory=dict)
    hands: dict[Key, str] = field(default_factory=dict)

    def look(self) -> None:
        """See everything as it stands, without a word."""
        with self.office.reading() as session:
            self.values, self.numbers = _values(session), _numbers(session)

    def saw_desk(self) -> None:
        """The desk wrote over what it saw."""
        before = self.values
        self.look()
        for key, value in self.values.items():
            if before.get(key) != value:
                self.hands[key] = "desk"

    def saw_push(self, device: str, drafts: Sequence[Draft], results: Mapping[str, Draft]) -> None:
        """A device's drafts were taken for the first time, in this order."""
        before, numbers = self.values, self.numbers
        self.look()
        with self.office.reading() as session:
            rows = _conflicts(session)
        for key, old in before.items():
            new = self.values.get(key)
            if new != old:
                assert self._may_replace(key, old, device, drafts, numbers, rows), (key, old, new)
        for draft in drafts:
            self._stands(draft, drafts, results[draft["id"]], rows)
        for key, value in self.values.items():
            if before.get(key) != value:
                self.hands[key] = device

    def _may_replace(
        self,
        key: Key,
        old: Any,
        device: str,
        drafts: Sequence[Draft],
        numbers: Mapping[Key, int],
        rows: Mapping[Key, list[Any]],
    ) -> bool:
        kind, entity_id, name = key
        of_entity = [d for d in drafts if (d["entity"], d["entity_id"]) == (kind, entity_id)]
        if name == GONE and old is True:
            return bool(of_entity)  # whoever edits what was taken away brings it back
        writers = [d for d in of_entity if name in d["set"] or d["set"].get(GONE)]
        if not writers:
            return False
        first = writers[0]
        return (
            any(draft["was"].get(name) == old for draft in writers)
            or self.hands.get(key) == device
            or first["base_number"] >= numbers.get(key, 0)
            or old in rows.get(key, [])
        )

    def _stands(
        self, draft: Draft, drafts: Sequence[Draft], result: Draft, rows: Mapping[Key, list[Any]]
    ) -> None:
        if result["outcome"] not in ("applied", "merged", "conflict"):
            return
        later = drafts[drafts.index(draft) + 1 :]
        for name, value in draft["set"].items():
            key = (draft["entity"], draft["entity_id"], name)
            again = any(d["entity_id"] == draft["entity_id"] for d in later)
            if key in self.values and not again:
                stands = self.values[key] == value
                assert stands or value in rows.get(key, []), (draft, self.values[key], result)


def _values(session: Session) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for customer in session.scalars(select(Customer)):
        for name in CUSTOMER_FIELDS:
            found["customer", customer.id, name] = getattr(customer, name)
    for contact in session.scalars(select(CustomerContact)):
        for name in CONTACT_FIELDS:
            found["contact", contact.id, name] = getattr(contact, name)
        found["contact", contact.id, GONE] = False
    for removed in session.scalars(select(RemovedPart).where(RemovedPart.kind == "contact")):
        content = json.loads(removed.content or "{}")
        for name in CONTACT_FIELDS:
            found["contact", removed.id, name] = content[name]
        found["contact", removed.id, GONE] = True
    return found


def _numbers(session: Session) -> dict[Key, int]:
    rows = session.scalars(select(FieldChange))
    return {(row.entity, row.entity_id, row.field): row.number for row in rows}


def _conflicts(session: Session) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for row in session.scalars(select(ConflictRow)):
        values = json.loads(row.values or "{}")
        found.setdefault((row.entity, row.entity_id, row.field), []).extend(
            [values["kept"], values["other"]]
        )
    return found
