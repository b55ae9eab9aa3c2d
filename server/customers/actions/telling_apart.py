"""Saying of two customers who look alike that they are two people, and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import CustomerPair
from server.customers.queries.found import find_customer
from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound

MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class TellApart:
    """Two customers who are two people, and how that is known."""

    first_id: str
    second_id: str
    reason: str


def tell_apart(session: Session, actor: Actor, command: TellApart) -> str:
    """Keep that two customers are two people; gives the id of that. Said twice it stands once.

    Raises `NotAllowed`, `NotFound`, `Invalid("second_id", "same")`, `Invalid("reason", "missing" |
    "too_long")`.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    reason = command.reason.strip()
    if not reason:
        raise Invalid("reason", "missing")
    if len(reason) > MAX_REASON:
        raise Invalid("reason", "too_long", limit=MAX_REASON)
    if command.first_id == command.second_id:
        raise Invalid("second_id", "same")
    first_id, second_id = sorted((command.first_id, command.second_id))
    first = find_customer(session, actor, first_id, to_change=True)
    find_customer(session, actor, second_id, to_change=True)
    standing = select(CustomerPair.id).where(
        CustomerPair.first_id == first_id,
        CustomerPair.second_id == second_id,
        CustomerPair.undone_at.is_(None),
    )
    known = session.scalar(standing)
    if known is not None:
        return known
    row = CustomerPair(
        id=new_id(),
        first_id=first_id,
        second_id=second_id,
        branch_id=first.branch_id,
        reason=reason,
        told_by=actor.user_id,
        told_at=actor.now,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "customer.tell_apart", row, reason)
    return row.id


def doubt_again(session: Session, actor: Actor, pair_id: str) -> None:
    """Take back that two are two: they are told as possible duplicates again.

    Raises `NotAllowed`, `NotFound`.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    row = session.get(CustomerPair, pair_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("customer_pair", pair_id)
    actor.require_reach("customer_pair", pair_id, row.branch_id)
    if row.undone_at is not None:
        return
    row.undone_by, row.undone_at = actor.user_id, actor.now
    session.flush()
    _note(session, actor, "customer.doubt_again", row, "")


def _note(session: Session, actor: Actor, act: str, row: CustomerPair, reason: str) -> None:
    for key in (row.first_id, row.second_id):
        record.note(session, actor, act, ("customer", key), branch_id=row.branch_id, reason=reason)
