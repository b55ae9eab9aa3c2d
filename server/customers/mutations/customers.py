"""A customer made or changed on a device, through the actions that the desk uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import (
    DESCRIBING,
    Address,
    Contact,
    DescribeCustomer,
    EditCustomer,
    NewCustomer,
    create_customer,
    describe_customers,
    update_customer,
)
from server.customers.actions.standing import standing
from server.customers.models import Customer, CustomerEmployment
from server.customers.queries import find_customer
from server.customers.queries.taken import customer_of_id
from server.database.kinds import Found, MutationKind, Waits, Write, Written
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.chinese import name_pinyin
from server.domain.errors import Invalid
from server.domain.written import day_of, needed_text, only, text_of, whole_of
from sync.mutation import CREATE
from sync.policy import KindRules, Policy
from sync.values import same

EDITABLE: Final = frozenset({"name", "spouse_name", "employer", "occupation", "remark"})
DUPLICATE: Final = "duplicate_customer"

_KNOWN: Final = EDITABLE | {
    "kind",
    "id_no",
    "id_expiry_on",
    "gender",
    "birth_on",
    "monthly_income",
    "mobile",
    "address",
}
_TAKEN: Final = frozenset({"taken", "taken_elsewhere", "taken_in_batch"})


def _find(session: Session, actor: Actor, customer_id: str) -> Found | None:
    return _find_many(session, actor, [customer_id]).get(customer_id)


def _find_many(
    session: Session,
    actor: Actor,  # noqa: ARG001 (the push asks for reach)
    ids: Collection[str],
) -> dict[str, Found]:
    """What a device can know and change of customers, in one statement for 500."""
    wanted = sorted(ids)
    found = {}
    for part in in_parts(wanted):
        rows = session.execute(_COLUMNS.where(Customer.id.in_(part)))
        found.update({row.id: _found(row) for row in rows})
    return found


_COLUMNS: Final = select(
    Customer.id,
    Customer.branch_id,
    Customer.officer_id,
    Customer.kind,
    Customer.name,
    Customer.spouse_name,
    Customer.remark,
    CustomerEmployment.employer,
    CustomerEmployment.occupation,
).outerjoin(CustomerEmployment, CustomerEmployment.customer_id == Customer.id)


def _found(row: Any) -> Found:
    values = {
        "kind": row.kind,
        "name": row.name,
        "spouse_name": row.spouse_name,
        "remark": row.remark,
        "employer": row.employer or "",
        "occupation": row.occupation or "",
    }
    return Found(values, row.branch_id, row.officer_id)


def _write(session: Session, actor: Actor, write: Write) -> Written:
    if write.op == CREATE:
        return _create(session, actor, write)
    only(write.fields, EDITABLE)
    if write.fields.keys() <= DESCRIBING:
        return _describe(session, actor, [write])[0]
    row = find_customer(session, actor, write.entity_id, to_change=True)
    wanted: dict[str, Any] = {name: text_of(write.fields, name) for name in write.fields}
    values = replace(standing(row), **wanted)
    update_customer(session, actor, EditCustomer(row.id, row.version, values))
    return Written(_news(session, actor, write))


def _write_many(session: Session, actor: Actor, writes: Sequence[Write]) -> Sequence[Written]:
    """Edits of what only describes; all else is not for many."""
    for write in writes:
        only(write.fields, DESCRIBING)
    return _describe(session, actor, writes)


def _describe(session: Session, actor: Actor, writes: Sequence[Write]) -> list[Written]:
    commands = [
        DescribeCustomer(
            write.entity_id, {name: text_of(write.fields, name) for name in write.fields}
        )
        for write in writes
    ]
    stored = describe_customers(session, actor, commands)
    return [
        Written({name: text for name, text in texts.items() if not same(write.fields[name], text)})
        for write, texts in zip(writes, stored, strict=True)
    ]


def _news(session: Session, actor: Actor, write: Write) -> Mapping[str, Any]:
    """What was stored in another form than it was sent, and what follows from it."""
    stands = _find_many(session, actor, [write.entity_id])[write.entity_id].values
    news = {
        name: stands[name] for name, sent in write.fields.items() if not same(sent, stands[name])
    }
    if "name" in write.fields:
        sound = name_pinyin(stands["name"], person=stands["kind"] == "person")
        news["keys"] = [sound.initials, sound.full]
    return news


def _create(session: Session, actor: Actor, write: Write) -> Written:
    command = _command(actor, write)
    try:
        create_customer(session, actor, command)
    except Invalid as refusal:
        if refusal.field == "id_no" and refusal.reason in _TAKEN:
            raise Waits(DUPLICATE, customer_of_id(session, command.id_no)) from None
        raise
    return Written()


def _command(actor: Actor, write: Write) -> NewCustomer:
    fields = write.fields
    mobile, address = text_of(fields, "mobile"), text_of(fields, "address")
    if actor.branch_id is None:
        raise Invalid("branch_id", "missing")
    return NewCustomer(
        kind=needed_text(fields, "kind"),
        name=needed_text(fields, "name"),
        branch_id=actor.branch_id,
        officer_id=actor.user_id,
        id_no=text_of(fields, "id_no"),
        id_expiry_on=day_of(fields, "id_expiry_on"),
        gender=text_of(fields, "gender") or None,
        birth_on=day_of(fields, "birth_on"),
        spouse_name=text_of(fields, "spouse_name"),
        contacts=(Contact("mobile", mobile),) if mobile else (),
        addresses=(Address(address),) if address else (),
        employer=text_of(fields, "employer"),
        occupation=text_of(fields, "occupation"),
        monthly_income=whole_of(fields, "monthly_income"),
        remark=text_of(fields, "remark"),
        id=write.entity_id,
    )


CUSTOMER: Final = MutationKind(
    rules=KindRules(
        {
            "name": Policy.HOLD,
            "spouse_name": Policy.LWW,
            "employer": Policy.LWW,
            "occupation": Policy.LWW,
            "remark": Policy.LWW,
        }
    ),
    find=_find,
    write=_write,
    known=_KNOWN,
    find_many=_find_many,
    write_many=_write_many,
)
"""An ID number that is taken is a case for a person: the new customer is held, not refused."""
