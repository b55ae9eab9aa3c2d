"""Making customers: a batch is checked as a whole and written in a few bulk inserts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
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
from server.customers.actions.terms import term_rows, terms_of
from server.customers.models import (
    Customer,
    CustomerAddress,
    CustomerContact,
    CustomerEmployment,
    CustomerTerm,
)
from server.customers.queries.taken import blind_id, holders_of_ids, taken_numbers
from server.database import new_id, record
from server.database.bulk import insert_rows
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, all_or_none


@dataclass(slots=True)
class _Batch:
    """Rows on their way into the tables."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    employments: list[dict[str, Any]] = field(default_factory=list)
    terms: list[dict[str, str]] = field(default_factory=list)


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


def write_customers(
    session: Session, actor: Actor, customers: Sequence[CheckedCustomer]
) -> list[str]:
    """Write customers that `examine_customers` found right, and give their ids in order.

    Raises `Invalid("id_no" or "customer_no", "taken")` when another writer was first.
    """
    try:
        with record.savepoint(session):
            return _write(session, actor, customers)
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


def _write(session: Session, actor: Actor, customers: Sequence[CheckedCustomer]) -> list[str]:
    batch = _Batch()
    numbers = _numbers(session, customers)
    ids = [
        _gather(session, actor, batch, each, number)
        for each, number in zip(customers, numbers, strict=True)
    ]
    _insert(session, batch)
    return ids


def _numbers(session: Session, customers: Sequence[CheckedCustomer]) -> list[str]:
    """Each customer's number: its own or the next of its branch."""
    own = {each.values.customer_no for each in customers}
    wanted = Counter(each.values.branch_id for each in customers if not each.values.customer_no)
    given = {
        branch_id: iter(take_numbers(session, branch_id, count, own))
        for branch_id, count in sorted(wanted.items())
    }
    return [each.values.customer_no or next(given[each.values.branch_id]) for each in customers]


def _gather(
    session: Session, actor: Actor, batch: _Batch, checked: CheckedCustomer, customer_no: str
) -> str:
    values, customer_id = checked.values, checked.values.id or new_id()
    row = customer_row(customer_id, customer_no, checked, actor.now)
    contacts = [contact_row(customer_id, *each) for each in enumerate(values.contacts)]
    addresses = [address_row(customer_id, *each) for each in enumerate(values.addresses)]
    batch.customers.append(row)
    batch.contacts.extend(contacts)
    batch.addresses.extend(addresses)
    if values.employer or values.occupation or values.monthly_income is not None:
        batch.employments.append(employment_row(customer_id, values))
    terms = terms_of(values, customer_no)
    batch.terms.extend(term_rows(customer_id, values.branch_id, terms))
    record.note(
        session,
        actor,
        "customer.create",
        ("customer", customer_id),
        branch_id=values.branch_id,
        changes={"customer_no": [None, customer_no], "name": [None, values.name]},
        reason=values.id_evidence,
    )
    say_created(session, row, [each["id"] for each in contacts], [each["id"] for each in addresses])
    return customer_id


def _insert(session: Session, batch: _Batch) -> None:
    batch.terms.sort(key=itemgetter("term"))  # in the order of the index they are written sooner
    for model, rows in (
        (Customer, batch.customers),
        (CustomerContact, batch.contacts),
        (CustomerAddress, batch.addresses),
        (CustomerEmployment, batch.employments),
        (CustomerTerm, batch.terms),
    ):
        insert_rows(session, _table(model), rows)


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
