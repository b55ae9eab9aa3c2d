"""The writing of the change feed: which entities changed, who holds them, who wrote which field.

All of it happens under the lock of the counter, so what is read here stands until the commit:
an entity cannot be written for one officer while its customer is on the way to another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, select

from server.database.bulk import insert_rows
from server.database.models import Change, Exit, FieldChange
from server.database.parts import in_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

Entity = tuple[str, str]
"""Kind and id."""

CUSTOMER: Final = "customer"
_NEWER_STANDS: Final = (
    "ON CONFLICT (entity, entity_id) DO UPDATE SET number = excluded.number,"
    " branch_id = excluded.branch_id, portfolio = excluded.portfolio,"
    " customer_id = excluded.customer_id, device = excluded.device, gone = excluded.gone"
)
_NEWER_FIELD: Final = (
    "ON CONFLICT (entity, entity_id, field) DO UPDATE SET number = excluded.number,"
    " stamp = excluded.stamp, mutation = excluded.mutation"
)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a device with one mutation and its corrected stamp (as text).

    `told` names the entities of which the device is told all in the answer to this mutation, so
    that its next pull can leave their number out. Leave out what it does not know: an entity that
    somebody else changed since it last pulled, and what the act changed beside (the loan of a
    repayment).

    `portfolio` is the own one of the person at the device. What turns out to be held by another
    (a customer lent by a cover, or no longer this person's) counts as leaving the own: the device
    may have laid it down by the answer and then lost the cover before it ever pulled with it.
    """

    device: str
    mutation: str
    stamp: str
    told: frozenset[Entity] = frozenset()
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """One entity that this transaction changes. `fields` tells who changed which (None: desk)."""

    branch_id: str | None
    portfolio: str | None = None
    customer_id: str | None = None
    device: str | None = None
    gone: bool = False
    left: frozenset[str] = frozenset()
    fields: Mapping[str, Author | None] = field(default_factory=dict)


def joined(
    before: Touched | None,
    author: Author | None,
    branch_id: str | None,
    *,
    portfolio: str | None,
    customer_id: str | None,
    fields: Iterable[str],
    left: str | None,
    gone: bool,
    told: bool,
) -> Touched:
    """A change of an entity, with what the same transaction did to it before."""
    if before is None and author is None and left is None and not (fields or gone):
        return _made(branch_id, portfolio, customer_id)
    named: Mapping[str, Author | None] = dict.fromkeys(fields, author)
    device = author.device if author is not None and told else None
    lefts = frozenset() if left is None else frozenset((left,))
    if author is not None and author.portfolio is not None:
        lefts |= {author.portfolio}
    if before is not None:
        named = {**before.fields, **named}
        lefts |= before.left
        device = device if device == before.device else None
    return Touched(branch_id, portfolio, customer_id, device, gone, lefts, named)


@lru_cache(maxsize=8)
def _made(branch_id: str | None, portfolio: str | None, customer_id: str | None) -> Touched:
    """A change that says no more than whose it is, as all that comes with a new customer does."""
    return Touched(branch_id, portfolio, customer_id)


def follow(session: Session, changes: dict[Entity, Touched]) -> dict[Entity, Touched]:
    """Give every change its portfolio, and find what moves with customers who change hands.

    Changes what stands in `changes`; returns the entities that are not in it.
    """
    standing = _portfolios(session, changes)
    moved: dict[str, str | None] = {}
    for entity, touched in changes.items():
        kind, key = entity
        if kind == CUSTOMER and key in standing and standing[key] != touched.portfolio:
            moved[key] = standing[key]
            changes[entity] = _leaving(touched, standing[key])
    for entity, touched in changes.items():
        owner = touched.customer_id
        if owner is not None:
            holder = changes.get((CUSTOMER, owner))
            portfolio = holder.portfolio if holder is not None else standing.get(owner)
            if portfolio != touched.portfolio:
                changes[entity] = Touched(
                    touched.branch_id,
                    portfolio,
                    owner,
                    touched.device,
                    touched.gone,
                    touched.left,
                    touched.fields,
                )
    return _followers(session, changes, moved)


def write(
    session: Session, changes: Mapping[Entity, Touched], after: int, desk: Author
) -> dict[Entity, int]:
    """Write the rows of the feed with the numbers from `after` + 1, and give the numbers."""
    numbers = {entity: after + place for place, entity in enumerate(changes, 1)}
    insert_rows(session, _table(Change), _change_rows(changes, numbers), _NEWER_STANDS)
    insert_rows(session, _table(Exit), list(_exit_rows(changes, numbers)))
    fields = list(_field_rows(changes, numbers, desk))
    insert_rows(session, _table(FieldChange), fields, _NEWER_FIELD)
    return numbers


def _portfolios(session: Session, changes: Mapping[Entity, Touched]) -> dict[str, str | None]:
    """The portfolios of customers as the feed has them, by id."""
    wanted = {key for kind, key in changes if kind == CUSTOMER}
    wanted |= {touched.customer_id for touched in changes.values() if touched.customer_id}
    found: dict[str, str | None] = {}
    for ids in in_parts(sorted(wanted)):
        rows = session.execute(
            select(Change.entity_id, Change.portfolio).where(
                Change.entity == CUSTOMER, Change.entity_id.in_(ids)
            )
        )
        found.update({row.entity_id: row.portfolio for row in rows})
    return found


def _followers(
    session: Session, changes: dict[Entity, Touched], moved: Mapping[str, str | None]
) -> dict[Entity, Touched]:
    found: dict[Entity, Touched] = {}
    for ids in in_parts(sorted(moved)):
        rows = session.execute(
            select(
                Change.entity, Change.entity_id, Change.branch_id, Change.customer_id, Change.gone
            )
            .where(Change.customer_id.in_(ids))
            .order_by(Change.number)
        )
        for row in rows:
            entity = (row.entity, row.entity_id)
            old, new = moved[row.customer_id], changes[CUSTOMER, row.customer_id].portfolio
            known = changes.get(entity)
            if known is not None:
                changes[entity] = _leaving(known, old)
            elif not row.gone:
                stays = Touched(row.branch_id, new, row.customer_id)
                found[entity] = _leaving(stays, old)
    return found


def _leaving(touched: Touched, old: str | None) -> Touched:
    """Under another officer: no device knows of that, also not the one that wrote."""
    left = touched.left if old is None else touched.left | {old}
    return replace(touched, left=left, device=None)


def _change_rows(
    changes: Mapping[Entity, Touched], numbers: Mapping[Entity, int]
) -> list[dict[str, Any]]:
    return [
        {
            "entity": entity[0],
            "entity_id": entity[1],
            "number": numbers[entity],
            "branch_id": touched.branch_id,
            "portfolio": touched.portfolio,
            "customer_id": touched.customer_id,
            "device": None if touched.left - {touched.portfolio} else touched.device,
            "gone": touched.gone,
        }
        for entity, touched in changes.items()
    ]


def _exit_rows(
    changes: Mapping[Entity, Touched], numbers: Mapping[Entity, int]
) -> Iterator[dict[str, Any]]:
    for entity, touched in changes.items():
        for portfolio in sorted(touched.left - {touched.portfolio}):
            yield {
                "portfolio": portfolio,
                "number": numbers[entity],
                "entity": entity[0],
                "entity_id": entity[1],
            }


def _field_rows(
    changes: Mapping[Entity, Touched], numbers: Mapping[Entity, int], desk: Author
) -> Iterator[dict[str, Any]]:
    for entity, touched in changes.items():
        for name, who in touched.fields.items():
            author = who or desk
            yield {
                "entity": entity[0],
                "entity_id": entity[1],
                "field": name,
                "number": numbers[entity],
                "stamp": author.stamp,
                "mutation": author.mutation,
            }


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
