"""Customers who may be one person, and those who were found to be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from server.customers.models import Customer, CustomerContact, CustomerMerge
from server.domain.access import Actor, Permission

_PAIRS_A_PAGE: Final = 200
_IDS_A_READ: Final = 500
_LONGEST_CHAIN: Final = 10


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """Two customers of one name with one own phone; the older comes first."""

    first_id: str
    first_no: str
    second_id: str
    second_no: str
    name: str
    branch_id: str


def possible_duplicates(
    session: Session, actor: Actor, *, of: str | None = None
) -> list[PossibleDuplicate]:
    """Pairs within a branch of the actor's reach, at most 200; `of` names one customer of the pair.

    Two ID numbers are never one person, so of each pair one has none.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    one, other = aliased(Customer), aliased(Customer)
    phone, same_phone = aliased(CustomerContact), aliased(CustomerContact)
    query = (
        select(one.id, one.customer_no, other.id, other.customer_no, one.name, one.branch_id)
        .join(phone, phone.customer_id == one.id)
        .join(same_phone, same_phone.value_index == phone.value_index)
        .join(other, other.id == same_phone.customer_id)
        .where(
            one.id < other.id,
            one.name == other.name,
            one.kind == other.kind,
            one.branch_id == other.branch_id,
            phone.relation == "self",
            same_phone.relation == "self",
            one.id_no_index.is_(None) | other.id_no_index.is_(None),
        )
        .distinct()
        .order_by(one.id, other.id)
        .limit(_PAIRS_A_PAGE)
    )
    if actor.branch_id is not None:
        query = query.where(one.branch_id == actor.branch_id)
    if of is not None:
        query = query.where((one.id == of) | (other.id == of))
    return [PossibleDuplicate(*row) for row in session.execute(query)]


def merges_of(session: Session, actor: Actor, customer_id: str) -> list[CustomerMerge]:
    """The merges into a customer that were not undone, the latest first."""
    actor.require(Permission.CUSTOMERS_READ)
    query = (
        select(CustomerMerge)
        .where(CustomerMerge.keep_id == customer_id, CustomerMerge.undone_at.is_(None))
        .order_by(CustomerMerge.merged_at.desc(), CustomerMerge.id.desc())
    )
    return [row for row in session.scalars(query) if actor.reaches(row.branch_id)]


def merged_into(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Of these customers those who have become another, and whom; chains are followed."""
    found: dict[str, str] = {}
    wanted = set(ids)
    for _ in range(_LONGEST_CHAIN):
        steps = _steps(session, wanted)
        if not steps:
            break
        found = {gone: steps.get(keep, keep) for gone, keep in found.items()}
        found.update({gone: keep for gone, keep in steps.items() if gone in ids})
        wanted = set(steps.values())
    return found


def _steps(session: Session, ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _IDS_A_READ):
        query = select(CustomerMerge.gone_id, CustomerMerge.keep_id).where(
            CustomerMerge.gone_id.in_(wanted[start : start + _IDS_A_READ]),
            CustomerMerge.undone_at.is_(None),
        )
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found
