"""Two customers who are one person become one, and apart again if that was wrong.

The slices above keep rows of a customer; they hand in what belongs to one (`Belonging`), so that
this module need not know them. A row that nobody handed in keeps the merge from happening: the
database refuses to let a customer go whom a row still names.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from server.customers.actions.checks import CheckedCustomer
from server.customers.actions.commands import NEED, Address, Contact, EditCustomer, NewCustomer
from server.customers.actions.create import write_customers
from server.customers.actions.standing import standing
from server.customers.actions.terms import add_terms, terms_of
from server.customers.actions.update import update_customer
from server.customers.models import Customer, CustomerMerge, CustomerTerm, RemovedPart
from server.customers.queries.found import find_customer
from server.database import new_id, notices, record
from server.database.models import Change
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound

MAX_REASON: Final = 500
FILLED: Final = (
    "id_no",
    "id_expiry_on",
    "gender",
    "birth_on",
    "spouse_name",
    "bank_card",
    "employer",
    "occupation",
    "monthly_income",
    "remark",
)
"""What the customer who stays gets from the other where it has nothing itself."""

_PARTS: Final = ("contact", "address")
_DAYS: Final = ("id_expiry_on", "birth_on")


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of a slice that name a customer: their model, the column, and which of them count.

    `followers(session, ids)` gives the ids of what goes with them in the change feed (the payments
    of loans).
    """

    name: str
    model: Any
    column: str = "customer_id"
    only: ColumnElement[bool] | None = None
    followers: Callable[[Session, Sequence[str]], set[str]] | None = None


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """`gone_id` is the same person as `keep_id`."""

    keep_id: str
    gone_id: str
    reason: str


def merge_customers(
    session: Session, actor: Actor, command: MergeCustomers, belongings: Sequence[Belonging]
) -> str:
    """Let one of two customers go into the other; gives the id of the merge, which can be undone.

    The one that stays keeps its values and gets what it lacks. Raises `NotAllowed`, `NotFound` and
    `Invalid`: `("gone_id", "same" | "of_another_branch" | "another_kind" | "different_id_no")`,
    `("reason", "missing" | "too_long")`.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    reason = _reason(command.reason)
    keep, gone = _pair(session, actor, command)
    before, leaving = standing(keep), replace(standing(gone), id=gone.id)
    _refuse_strangers(keep, gone, before, leaving)
    content: dict[str, Any] = {
        "gone": _as_json(leaving),
        "id_original": gone.id_no_original or "",
        "created_at": gone.created_at.isoformat(),
        "moved": _move(session, belongings, gone.id, keep.id),
        "terms": _extra_terms(session, gone.id, leaving),
    }
    officers = (keep.officer_id, gone.officer_id)
    _say_moved(session, gone.id, keep, gone.officer_id)
    _let_go(session, keep, gone)
    content["filled"], content["added"] = _fill(session, actor, keep.id, before, leaving)
    content["terms"] = _give_terms(session, keep.id, keep.branch_id, content["terms"])
    row = CustomerMerge(
        id=new_id(),
        gone_id=command.gone_id,
        keep_id=command.keep_id,
        branch_id=keep.branch_id,
        reason=reason,
        merged_by=actor.user_id,
        merged_at=actor.now,
    )
    row.content = json.dumps(content, ensure_ascii=False)
    session.add(row)
    session.flush()
    _note(session, actor, "customer.merge", row, leaving)
    _tell(session, actor, row, officers, leaving)
    return row.id


def join_customer(session: Session, actor: Actor, command: MergeCustomers) -> str:
    """Say that a customer who never stood here (made on a device) is one who does.

    Raises as `merge_customers`, as far as that concerns the one who stands.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    reason = _reason(command.reason)
    keep = find_customer(session, actor, command.keep_id, to_change=True)
    if session.get(Customer, command.gone_id) is not None:
        raise Invalid("gone_id", "stands")
    row = CustomerMerge(
        id=new_id(),
        gone_id=command.gone_id,
        keep_id=keep.id,
        branch_id=keep.branch_id,
        reason=reason,
        merged_by=actor.user_id,
        merged_at=actor.now,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "customer.merge", row, standing(keep))
    return row.id


def unmerge_customers(
    session: Session, actor: Actor, merge_id: str, belongings: Sequence[Belonging]
) -> None:
    """Undo a merge: the customer stands again as before, and what came from it goes back.

    What was entered since stays with the one who stayed. Raises `NotAllowed`, `NotFound` and
    `Invalid("merge", "undone" | "later_merge" | "never_stood")`.
    """
    actor.require(Permission.CONFLICTS_SETTLE)
    row = session.get(CustomerMerge, merge_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("customer_merge", merge_id)
    actor.require_reach("customer_merge", merge_id, row.branch_id)
    if row.undone_at is not None:
        raise Invalid("merge", "undone")
    if not row.content:
        raise Invalid("merge", "never_stood")
    if session.get(Customer, row.keep_id) is None:
        raise Invalid("merge", "later_merge")
    content = json.loads(row.content)
    back = _from_json(content["gone"])
    keep = find_customer(session, actor, row.keep_id, to_change=True)
    officers = (keep.officer_id, back.officer_id)
    back = _take_back(session, actor, keep, content, back)
    _take_terms(session, keep.id, content["terms"])
    checked = CheckedCustomer(back, content["id_original"], back.incomplete, ())
    session.execute(delete(RemovedPart).where(RemovedPart.id.in_(content["added"])))
    write_customers(session, actor, [checked])
    created = dt.datetime.fromisoformat(content["created_at"])
    session.execute(update(Customer).where(Customer.id == row.gone_id).values(created_at=created))
    add_terms(session, [(row.gone_id, row.branch_id, each) for each in content["terms"]["all"]])
    stands = session.get_one(Customer, row.gone_id, populate_existing=True)
    _say_parts_back(session, stands, set(content["added"]), officers[0])
    _move_back(session, belongings, content["moved"], row)
    _say_back(session, belongings, content["moved"], row, stands, officers[0])
    row.undone_by, row.undone_at = actor.user_id, actor.now
    session.flush()
    _note(session, actor, "customer.unmerge", row, back)
    _tell(session, actor, row, officers, back, kind="customers_unmerged")


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Invalid("reason", "missing")
    if len(reason) > MAX_REASON:
        raise Invalid("reason", "too_long", limit=MAX_REASON)
    return reason


def _pair(session: Session, actor: Actor, command: MergeCustomers) -> tuple[Customer, Customer]:
    """Both, locked in the order of their ids."""
    if command.keep_id == command.gone_id:
        raise Invalid("gone_id", "same")
    found = {
        key: find_customer(session, actor, key, to_change=True)
        for key in sorted((command.keep_id, command.gone_id))
    }
    return found[command.keep_id], found[command.gone_id]


def _refuse_strangers(
    keep: Customer, gone: Customer, before: NewCustomer, leaving: NewCustomer
) -> None:
    if keep.branch_id != gone.branch_id:
        raise Invalid("gone_id", "of_another_branch")
    if keep.kind != gone.kind:
        raise Invalid("gone_id", "another_kind")
    if before.id_no and leaving.id_no:
        raise Invalid("gone_id", "different_id_no")


def _move(
    session: Session, belongings: Sequence[Belonging], gone: str, keep: str
) -> dict[str, list[str]]:
    """Give rows another customer; says which, by the name of what they are."""
    moved = {}
    for each in belongings:
        column = getattr(each.model, each.column)
        query = select(each.model.id).where(column == gone)
        if each.only is not None:
            query = query.where(each.only)
        ids = list(session.scalars(query))
        _name(session, each, ids, keep)
        moved[each.name] = ids
    return moved


def _move_back(
    session: Session,
    belongings: Sequence[Belonging],
    moved: Mapping[str, list[str]],
    row: CustomerMerge,
) -> None:
    for each in belongings:
        _name(session, each, moved.get(each.name, []), row.gone_id)


def _name(session: Session, each: Belonging, ids: Sequence[str], customer_id: str) -> None:
    if ids:
        session.execute(
            update(each.model)
            .where(each.model.id.in_(ids))
            .values({each.column: customer_id})
            .execution_options(synchronize_session=False)
        )
        session.expire_all()


def _say_moved(session: Session, gone: str, keep: Customer, left: str | None) -> None:
    """All that the feed knows of the customer belongs to the other now."""
    rows = session.execute(
        select(Change.entity, Change.entity_id, Change.branch_id)
        .where(Change.customer_id == gone, ~Change.gone, Change.entity.not_in(_PARTS))
        .order_by(Change.number)
    ).all()
    for kind, key, branch_id in rows:
        record.changed(
            session,
            (kind, key),
            branch_id,
            customer_id=keep.id,
            left=left if left != keep.officer_id else None,
        )


def _let_go(session: Session, keep: Customer, gone: Customer) -> None:
    """The customer and what is its alone; a contact that the other gets is said anew there."""
    parts = [("contact", each.id) for each in gone.contacts]
    parts += [("address", each.id) for each in gone.addresses]
    for part in parts:
        record.changed(
            session,
            part,
            gone.branch_id,
            customer_id=keep.id,
            left=gone.officer_id if gone.officer_id != keep.officer_id else None,
            gone=True,
        )
    record.changed(
        session, ("customer", gone.id), gone.branch_id, portfolio=gone.officer_id, gone=True
    )
    gone_id, branch_id = gone.id, gone.branch_id
    session.flush()
    # No index finds the terms of a customer: this reads a branch through, as merges are few.
    session.execute(
        delete(CustomerTerm)
        .where(CustomerTerm.branch_id == branch_id, CustomerTerm.customer_id == gone_id)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(Customer).where(Customer.id == gone_id).execution_options(synchronize_session=False)
    )
    session.expire_all()


def _fill(
    session: Session, actor: Actor, keep_id: str, before: NewCustomer, leaving: NewCustomer
) -> tuple[dict[str, Any], list[str]]:
    """Give the one who stays what it lacks; says which fields, and the ids of its new parts."""
    filled = {
        name: getattr(leaving, name)
        for name in FILLED
        if getattr(before, name) in ("", None) and getattr(leaving, name) not in ("", None)
    }
    contacts = tuple(each for each in leaving.contacts if not _reaches(before, each))
    addresses = tuple(each for each in leaving.addresses if not _lives(before, each))
    added = [str(each.id) for each in contacts] + [str(each.id) for each in addresses]
    if filled or added:
        row = find_customer(session, actor, keep_id, to_change=True)
        changed: dict[str, Any] = {
            **filled,
            "contacts": (*before.contacts, *contacts),
            "addresses": (*before.addresses, *addresses),
        }
        values = replace(before, incomplete=NEED[before.kind], **changed)
        update_customer(
            session, actor, EditCustomer(row.id, row.version, values, made=frozenset(added))
        )
    told = {name: _plain(value) for name, value in filled.items()}
    return told, added


def _reaches(values: NewCustomer, part: Contact) -> bool:
    return any((e.value, e.relation) == (part.value, part.relation) for e in values.contacts)


def _lives(values: NewCustomer, part: Address) -> bool:
    return any(each.address == part.address for each in values.addresses)


def _take_back(
    session: Session, actor: Actor, keep: Customer, content: Mapping[str, Any], back: NewCustomer
) -> NewCustomer:
    """Take from the one who stayed what it got, as it stands by now, where it still has it."""
    now = standing(keep)
    added = set(content["added"])
    contacts = {each.id: each for each in now.contacts if each.id in added}
    addresses = {each.id: each for each in now.addresses if each.id in added}
    emptied: dict[str, Any] = {
        name: _EMPTY.get(name, "")
        for name, value in content["filled"].items()
        if _plain(getattr(now, name)) == value
    }
    changed: dict[str, Any] = {
        **emptied,
        "contacts": tuple(each for each in now.contacts if each.id not in added),
        "addresses": tuple(each for each in now.addresses if each.id not in added),
        "incomplete": NEED[now.kind],
    }
    command = EditCustomer(keep.id, keep.version, replace(now, **changed))
    update_customer(session, actor, command)
    return replace(
        back,
        contacts=tuple(contacts.get(each.id, each) for each in back.contacts),
        addresses=tuple(addresses.get(each.id, each) for each in back.addresses),
    )


_EMPTY: Final[Mapping[str, Any]] = dict.fromkeys(
    ("id_expiry_on", "gender", "birth_on", "monthly_income")
)


def _say_parts_back(session: Session, stands: Customer, added: set[str], left: str | None) -> None:
    """Contacts and addresses that the other had got leave that officer's devices."""
    parts = [("contact", each.id) for each in stands.contacts]
    parts += [("address", each.id) for each in stands.addresses]
    for part in parts:
        if part[1] in added and left != stands.officer_id:
            record.changed(session, part, stands.branch_id, customer_id=stands.id, left=left)


def _say_back(
    session: Session,
    belongings: Sequence[Belonging],
    moved: Mapping[str, list[str]],
    row: CustomerMerge,
    stands: Customer,
    left: str | None,
) -> None:
    """What went back to the customer, and what goes with it."""
    ids = {key for keys in moved.values() for key in keys}
    for each in belongings:
        if each.followers is not None:
            ids |= each.followers(session, moved.get(each.name, []))
    rows = session.execute(
        select(Change.entity, Change.entity_id, Change.branch_id)
        .where(Change.customer_id == row.keep_id, ~Change.gone, Change.entity.not_in(_PARTS))
        .order_by(Change.number)
    ).all()
    for kind, key, branch_id in rows:
        if key in ids:
            record.changed(
                session,
                (kind, key),
                branch_id,
                customer_id=row.gone_id,
                left=left if left != stands.officer_id else None,
            )


def _extra_terms(session: Session, customer_id: str, values: NewCustomer) -> list[str]:
    """The terms that others let this customer be found by: contract numbers."""
    rows = session.scalars(select(CustomerTerm.term).where(CustomerTerm.customer_id == customer_id))
    return sorted(set(rows) - terms_of(values, values.customer_no))


def _give_terms(
    session: Session, keep_id: str, branch_id: str, terms: Sequence[str]
) -> dict[str, list[str]]:
    known = set(
        session.scalars(select(CustomerTerm.term).where(CustomerTerm.customer_id == keep_id))
    )
    new = [each for each in terms if each not in known]
    add_terms(session, [(keep_id, branch_id, each) for each in new])
    return {"all": list(terms), "new": new}


def _take_terms(session: Session, keep_id: str, terms: Mapping[str, list[str]]) -> None:
    if terms["new"]:
        session.execute(
            delete(CustomerTerm).where(
                CustomerTerm.customer_id == keep_id, CustomerTerm.term.in_(terms["new"])
            )
        )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _as_json(values: NewCustomer) -> dict[str, Any]:
    told = asdict(values)
    return {name: _plain(value) for name, value in told.items()} | {
        "extra": dict(values.extra),
        "incomplete": list(values.incomplete),
    }


def _from_json(told: Mapping[str, Any]) -> NewCustomer:
    known = {each.name for each in fields(NewCustomer)}
    values = {name: value for name, value in told.items() if name in known}
    for name in _DAYS:
        values[name] = dt.date.fromisoformat(values[name]) if values[name] else None
    values["contacts"] = tuple(Contact(**each) for each in values["contacts"])
    values["addresses"] = tuple(Address(**each) for each in values["addresses"])
    values["incomplete"] = tuple(values["incomplete"])
    return NewCustomer(**values)


def _note(
    session: Session, actor: Actor, action: str, row: CustomerMerge, other: NewCustomer
) -> None:
    record.note(
        session,
        actor,
        action,
        ("customer", row.keep_id),
        branch_id=row.branch_id,
        changes={"customer_no": [other.customer_no, other.customer_no], "name": [other.name] * 2},
        reason=row.reason,
    )


def _tell(
    session: Session,
    actor: Actor,
    row: CustomerMerge,
    officers: tuple[str | None, str | None],
    other: NewCustomer,
    kind: str = "customers_merged",
) -> None:
    for user_id in sorted({each for each in officers if each is not None} - {actor.user_id or ""}):
        notices.tell(
            session,
            user_id,
            kind,
            ("customer", row.keep_id),
            at=actor.now,
            branch_id=row.branch_id,
            customer_id=row.keep_id,
            params={"name": other.name, "no": other.customer_no, "by": actor.name},
        )
