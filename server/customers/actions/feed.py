"""What the change feed hears of a customer, whose contacts and addresses are their own entities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy.orm import Session

from server.customers.actions.commands import Address, Contact
from server.customers.models import Customer
from server.database import notices, record
from server.domain.access import Actor

_PARTS: Final = frozenset({"contacts", "addresses"})
_COMPARED: Final = {
    "contact": ("kind", "relation", "person_name", "value"),
    "address": ("kind", "address"),
}


def say_created(
    session: Session,
    customer: tuple[str, str, str | None],
    contacts: Iterable[str],
    addresses: Iterable[str],
) -> None:
    """Say that a customer (id, branch, officer) was made, with its contacts and addresses (ids)."""
    customer_id, branch_id, officer_id = customer
    record.changed(session, ("customer", customer_id), branch_id, portfolio=officer_id)
    for kind, ids in (("contact", contacts), ("address", addresses)):
        for each in ids:
            record.changed(session, (kind, each), branch_id, customer_id=customer_id)


def say_customer(session: Session, row: Customer, fields: Collection[str]) -> None:
    """Say that columns of the customer's own changed; `fields` may name more than these."""
    record.changed(
        session,
        ("customer", row.id),
        row.branch_id,
        portfolio=row.officer_id,
        fields=[name for name in fields if name not in _PARTS],
    )


def tell_officers(
    session: Session, actor: Actor, row: Customer, before: str | None, after: str | None
) -> None:
    """Tell both officers of a customer who changes hands, save the one who did it."""
    if before == after:
        return
    for user_id, kind in ((before, "customer_taken"), (after, "customer_given")):
        if user_id != actor.user_id:
            notices.tell(
                session,
                user_id,
                kind,
                ("customer", row.id),
                at=actor.now,
                branch_id=row.branch_id,
                customer_id=row.id,
                params={"name": row.name, "no": row.customer_no, "by": actor.name},
            )


def say_parts(
    session: Session,
    row: Customer,
    kind: str,
    old: Sequence[Contact | Address],
    new: Sequence[Contact | Address],
) -> None:
    """Say which contacts (or addresses) were added, changed in which fields, or taken away."""
    before, after = {each.id: each for each in old}, {each.id: each for each in new}
    for key in [*after, *(key for key in before if key not in after)]:
        fields: Sequence[str] = ()
        if key not in after:
            fields = ("deleted",)
        elif key in before:
            fields = [
                name
                for name in _COMPARED[kind]
                if getattr(before[key], name) != getattr(after[key], name)
            ]
            if not fields:
                continue
        record.changed(
            session,
            (kind, key or ""),
            row.branch_id,
            customer_id=row.id,
            fields=fields,
            gone=key not in after,
        )
