"""Changing what only describes customers: spouse, work, remark. Many at once, in few statements.

None of it finds a customer, is sealed, or makes one complete; so nothing else of the customer has
to be read or written. Whatever does goes through `update`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from server.customers.actions.checks import MAX_NAME, MAX_OCCUPATION, clean, clean_remark
from server.customers.actions.feed import say_customer
from server.customers.models import Customer, CustomerEmployment
from server.database import new_id, record
from server.database.bulk import insert_rows
from server.database.parts import in_parts
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound

DESCRIBING: Final = frozenset({"spouse_name", "employer", "occupation", "remark"})

_WORK: Final = ("employer", "occupation")
_WORK_STANDS: Final = (
    "ON CONFLICT (customer_id) DO UPDATE SET employer = excluded.employer,"
    " occupation = excluded.occupation"
)


@dataclass(frozen=True, slots=True)
class DescribeCustomer:
    """New texts of a customer by field, fields being those of `DESCRIBING`."""

    customer_id: str
    texts: Mapping[str, str]


def describe_customers(
    session: Session, actor: Actor, commands: Sequence[DescribeCustomer]
) -> list[dict[str, str]]:
    """Change customers, each at most once; gives the texts as they are stored, command by command.

    Raises `NotAllowed`, `NotFound` and `Invalid` by field; then nothing is to be kept.
    """
    rows = _standing(session, actor, [each.customer_id for each in commands])
    stored = []
    changed: list[tuple[Any, dict[str, str]]] = []
    for command in commands:
        row = rows[command.customer_id]
        texts = {name: _even(row, name, text) for name, text in command.texts.items()}
        stored.append(texts)
        new = {name: text for name, text in texts.items() if text != _old(row, name)}
        if new:
            changed.append((row, new))
    _write(session, actor, changed)
    for row, new in changed:
        _say(session, actor, row, new)
    return stored


def _standing(session: Session, actor: Actor, ids: Sequence[str]) -> dict[str, Any]:
    """The customers, locked until the commit in the order of their ids."""
    found: dict[str, Any] = {}
    wanted = sorted(set(ids))
    for some in in_parts(wanted):
        query = _COLUMNS.where(Customer.id.in_(some))
        found.update({row.id: row for row in session.execute(query)})
    for customer_id in wanted:
        if customer_id not in found:
            raise NotFound("customer", customer_id)
        branch_id = found[customer_id].branch_id
        actor.require_reach("customer", customer_id, branch_id)
        actor.require(Permission.CUSTOMERS_WRITE, branch_id)
    return found


_COLUMNS: Final = (
    select(
        Customer.id,
        Customer.kind,
        Customer.branch_id,
        Customer.officer_id,
        Customer.version,
        Customer.spouse_name,
        Customer.remark,
        CustomerEmployment.employer,
        CustomerEmployment.occupation,
    )
    .outerjoin(CustomerEmployment, CustomerEmployment.customer_id == Customer.id)
    .order_by(Customer.id)
    .with_for_update(of=Customer)
)


def _even(row: Any, name: str, text: str) -> str:
    if name not in DESCRIBING:
        raise Invalid(name, "not_editable")
    if name == "spouse_name" and text and row.kind == "company":
        raise Invalid(name, "not_for_company")
    if name == "remark":
        return clean_remark(text)
    return clean(text, name, MAX_OCCUPATION if name == "occupation" else MAX_NAME)


def _old(row: Any, name: str) -> str:
    return getattr(row, name) or ""


def _write(session: Session, actor: Actor, changed: Sequence[tuple[Any, dict[str, str]]]) -> None:
    if not changed:
        return
    session.connection().execute(
        _NEW_TEXTS,
        [
            {
                "key": row.id,
                "new_spouse_name": new.get("spouse_name", row.spouse_name),
                "new_remark": new.get("remark", row.remark),
                "now": actor.now,
            }
            for row, new in changed
        ],
    )
    work = [_work_row(row, new) for row, new in changed if new.keys() & set(_WORK)]
    insert_rows(session, _table(CustomerEmployment), work, _WORK_STANDS)
    _forget(session, [row.id for row, _ in changed])


_NEW_TEXTS: Final = (
    update(Customer.__table__)  # type: ignore[arg-type]  # a declared class has a Table
    .where(Customer.__table__.c.id == bindparam("key"))
    .values(
        spouse_name=bindparam("new_spouse_name"),
        remark=bindparam("new_remark"),
        version=Customer.__table__.c.version + 1,
        updated_at=bindparam("now"),
    )
)


def _work_row(row: Any, new: Mapping[str, str]) -> dict[str, Any]:
    """The row that stands is changed; of one that is new nothing else is known."""
    texts = {name: new.get(name, _old(row, name)) for name in _WORK}
    return {"id": new_id(), "customer_id": row.id, **texts}


def _forget(session: Session, ids: Sequence[str]) -> None:
    """What the session holds of rows that were written past it is read again."""
    for customer_id in ids:
        held = session.identity_map.get(identity_key(Customer, customer_id))
        if held is not None:
            work = held.__dict__.get("employment")  # not read for this alone
            if work is not None:
                session.expire(work)
            session.expire(held)


def _say(session: Session, actor: Actor, row: Any, new: Mapping[str, str]) -> None:
    changes = {name: [_old(row, name), text] for name, text in _in_order(new)}
    record.note(
        session,
        actor,
        "customer.update",
        ("customer", row.id),
        branch_id=row.branch_id,
        changes={"version": [row.version, row.version + 1], **changes},
    )
    say_customer(session, row, list(new))


def _in_order(new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("spouse_name", "employer", "occupation", "remark"):
        if name in new:
            yield name, new[name]


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
