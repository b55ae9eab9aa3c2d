"""Customers who may be one person, and those who were found to be."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from server.accounts.models import User
from server.crypto import keyring
from server.customers.models import Customer, CustomerContact, CustomerMerge, CustomerPair
from server.customers.queries.detail import mask_reach
from server.database.parts import in_parts
from server.database.types import place
from server.domain.access import Actor, Permission

_PAIRS_A_PAGE: Final = 200
_LONGEST_CHAIN: Final = 10


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """Two customers of one name with one own phone; the older comes first. `phone` is masked."""

    first_id: str
    first_no: str
    second_id: str
    second_no: str
    name: str
    branch_id: str
    phone: str = ""
    first_has_id_no: bool = False
    second_has_id_no: bool = False
    first_officer: str | None = None
    second_officer: str | None = None

    def other_than(self, customer_id: str) -> tuple[str, str]:
        """Id and number of the one who is not that one."""
        if customer_id == self.first_id:
            return self.second_id, self.second_no
        return self.first_id, self.first_no


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A merge as people read it. `gone_no` is empty where the one that is gone never stood.

    `can_undo` is false for one undone, for one that never stood, and while the one who stays has
    itself become another.
    """

    id: str
    keep_id: str
    keep_no: str | None
    name: str
    gone_no: str
    reason: str
    merged_by: str | None
    merged_at: dt.datetime
    undone_by: str | None
    undone_at: dt.datetime | None
    can_undo: bool


@dataclass(frozen=True, slots=True)
class PairLine:
    """Two customers of whom a person said that they are two."""

    id: str
    name: str
    first_id: str
    first_no: str
    second_id: str
    second_no: str
    reason: str
    told_by: str | None
    told_at: dt.datetime


def possible_duplicates(
    session: Session, actor: Actor, *, of: str | None = None
) -> list[PossibleDuplicate]:
    """Pairs within a branch of the actor's reach, at most 200; `of` names one customer of the pair.

    Two ID numbers are never one person, so of each pair one has none. Left out are those of whom a
    person said that they are two.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    lacking, other = aliased(Customer), aliased(Customer)
    phone, officer, other_officer = aliased(CustomerContact), aliased(User), aliased(User)
    query = (
        _pairs(actor, lacking, other, phone)
        .outerjoin(officer, officer.id == lacking.officer_id)
        .outerjoin(other_officer, other_officer.id == other.officer_id)
        .add_columns(
            phone.id.label("phone_id"),
            phone.kind,
            phone.value_sealed,
            officer.display_name.label("officer"),
            other_officer.display_name.label("other_officer"),
        )
        .order_by(lacking.id, other.id)
        .limit(_PAIRS_A_PAGE)
    )
    if of is not None:
        query = query.where((lacking.id == of) | (other.id == of))
    found: dict[tuple[str, str], PossibleDuplicate] = {}
    for row in session.execute(query):
        pair = _pair(row)
        found.setdefault((pair.first_id, pair.second_id), pair)
    return [found[key] for key in sorted(found)]


def possible_duplicate_count(session: Session, actor: Actor) -> int:
    """How many pairs `possible_duplicates` would tell, without its limit."""
    actor.require(Permission.CONFLICTS_SETTLE)
    lacking, other = aliased(Customer), aliased(Customer)
    pairs = _pairs(actor, lacking, other, aliased(CustomerContact))
    ids = pairs.with_only_columns(lacking.id, other.id).distinct().subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def _pairs(actor: Actor, lacking: Any, other: Any, phone: Any) -> Any:
    """Who has no ID number, beside whoever else has the name and the phone.

    It begins with those few, for whom there is an index; each pair comes once.
    """
    same_phone = aliased(CustomerContact)
    query = (
        select(
            lacking.id.label("id"),
            lacking.customer_no.label("customer_no"),
            other.id.label("other_id"),
            other.customer_no.label("other_no"),
            other.id_no_index.is_not(None).label("other_has_id_no"),
            lacking.name,
            lacking.branch_id,
        )
        .join(phone, phone.customer_id == lacking.id)
        .join(same_phone, same_phone.value_index == phone.value_index)
        .join(other, other.id == same_phone.customer_id)
        .where(
            lacking.id_no_index.is_(None),
            lacking.id != other.id,
            other.id_no_index.is_not(None) | (lacking.id < other.id),
            lacking.name == other.name,
            lacking.kind == other.kind,
            lacking.branch_id == other.branch_id,
            phone.relation == "self",
            same_phone.relation == "self",
            ~_told_apart(lacking.id, other.id),
        )
    )
    return query if actor.branch_id is None else query.where(lacking.branch_id == actor.branch_id)


def _told_apart(one: Any, other: Any) -> Any:
    """Whether a person said that these are two people."""
    pair = CustomerPair
    return (
        select(literal(1))
        .where(
            pair.undone_at.is_(None),
            or_(
                and_(pair.first_id == one, pair.second_id == other),
                and_(pair.first_id == other, pair.second_id == one),
            ),
        )
        .exists()
    )


def told_apart(session: Session, actor: Actor, limit: int = 50) -> list[PairLine]:
    """The pairs of whom somebody said that they are two, within reach, the latest first."""
    actor.require(Permission.CONFLICTS_SETTLE)
    first, second, teller = aliased(Customer), aliased(Customer), aliased(User)
    query = (
        select(
            CustomerPair,
            first.name.label("name"),
            first.customer_no.label("first_no"),
            second.customer_no.label("second_no"),
            teller.display_name.label("teller"),
        )
        .join(first, first.id == CustomerPair.first_id)
        .join(second, second.id == CustomerPair.second_id)
        .outerjoin(teller, teller.id == CustomerPair.told_by)
        .where(CustomerPair.undone_at.is_(None))
        .order_by(CustomerPair.told_at.desc(), CustomerPair.id.desc())
        .limit(limit)
    )
    if actor.branch_id is not None:
        query = query.where(CustomerPair.branch_id == actor.branch_id)
    return [_pair_line(row) for row in session.execute(query)]


def _pair_line(found: Any) -> PairLine:
    row: CustomerPair = found.CustomerPair
    return PairLine(
        id=row.id,
        name=found.name,
        first_id=row.first_id,
        first_no=found.first_no,
        second_id=row.second_id,
        second_no=found.second_no,
        reason=row.reason,
        told_by=found.teller,
        told_at=row.told_at,
    )


def _pair(row: Any) -> PossibleDuplicate:
    where = place(CustomerContact.__tablename__, "value", row.phone_id)
    phone = mask_reach(row.kind, keyring.active().open(row.value_sealed, where))
    sides = sorted(
        [
            (row.id, row.customer_no, False, row.officer),
            (row.other_id, row.other_no, bool(row.other_has_id_no), row.other_officer),
        ]
    )
    (one, one_no, one_has, one_officer), (two, two_no, two_has, two_officer) = sides
    return PossibleDuplicate(
        first_id=one,
        first_no=one_no,
        second_id=two,
        second_no=two_no,
        name=row.name,
        branch_id=row.branch_id,
        phone=phone,
        first_has_id_no=one_has,
        second_has_id_no=two_has,
        first_officer=one_officer,
        second_officer=two_officer,
    )


def recent_merges(session: Session, actor: Actor, limit: int = 50) -> list[MergeLine]:
    """The merges within reach, the latest first, undone ones too."""
    actor.require(Permission.CONFLICTS_SETTLE)
    merger, undoer = aliased(User), aliased(User)
    query = (
        select(
            CustomerMerge,
            Customer.customer_no.label("keep_no"),
            Customer.name.label("keep_name"),
            merger.display_name.label("merger"),
            undoer.display_name.label("undoer"),
        )
        .outerjoin(Customer, Customer.id == CustomerMerge.keep_id)
        .outerjoin(merger, merger.id == CustomerMerge.merged_by)
        .outerjoin(undoer, undoer.id == CustomerMerge.undone_by)
        .order_by(CustomerMerge.merged_at.desc(), CustomerMerge.id.desc())
        .limit(limit)
    )
    if actor.branch_id is not None:
        query = query.where(CustomerMerge.branch_id == actor.branch_id)
    return [_merge_line(row) for row in session.execute(query)]


def _merge_line(found: Any) -> MergeLine:
    row: CustomerMerge = found.CustomerMerge
    gone = json.loads(row.content)["gone"] if row.content else {}
    return MergeLine(
        id=row.id,
        keep_id=row.keep_id,
        keep_no=found.keep_no,
        name=gone.get("name") or found.keep_name or "",
        gone_no=gone.get("customer_no") or "",
        reason=row.reason,
        merged_by=found.merger,
        merged_at=row.merged_at,
        undone_by=found.undoer,
        undone_at=row.undone_at,
        can_undo=row.undone_at is None and bool(gone) and found.keep_no is not None,
    )


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
    for some in in_parts(wanted):
        query = select(CustomerMerge.gone_id, CustomerMerge.keep_id).where(
            CustomerMerge.gone_id.in_(some),
            CustomerMerge.undone_at.is_(None),
        )
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found
