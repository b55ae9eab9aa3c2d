"""Making customers: a batch is checked as a whole and written in a few bulk inserts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.accounts import queries as accounts
from server.customers.actions.checks import CheckedCustomer, examine_customer
from server.customers.actions.commands import NewCustomer
from server.customers.actions.feed import say_created
from server.customers.actions.numbers import take_numbers
from server.customers.actions.rows import (
    address_row,
    contact_row,
    customer_row,
    employment_row,
)
from server.customers.actions.terms import terms_of, write_terms
from server.customers.models import (
    Customer,
    CustomerAddress,
    CustomerContact,
    CustomerEmployment,
)
from server.customers.queries.needles import term
from server.customers.queries.taken import blind_id, holders_of_ids, taken_numbers
from server.database import new_id, record
from server.database.bulk import Row, insert_ready, ready, ready_of_each
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, all_or_none

_NUMBER_AT: Final = list(Customer.__table__.columns.keys()).index("customer_no")
_ID_AT: Final = 0
"""Every table here begins with it."""


class CustomerRows(NamedTuple):
    """A new customer's rows as `bulk.ready` makes them, but for a number of the series.

    `customer_no` is empty for the next number of the branch; `terms` are the words themselves.
    """

    customer_id: str
    branch_id: str
    officer_id: str | None
    customer_no: str
    name: str
    evidence: str
    customer: Row
    contacts: Sequence[Row]
    addresses: Sequence[Row]
    employments: Sequence[Row]
    terms: Sequence[str]


def create_customer(session: Session, actor: Actor, command: NewCustomer) -> str:
    """Make one customer and give its id; see `create_customers`."""
    return create_customers(session, actor, [command])[0]


def create_customers(session: Session, actor: Actor, commands: Sequence[NewCustomer]) -> list[str]:
    """Make customers, all or none, and give their ids in order.

    Raises `NotAllowed`, and the first `Invalid` of `examine_customers` with `row` (from 0) in
    its detail.
    """
    return write_customers(session, actor, all_or_none(examine_customers(session, actor, commands)))


def examine_customers(
    session: Session, actor: Actor, commands: Sequence[NewCustomer]
) -> list[tuple[CheckedCustomer, tuple[Invalid, ...]]]:
    """Check customers one by one and against those that stand and each other.

    Gives for each what would be written and all that is wrong with it. Raises `NotAllowed` when
    one is of a branch beyond the actor's reach.
    """
    for branch_id in {command.branch_id for command in commands}:
        actor.require(Permission.CUSTOMERS_WRITE, branch_id)
    examined = [examine_customer(command, actor.today) for command in commands]
    indexes = [blind_id(c.values.id_no) if c.values.id_no else "" for c, _ in examined]
    holders = holders_of_ids(session, {index for index in indexes if index})
    numbers = [checked.values.customer_no for checked, _ in examined]
    taken = taken_numbers(session, {number for number in numbers if number})
    places = _places(session, actor)
    seen: Counter[str] = Counter()
    answer = []
    for (checked, faults), index, number in zip(examined, indexes, numbers, strict=True):
        more = list(faults)
        more.extend(_wrong_place(checked.values, places))
        if index and (index in holders or seen[index]):
            more.append(taken_id(actor, holders.get(index)))
        if number and (number in taken or seen[number]):
            more.append(Invalid("customer_no", "taken"))
        seen[index] += 1
        seen[number] += 1
        answer.append((checked, tuple(more)))
    return answer


def rows_of(
    customers: Sequence[CheckedCustomer], now: dt.datetime, dialect: Dialect
) -> list[CustomerRows]:
    """The rows of checked customers: sealed, indexed, with the terms that find them.

    It touches no database: an import makes rows in one process and writes them in another.
    """
    ids = [each.values.id or new_id() for each in customers]
    made = [
        (
            customer_row(customer_id, each.values.customer_no, each, now),
            [contact_row(customer_id, *placed) for placed in enumerate(each.values.contacts)],
            [address_row(customer_id, *placed) for placed in enumerate(each.values.addresses)],
            [employment_row(customer_id, each.values)] if _works(each.values) else [],
        )
        for customer_id, each in zip(ids, customers, strict=True)
    ]
    rows = iter(ready(_table(Customer), dialect, [each[0] for each in made]))
    contacts = ready_of_each(_table(CustomerContact), dialect, [each[1] for each in made])
    addresses = ready_of_each(_table(CustomerAddress), dialect, [each[2] for each in made])
    employments = ready_of_each(_table(CustomerEmployment), dialect, [each[3] for each in made])
    return [
        CustomerRows(
            customer_id,
            each.values.branch_id,
            each.values.officer_id,
            each.values.customer_no,
            each.values.name,
            each.values.id_evidence,
            next(rows),
            next(contacts),
            next(addresses),
            next(employments),
            list(terms_of(each.values, each.values.customer_no)),
        )
        for customer_id, each in zip(ids, customers, strict=True)
    ]


def _works(values: NewCustomer) -> bool:
    return bool(values.employer or values.occupation or values.monthly_income is not None)


def write_customers(
    session: Session, actor: Actor, customers: Sequence[CheckedCustomer]
) -> list[str]:
    """Write customers that `examine_customers` found right, and give their ids in order.

    Raises `Invalid("id_no" or "customer_no", "taken")` when another writer was first.
    """
    rows = rows_of(customers, actor.now, session.get_bind().dialect)
    return write_customer_rows(session, actor, rows)


def write_customer_rows(session: Session, actor: Actor, rows: Sequence[CustomerRows]) -> list[str]:
    """Write the rows of `rows_of`; see `write_customers`."""
    try:
        with record.savepoint(session):
            return _write(session, actor, rows)
    except IntegrityError as error:
        raise taken_meanwhile(error) from None


def taken_meanwhile(error: IntegrityError) -> Invalid:
    """Say which number another writer took between the check and the write."""
    text = str(error.orig)
    if "customer_no" in text:
        return Invalid("customer_no", "taken")
    if "id_no_index" in text:
        return Invalid("id_no", "taken_elsewhere")
    raise error


def taken_id(actor: Actor, holder: tuple[str, str] | None) -> Invalid:
    """Refuse an ID number in use; of another branch's customer nothing is told."""
    if holder is None or not actor.reaches(holder[1]):
        return Invalid("id_no", "taken_elsewhere" if holder else "taken_in_batch")
    return Invalid("id_no", "taken", customer_no=holder[0])


def _places(session: Session, actor: Actor) -> tuple[set[str], dict[str, str | None]]:
    """The active branches in reach, and the branch of each member of staff who has customers."""
    branches = {branch.id for branch in accounts.branches(session, actor) if branch.active}
    officers = {user.id: user.branch_id for user in accounts.officers(session, None)}
    return branches, officers


def _wrong_place(
    values: NewCustomer, places: tuple[set[str], dict[str, str | None]]
) -> list[Invalid]:
    branches, officers = places
    if values.branch_id not in branches:
        return [Invalid("branch_id", "unknown")]
    if values.officer_id is None:
        return []
    if values.officer_id not in officers:
        return [Invalid("officer_id", "unknown")]
    if officers[values.officer_id] not in {None, values.branch_id}:
        return [Invalid("officer_id", "of_another_branch")]
    return []


def _write(session: Session, actor: Actor, rows: Sequence[CustomerRows]) -> list[str]:
    numbers = _numbers(session, rows)
    terms = []
    for each, number in zip(rows, numbers, strict=True):
        _note(session, actor, each, number)
        of_each = each.terms if each.customer_no else [*each.terms, term(number)]
        terms += [(each.branch_id, word, each.customer_id) for word in of_each]
    for model, values in (
        (Customer, [_with_number(*each) for each in zip(rows, numbers, strict=True)]),
        (CustomerContact, [row for each in rows for row in each.contacts]),
        (CustomerAddress, [row for each in rows for row in each.addresses]),
        (CustomerEmployment, [row for each in rows for row in each.employments]),
    ):
        insert_ready(session, _table(model), values)
    write_terms(session, terms)
    return [each.customer_id for each in rows]


def _numbers(session: Session, rows: Sequence[CustomerRows]) -> list[str]:
    """Each customer's number: its own or the next of its branch."""
    own = {each.customer_no for each in rows}
    wanted = Counter(each.branch_id for each in rows if not each.customer_no)
    given = {
        branch_id: iter(take_numbers(session, branch_id, count, own))
        for branch_id, count in sorted(wanted.items())
    }
    return [each.customer_no or next(given[each.branch_id]) for each in rows]


def _with_number(rows: CustomerRows, customer_no: str) -> Row:
    return (*rows.customer[:_NUMBER_AT], customer_no, *rows.customer[_NUMBER_AT + 1 :])


def _note(session: Session, actor: Actor, rows: CustomerRows, customer_no: str) -> None:
    record.note(
        session,
        actor,
        "customer.create",
        ("customer", rows.customer_id),
        branch_id=rows.branch_id,
        changes={"customer_no": [None, customer_no], "name": [None, rows.name]},
        reason=rows.evidence,
    )
    say_created(
        session,
        (rows.customer_id, rows.branch_id, rows.officer_id),
        [row[_ID_AT] for row in rows.contacts],
        [row[_ID_AT] for row in rows.addresses],
    )


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
