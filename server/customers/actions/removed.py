"""Contacts and addresses that were taken away are kept aside: a device may still be editing one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.customers.actions.commands import Address, Contact, NewCustomer
from server.customers.models import Customer, RemovedPart
from server.database import record
from server.domain.access import Actor
from server.domain.errors import NotFound

REMOVED_KEPT: Final = dt.timedelta(days=180)
"""As long as the feed remembers deletions; what comes later waits for a person anyway."""

_PRUNED_AT_ONCE: Final = 500


def keep_removed(
    session: Session, actor: Actor, customer_id: str, old: NewCustomer, new: NewCustomer
) -> None:
    """Keep what an edit takes away, and forget of it what an edit brings back."""
    _exchange(session, actor, customer_id, "contact", old.contacts, new.contacts)
    _exchange(session, actor, customer_id, "address", old.addresses, new.addresses)


def removed_part(session: Session, kind: str, part_id: str) -> RemovedPart | None:
    """What was taken away, by its id."""
    found = session.get(RemovedPart, part_id)
    return found if found is not None and found.kind == kind else None


def edit_removed(session: Session, row: Customer, kind: str, part: Contact | Address) -> None:
    """Change what was taken away and stays so: whoever brings it back finds what was written."""
    kept = removed_part(session, kind, part.id or "")
    if kept is None:
        raise NotFound("customer_part", part.id or "")
    before = json.loads(kept.content or "{}")
    content = content_of(part)
    kept.content = json.dumps(content, ensure_ascii=False)
    session.flush()
    record.changed(
        session,
        (kind, kept.id),
        row.branch_id,
        customer_id=row.id,
        fields=[name for name, value in content.items() if before.get(name) != value],
        gone=True,
    )


def prune_removed(session: Session, actor: Actor) -> int:
    """Forget what was taken away so long ago that no device can still be editing it; how many.

    A step of the night's job.
    """
    old = (
        select(RemovedPart.id)
        .where(RemovedPart.removed_at < actor.now - REMOVED_KEPT)
        .order_by(RemovedPart.removed_at)
        .limit(_PRUNED_AT_ONCE)
    )
    ids = list(session.scalars(old))
    session.execute(delete(RemovedPart).where(RemovedPart.id.in_(ids)))
    return len(ids)


def content_of(part: Contact | Address) -> dict[str, str]:
    """The fields of a contact or address, as a device knows them."""
    if isinstance(part, Address):
        return {"kind": part.kind, "address": part.address}
    return {
        "kind": part.kind,
        "relation": part.relation,
        "person_name": part.person_name,
        "value": part.value,
    }


def _exchange(
    session: Session,
    actor: Actor,
    customer_id: str,
    kind: str,
    old: Sequence[Contact | Address],
    new: Sequence[Contact | Address],
) -> None:
    before, after = {each.id: each for each in old}, {each.id: each for each in new}
    back = [key for key in after if key not in before]
    if back:
        session.execute(delete(RemovedPart).where(RemovedPart.id.in_(back)))
    for key, part in before.items():
        if key not in after:
            row = RemovedPart(id=key, customer_id=customer_id, kind=kind, removed_at=actor.now)
            row.content = json.dumps(content_of(part), ensure_ascii=False)
            session.add(row)
