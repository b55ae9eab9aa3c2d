"""Changing a customer: the second of two editors is shown both versions, nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.accounts import queries as accounts
from server.customers.actions.checks import CheckedCustomer, examine_customer
from server.customers.actions.commands import (
    Address,
    Contact,
    EditCustomer,
    NewCustomer,
    ReassignCustomers,
)
from server.customers.actions.create import taken_id, taken_meanwhile
from server.customers.actions.feed import say_customer, say_parts, tell_officers
from server.customers.actions.removed import keep_removed
from server.customers.actions.rows import (
    address_row,
    contact_row,
    customer_columns,
    employment_row,
)
from server.customers.actions.standing import FIELDS, differences, shown, standing
from server.customers.actions.terms import replace_terms, terms_of
from server.customers.models import (
    Customer,
    CustomerAddress,
    CustomerContact,
    CustomerEmployment,
)
from server.customers.queries.found import find_customer
from server.customers.queries.taken import blind_id, holders_of_ids, taken_numbers
from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid


def update_customer(session: Session, actor: Actor, command: EditCustomer) -> dict[str, list[Any]]:
    """Change a customer and say what changed: `{field: [old, new]}`, masked; empty for nothing.

    Raises `NotAllowed`, `NotFound`, `Invalid`, and `Conflict` with both versions, masked, when
    somebody changed the customer since `command.version`.
    """
    row = find_customer(session, actor, command.customer_id, to_change=True)
    return change_customer(session, actor, row, standing(row), command)


def change_customer(
    session: Session, actor: Actor, row: Customer, old: NewCustomer, command: EditCustomer
) -> dict[str, list[Any]]:
    """As `update_customer`, for who has the locked row and what stands in it already at hand."""
    checked, faults = _examined(session, actor, row, old, command)
    if faults:
        raise faults[0]
    checked = replace(checked, values=_with_ids(checked.values))
    changes = differences(old, checked.values)
    completed = list(checked.missing) != row.incomplete
    if not changes and not completed:
        return {}
    try:
        with record.savepoint(session):
            _write(session, actor, row, old, checked)
            _say(session, actor, row, changes, checked.values.id_evidence)
            if completed or changes.keys() - {"contacts", "addresses"}:
                say_customer(session, row, changes)
            say_parts(session, row, "contact", old.contacts, checked.values.contacts)
            say_parts(session, row, "address", old.addresses, checked.values.addresses)
            keep_removed(session, actor, row.id, old, checked.values)
            tell_officers(session, actor, row, old.officer_id, checked.values.officer_id)
    except IntegrityError as error:
        raise taken_meanwhile(error) from None
    return changes


def examine_edit(
    session: Session, actor: Actor, command: EditCustomer
) -> tuple[CheckedCustomer, tuple[Invalid, ...]]:
    """Check an edit and give all that is wrong with it. Raises as `update_customer` does."""
    row = find_customer(session, actor, command.customer_id, to_change=True)
    return _examined(session, actor, row, standing(row), command)


def _examined(
    session: Session, actor: Actor, row: Customer, old: NewCustomer, command: EditCustomer
) -> tuple[CheckedCustomer, tuple[Invalid, ...]]:
    """What the customer is to be, and all that is wrong with it."""
    actor.require(Permission.CUSTOMERS_WRITE, row.branch_id)
    entered = _with_kept(old, command)
    if row.version != command.version:
        raise _both(old, entered)
    checked, faults = examine_customer(_same_id(old, entered), actor.today)
    return checked, (*faults, *_standing_faults(session, actor, row, old, checked.values))


def _both(old: NewCustomer, entered: NewCustomer) -> Conflict:
    """Both versions, masked; birth and gender follow the ID number and are not chosen apart."""
    fields = [name for name in FIELDS if not (entered.id_no and name in {"birth_on", "gender"})]
    return Conflict(
        "customer",
        {name: shown(old, name) for name in fields},
        {name: shown(entered, name) for name in fields},
    )


def reassign_customers(session: Session, actor: Actor, command: ReassignCustomers) -> int:
    """Hand customers to an officer of their branch; gives how many changed hands."""
    actor.require(Permission.CUSTOMERS_REASSIGN)
    officers = {user.id: user for user in accounts.officers(session, None)}
    officer = officers.get(command.officer_id)
    if officer is None:
        raise Invalid("officer_id", "unknown")
    names = {user.id: user.display_name for user in officers.values()}
    changed = 0
    for customer_id in sorted(set(command.customer_ids)):
        row = find_customer(session, actor, customer_id, to_change=True)
        actor.require(Permission.CUSTOMERS_REASSIGN, row.branch_id)
        if officer.branch_id not in {None, row.branch_id}:
            raise Invalid("officer_id", "of_another_branch")
        if row.officer_id == officer.id:
            continue
        taken_from = row.officer_id
        before = names.get(taken_from or "", taken_from or "")
        row.officer_id, row.updated_at = officer.id, actor.now
        row.version += 1
        session.flush()
        _note(session, actor, row, {"officer_id": [before, officer.display_name]}, command.reason)
        say_customer(session, row, ["officer_id"])
        tell_officers(session, actor, row, taken_from, officer.id)
        changed += 1
    return changed


def _with_kept(old: NewCustomer, command: EditCustomer) -> NewCustomer:
    """The whole of what is wanted: what a form did not send back is filled in from what stands."""
    contacts = {each.id: each for each in old.contacts}
    addresses = {each.id: each for each in old.addresses}
    kept = {name: getattr(old, name) for name in command.keep}
    return replace(
        command.values,
        kind=old.kind,
        branch_id=old.branch_id,
        customer_no=command.values.customer_no or old.customer_no,
        contacts=tuple(
            _kept_contact(each, contacts, command.made) for each in command.values.contacts
        ),
        addresses=tuple(
            _kept_address(each, addresses, command.made) for each in command.values.addresses
        ),
        incomplete=(*command.values.incomplete, *old.incomplete),
        **kept,
    )


def _kept_contact(
    each: Contact, stored: dict[str | None, Contact], made: frozenset[str]
) -> Contact:
    """An id that is not this customer's is taken for a new row."""
    known = stored.get(each.id) if each.id else None
    if known is None:
        return each if each.id in made else replace(each, id=None)
    return each if each.value else replace(each, kind=known.kind, value=known.value)


def _kept_address(
    each: Address, stored: dict[str | None, Address], made: frozenset[str]
) -> Address:
    known = stored.get(each.id) if each.id else None
    if known is None:
        return each if each.id in made else replace(each, id=None)
    return each if each.address else replace(each, address=known.address)


def _with_ids(values: NewCustomer) -> NewCustomer:
    """Contacts and addresses that are new get their ids here."""
    return replace(
        values,
        contacts=tuple(replace(each, id=each.id or new_id()) for each in values.contacts),
        addresses=tuple(replace(each, id=each.id or new_id()) for each in values.addresses),
    )


def _same_id(old: NewCustomer, entered: NewCustomer) -> NewCustomer:
    """A credit code that was accepted with evidence is not asked for it again."""
    same = bool(entered.id_no) and entered.id_no == old.id_no
    return replace(entered, id_evidence=entered.id_evidence or "unchanged") if same else entered


def _standing_faults(
    session: Session, actor: Actor, row: Customer, old: NewCustomer, new: NewCustomer
) -> list[Invalid]:
    """What is wrong beside the customers and the staff that stand."""
    found = []
    if new.id_no and new.id_no != old.id_no:
        index = blind_id(new.id_no)
        holder = holders_of_ids(session, [index]).get(index)
        if holder is not None:
            found.append(taken_id(actor, holder))
    if new.customer_no != row.customer_no and taken_numbers(session, [new.customer_no]):
        found.append(Invalid("customer_no", "taken"))
    if new.officer_id is not None and new.officer_id != row.officer_id:
        officers = {user.id: user.branch_id for user in accounts.officers(session, None)}
        if new.officer_id not in officers:
            found.append(Invalid("officer_id", "unknown"))
        elif officers[new.officer_id] not in {None, row.branch_id}:
            found.append(Invalid("officer_id", "of_another_branch"))
    return found


def _write(
    session: Session, actor: Actor, row: Customer, old: NewCustomer, checked: CheckedCustomer
) -> None:
    values, work_id = checked.values, row.employment.id if row.employment else None
    columns = customer_columns(row.id, checked, actor.now)
    if values.id_no == old.id_no:
        del columns["id_no_original_sealed"]
    session.execute(
        update(Customer)
        .where(Customer.id == row.id)
        .values(**columns, customer_no=values.customer_no, version=Customer.version + 1)
        .execution_options(synchronize_session=False)
    )
    if values.contacts != old.contacts:
        contacts = [contact_row(row.id, *each) for each in enumerate(values.contacts)]
        _replace(session, CustomerContact, row.id, contacts)
    if values.addresses != old.addresses:
        addresses = [address_row(row.id, *each) for each in enumerate(values.addresses)]
        _replace(session, CustomerAddress, row.id, addresses)
    if _work_of(values) != _work_of(old):
        work = [employment_row(row.id, values, work_id)] if any(_work_of(values)) else []
        _replace(session, CustomerEmployment, row.id, work)
    replace_terms(
        session,
        row.id,
        row.branch_id,
        terms_of(old, old.customer_no),
        terms_of(values, values.customer_no),
    )
    _read_anew(session, row)


def _work_of(values: NewCustomer) -> tuple[str, ...]:
    income = "" if values.monthly_income is None else str(values.monthly_income)
    return values.employer, values.occupation, income


def _read_anew(session: Session, row: Customer) -> None:
    """What the statements changed behind the session's back is read again where it is used."""
    parts = [*row.contacts, *row.addresses, row.employment]
    for each in [row, *(part for part in parts if part is not None)]:
        session.expire(each)


def _replace(
    session: Session,
    model: type[CustomerContact | CustomerAddress | CustomerEmployment],
    customer_id: str,
    rows: list[dict[str, Any]],
) -> None:
    session.execute(
        delete(model)
        .where(model.customer_id == customer_id)
        .execution_options(synchronize_session=False)
    )
    table = model.__table__
    if rows and isinstance(table, Table):
        session.execute(insert(table), rows)


def _say(
    session: Session,
    actor: Actor,
    row: Customer,
    changes: dict[str, list[Any]],
    evidence: str,
) -> None:
    told = dict(changes)
    if "officer_id" in told:
        ids = {each for each in told["officer_id"] if each}
        names = accounts.names_by_id(session, set(ids))
        told["officer_id"] = [names.get(each, each) for each in told["officer_id"]]
    reason = evidence if "id_no" in changes and evidence != "unchanged" else ""
    _note(session, actor, row, told, reason)


def _note(
    session: Session, actor: Actor, row: Customer, changes: dict[str, list[Any]], reason: str
) -> None:
    """Say what changed; the version tells a later editor what happened since theirs."""
    version = session.scalar(select(Customer.version).where(Customer.id == row.id)) or 1
    record.note(
        session,
        actor,
        "customer.update",
        ("customer", row.id),
        branch_id=row.branch_id,
        changes={"version": [version - 1, version], **changes},
        reason=reason,
    )
