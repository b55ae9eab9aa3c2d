"""What stands while a push is taken: read for all its mutations at once, then kept up to date.

The customers that are edited are locked first, in the order of their ids; what is read of their
fields afterwards stands until the commit. What an earlier mutation of the same push wrote lies
over it, under a number that is yet to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.orm import Session

from server.covers.queries import held_by
from server.customers.queries import is_id
from server.customers.queries.duplicates import merged_into
from server.database.kinds import Found, MutationKind
from server.domain.access import Actor
from server.replication.kinds import KINDS
from server.replication.queries.places import (
    Place,
    customers_of_loans,
    customers_of_parts,
    customers_of_payments,
    places_of_customers,
)
from server.replication.queries.standing import (
    Key,
    Told,
    entity_of,
    field_changes,
    newest_numbers,
)
from sync.entity import Entity, FieldState
from sync.mutation import CREATE, Mutation
from sync.values import MAX_WHOLE, Json

CUSTOMER: Final = "customer"
TO_COME: Final = MAX_WHOLE
"""The number of what this push wrote, before the counter gives one."""

_PARTS: Final = ("contact", "address")
_NAMING: Final = ("customer_id", "loan_id", "repayment_id")


class Missing(LookupError):
    """An entry is about something that is not here (yet); `key` is its id."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(slots=True)
class Chunk:
    """The tables as far as one push is concerned."""

    session: Session
    actor: Actor
    device: str
    _places: dict[str, Place] = field(default_factory=dict)
    _customers: dict[Key, str] = field(default_factory=dict)
    _found: dict[Key, Found | None] = field(default_factory=dict)
    _entities: dict[Key, Entity] = field(default_factory=dict)
    _changes: dict[Key, dict[str, FieldState]] = field(default_factory=dict)
    _told: dict[Key, Told] = field(default_factory=dict)
    _read: set[Key] = field(default_factory=set)
    created: set[str] = field(default_factory=set)
    _merged: dict[str, str] = field(default_factory=dict)
    _holds: frozenset[str] | None = None

    @property
    def holds(self) -> frozenset[str]:
        """Whose customers the person holds today: the own and those that are covered."""
        if self._holds is None:
            self._holds = held_by(self.session, self.actor.user_id, self.actor.today)
        return self._holds

    def load(self, sent: Sequence[Mutation]) -> None:
        """Read what these mutations are about, in a few statements."""
        named = {each.entity_id for each in sent if each.entity == CUSTOMER}
        named |= {str(each.writes.get("customer_id")) for each in sent}
        self._merged.update(merged_into(self.session, {each for each in named if is_id(each)}))
        mutations = [self.redirected(each) for each in sent]
        self._load_customers(mutations)
        mergeable = {key_of(each) for each in mutations if _is_mergeable(each)}
        self._load_fields(mergeable)
        self._load_found({key_of(each) for each in mutations if each.entity in KINDS})

    def redirected(self, mutation: Mutation) -> Mutation:
        """The same about the customer whom the one it names has become."""
        if not self._merged:
            return mutation
        owner = mutation.writes.get("customer_id")
        if isinstance(owner, str) and owner in self._merged:
            writes = {**mutation.writes, "customer_id": self._merged[owner]}
            mutation = replace(mutation, writes=writes)
        if mutation.entity == CUSTOMER and mutation.entity_id in self._merged:
            return replace(mutation, entity_id=self._merged[mutation.entity_id])
        return mutation

    def found(self, kind: MutationKind, key: Key) -> Found | None:
        """The entity as it stands now."""
        if key not in self._found:
            self._found[key] = kind.find(self.session, self.actor, key[1])
        return self._found[key]

    def entity(self, kind: MutationKind, key: Key) -> Entity | None:
        """The entity as the engine knows it."""
        if key in self._entities:
            return self._entities[key]
        found = self.found(kind, key)
        if found is None:
            return None
        if key not in self._read:
            self._load_fields({key})
        return entity_of(key, found, self._changes.get(key, {}))

    def place(self, mutation: Mutation, found: Found | None) -> Place:
        """Whose the entry is. Raises `Missing` where what it names is not here."""
        key = key_of(mutation)
        if found is not None:
            customer_id = found.values.get("customer_id")
            return Place(
                found.branch_id,
                found.portfolio,
                key[1] if key[0] == CUSTOMER else customer_id if is_id(customer_id) else None,
            )
        for name in _NAMING:
            named = mutation.writes.get(name)
            if named is not None:
                return self._named_place(name, named)
        return Place(self.actor.branch_id, self.actor.user_id)

    def place_if_known(self, mutation: Mutation) -> Place:
        """Whose the entry is, as far as that can be told before anybody judges it."""
        kind = KINDS.get(mutation.entity)
        if kind is None:
            return Place(self.actor.branch_id, None)
        try:
            return self.place(mutation, self.found(kind, key_of(mutation)))
        except Missing:
            return Place(self.actor.branch_id, None)

    def is_told(self, kind: MutationKind, mutation: Mutation) -> bool:
        """Whether the answer tells the device all that is new in the entity's document."""
        told = self._told.get(key_of(mutation))
        if told is None:
            return mutation.op != CREATE or kind.tells_creation
        return told.number <= mutation.base_number or told.device == self.device

    def written(
        self, mutation: Mutation, place: Place, before: Found | None, after: Entity
    ) -> None:
        """Lay over what stands what a mutation wrote."""
        key = key_of(mutation)
        values: Mapping[str, Json] = {name: each.value for name, each in after.fields.items()}
        self._entities[key] = after
        if before is not None:
            self._found[key] = replace(before, values=values)
            return
        self._found[key] = Found(values, place.branch_id or "", place.portfolio)
        self._read.add(key)
        self.created.add(key[1])
        if key[0] == CUSTOMER:
            self._places[key[1]] = replace(place, customer_id=key[1])
        elif place.customer_id is not None:
            self._customers[key] = place.customer_id

    def forget(self, key: Key) -> None:
        """Read an entity anew where it is asked for again."""
        self._found.pop(key, None)
        self._entities.pop(key, None)

    def _load_customers(self, mutations: Sequence[Mutation]) -> None:
        wanted: dict[str, set[str]] = {name: set() for name in (*_NAMING, *_PARTS, CUSTOMER)}
        for each in mutations:
            if each.entity in (*_PARTS, CUSTOMER):
                wanted[each.entity].add(each.entity_id)
            for name in _NAMING:
                if is_id(each.writes.get(name)):
                    wanted[name].add(each.writes[name])
        for kind in _PARTS:
            pairs = customers_of_parts(self.session, kind, wanted[kind])
            self._customers.update({(kind, key): owner for key, owner in pairs.items()})
        for name, ask in _ASKED.items():
            pairs = ask(self.session, wanted[name])
            self._customers.update({(name, key): owner for key, owner in pairs.items()})
        edited = wanted[CUSTOMER] | {
            self._customers[key]
            for key in (key_of(each) for each in mutations if each.entity in _PARTS)
            if key in self._customers
        }
        edited |= {
            str(each.writes["customer_id"])
            for each in mutations
            if each.entity in _PARTS and is_id(each.writes.get("customer_id"))
        }
        self._places.update(places_of_customers(self.session, edited, lock=True))
        others = (wanted["customer_id"] | set(self._customers.values())) - self._places.keys()
        self._places.update(places_of_customers(self.session, others))

    def _load_fields(self, keys: set[Key]) -> None:
        self._changes.update(field_changes(self.session, keys))
        self._told.update(newest_numbers(self.session, keys))
        self._read |= keys

    def _load_found(self, keys: Iterable[Key]) -> None:
        by_kind: dict[str, list[str]] = {}
        for kind, key in keys:
            by_kind.setdefault(kind, []).append(key)
        for name, ids in by_kind.items():
            find_many = KINDS[name].find_many
            if find_many is not None:
                found = find_many(self.session, self.actor, ids)
                self._found.update({(name, key): found.get(key) for key in ids})

    def _named_place(self, name: str, named: Json) -> Place:
        if not is_id(named):
            raise Missing("")
        customer_id = named if name == "customer_id" else self._customers.get((name, named))
        if customer_id is None and name in _ASKED:
            customer_id = _ASKED[name](self.session, [named]).get(named)
        if customer_id is not None and customer_id not in self._places:
            self._places.update(places_of_customers(self.session, [customer_id]))
        place = self._places.get(customer_id or "")
        if place is None:
            raise Missing(named)
        return place


_ASKED: Final = {"loan_id": customers_of_loans, "repayment_id": customers_of_payments}


def key_of(mutation: Mutation) -> Key:
    """Kind and id."""
    return (mutation.entity, mutation.entity_id)


def _is_mergeable(mutation: Mutation) -> bool:
    kind = KINDS.get(mutation.entity)
    return kind is not None and not kind.rules.insert_only
