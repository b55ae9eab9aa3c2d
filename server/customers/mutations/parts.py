"""A contact or an address made, changed or taken away on a device: an edit of its customer.

One that the desk took away meanwhile comes back when a device that did not know edits it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import Address, Contact, EditCustomer, NewCustomer
from server.customers.actions.checks import even_address, even_contact
from server.customers.actions.removed import content_of, edit_removed
from server.customers.actions.standing import standing
from server.customers.actions.update import change_customer
from server.customers.models import Customer, CustomerAddress, CustomerContact, RemovedPart
from server.customers.queries import find_customer
from server.database import record
from server.database.kinds import Found, MutationKind, Write, Written
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound
from server.domain.written import flag_of, needed_text, text_of
from sync.mutation import CREATE, DELETED
from sync.policy import KindRules, Policy
from sync.values import Json, same

Part = Contact | Address

_OWNER: Final = "customer_id"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A contact or an address: its table, its fields, and where the customer's command has it."""

    name: str
    model: Any
    place: str
    fields: tuple[str, ...]

    def find(self, session: Session, actor: Actor, part_id: str) -> Found | None:
        return self.find_many(session, actor, [part_id]).get(part_id)

    def find_many(
        self,
        session: Session,
        actor: Actor,  # noqa: ARG002 (the push asks for reach)
        ids: Collection[str],
    ) -> dict[str, Found]:
        """Those that stand and those that were taken away, in two statements for 500."""
        wanted, found = sorted(ids), dict[str, Found]()
        for part in in_parts(wanted):
            found.update(self._standing(session, part))
            missing = [each for each in part if each not in found]
            if missing:
                found.update(self._removed(session, missing))
        return found

    def _standing(self, session: Session, ids: list[str]) -> dict[str, Found]:
        query = (
            select(self.model, Customer.branch_id, Customer.officer_id)
            .join(Customer, Customer.id == self.model.customer_id)
            .where(self.model.id.in_(ids))
            .execution_options(populate_existing=True)
        )
        return {
            row.id: Found(
                {_OWNER: row.customer_id, **self.values(row), DELETED: False}, branch, officer
            )
            for row, branch, officer in session.execute(query)
        }

    def _removed(self, session: Session, ids: list[str]) -> dict[str, Found]:
        query = (
            select(RemovedPart, Customer.branch_id, Customer.officer_id)
            .join(Customer, Customer.id == RemovedPart.customer_id)
            .where(RemovedPart.id.in_(ids), RemovedPart.kind == self.name)
        )
        return {
            row.id: Found(
                {_OWNER: row.customer_id, **json.loads(row.content or "{}"), DELETED: True},
                branch,
                officer,
            )
            for row, branch, officer in session.execute(query)
        }

    def values(self, row: Any) -> dict[str, Json]:
        return {name: getattr(row, name) for name in self.fields}

    def write(self, session: Session, actor: Actor, write: Write) -> Written:
        found = self.find(session, actor, write.entity_id)
        owner = _owner(write, found)
        customer = find_customer(session, actor, owner, to_change=True)
        values = standing(customer)
        stands: tuple[Part, ...] = getattr(values, self.place)
        before = {} if found is None else found.values
        known = any(each.id == write.entity_id for each in stands)
        if flag_of({DELETED: before.get(DELETED), **write.fields}, DELETED):
            if not known:
                edit_removed(session, customer, self.name, self._part(write, before))
                return Written()
            rest = tuple(each for each in stands if each.id != write.entity_id)
            self._change(session, actor, customer, values, write, rest)
            return Written()
        part = self._part(write, before)
        new = tuple(part if each.id == write.entity_id else each for each in stands)
        self._change(session, actor, customer, values, write, new if known else (*new, part))
        if found is not None and not known:
            self._say_back(session, customer, write)
        return Written(_news(write, {**content_of(part), _OWNER: owner}))

    def _part(self, write: Write, before: Mapping[str, Json]) -> Part:
        """The part as it is to be, in its stored form."""
        wanted = {**before, **write.fields}
        if self.place == "addresses":
            kind = text_of(wanted, "kind") or "home"
            return even_address(Address(text_of(wanted, "address"), kind, write.entity_id))
        return even_contact(
            Contact(
                needed_text(wanted, "kind"),
                text_of(wanted, "value"),
                text_of(wanted, "relation") or "self",
                text_of(wanted, "person_name"),
                write.entity_id,
            )
        )

    def _change(
        self,
        session: Session,
        actor: Actor,
        customer: Customer,
        values: NewCustomer,
        write: Write,
        parts: tuple[Part, ...],
    ) -> None:
        changed: Any = {self.place: parts}
        made = frozenset({write.entity_id})
        command = EditCustomer(customer.id, customer.version, replace(values, **changed), made=made)
        change_customer(session, actor, customer, values, command)

    def _say_back(self, session: Session, customer: Customer, write: Write) -> None:
        """What was taken away stands again: a change of `deleted`, whatever else was written."""
        record.changed(
            session,
            (self.name, write.entity_id),
            customer.branch_id,
            customer_id=customer.id,
            fields=(DELETED, *(name for name in write.fields if name in self.fields)),
        )


def _news(write: Write, stored: Mapping[str, Json]) -> dict[str, Json]:
    """What is stored otherwise than it was sent; of a new one also what was not sent."""
    return {
        name: value
        for name, value in stored.items()
        if (not same(write.fields[name], value) if name in write.fields else write.op == CREATE)
    }


def _owner(write: Write, found: Found | None) -> str:
    """The customer; one that has it keeps it."""
    if found is None:
        if write.op != CREATE:
            raise NotFound("customer_part", write.entity_id)
        return needed_text(write.fields, _OWNER)
    owner = str(found.values[_OWNER])
    if write.fields.get(_OWNER, owner) != owner:
        raise Invalid(_OWNER, "not_editable")
    return owner


def _kind_of(kind: _Kind, policies: Mapping[str, Policy]) -> MutationKind:
    return MutationKind(
        rules=KindRules(policies),
        find=kind.find,
        write=kind.write,
        known=frozenset({_OWNER, *kind.fields}),
        tells_creation=True,
        find_many=kind.find_many,
    )


CONTACT: Final = _kind_of(
    _Kind("contact", CustomerContact, "contacts", ("kind", "relation", "person_name", "value")),
    {"value": Policy.HOLD, "person_name": Policy.LWW, "relation": Policy.LWW},
)
ADDRESS: Final = _kind_of(
    _Kind("address", CustomerAddress, "addresses", ("kind", "address")),
    {"address": Policy.HOLD, "kind": Policy.LWW},
)
