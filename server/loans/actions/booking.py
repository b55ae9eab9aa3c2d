"""Making loans: a batch is checked as a whole and written in a few bulk inserts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Table, select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.accounts import queries as accounts
from server.crypto import keyring
from server.customers.actions import add_terms
from server.customers.models import Customer
from server.customers.queries import standing_fields
from server.database import new_id, record
from server.database.bulk import Row, insert_ready, ready, ready_of_each
from server.database.parts import in_parts
from server.database.types import place
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, all_or_none
from server.domain.events import Event
from server.domain.fields import FieldDefinition, FieldOwner
from server.domain.money import yuan
from server.domain.parameters import Parameters
from server.domain.workdays import HolidayRule, Workdays
from server.loans.actions.checks import CheckedLoan, examine_loan
from server.loans.actions.commands import Collateral, Guarantor, NewLoan
from server.loans.actions.demands import demands
from server.loans.actions.numbers import take_numbers, taken_ious, taken_numbers
from server.loans.actions.states import state_values
from server.loans.models import Loan, LoanCollateral, LoanEvent, LoanGuarantor, LoanState
from server.loans.queries import columns_of, details_of, kind_of
from server.products.models import Product
from server.products.queries import custom_fields, parameters_on, workdays

_COLUMNS: Final = list(Loan.__table__.columns.keys())
_OWNER_AT: Final = _COLUMNS.index("customer_id")
_NUMBER_AT: Final = _COLUMNS.index("contract_no")


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a batch of loans refers to, read once."""

    definitions: list[FieldDefinition]
    stands: dict[str, set[str]]
    products: dict[str, Product]
    customers: dict[str, tuple[str, str]]
    branches: frozenset[str]
    officers: dict[str, str | None]
    rules: Parameters
    workdays: Workdays | None


def create_loan(session: Session, actor: Actor, command: NewLoan) -> str:
    """Make one loan and give its id; see `create_loans`."""
    return create_loans(session, actor, [command])[0]


def create_loans(session: Session, actor: Actor, commands: Sequence[NewLoan]) -> list[str]:
    """Make loans, all or none, and give their ids in order.

    Raises `NotAllowed`, and the first `Invalid` of `examine_loans` with `row` (from 0) in its
    detail.
    """
    return write_loans(session, actor, all_or_none(examine_loans(session, actor, commands)))


def examine_loans(
    session: Session, actor: Actor, commands: Sequence[NewLoan]
) -> list[tuple[CheckedLoan, tuple[Invalid, ...]]]:
    """Check loans one by one, against those that stand, and against each other.

    Gives for each what would be written and all that is wrong with it. Raises `NotAllowed` when
    one is of a branch beyond the actor's reach.
    """
    for branch_id in {command.branch_id for command in commands}:
        actor.require(Permission.LOANS_WRITE, branch_id)
    around = _surroundings(session, actor, commands)
    examined = [_examine(command, around, actor.today) for command in commands]
    stored = [checked.values for checked, _ in examined]
    numbers = taken_numbers(session, [each.contract_no for each in stored if each.contract_no])
    ious = taken_ious(session, [each.iou_no for each in stored if each.iou_no])
    answer = []
    for (checked, faults), values in zip(examined, stored, strict=True):
        more = list(faults)
        if values.contract_no in numbers:
            more.append(Invalid("contract_no", "taken"))
        if values.iou_no in ious:
            more.append(Invalid("iou_no", "taken"))
        # What this row takes is gone for the rows after it.
        numbers.update({values.contract_no} - {""})
        ious.update({values.iou_no} - {""})
        answer.append((checked, tuple(more)))
    return answer


def _examine(
    command: NewLoan, around: _Surroundings, today: dt.date
) -> tuple[CheckedLoan, tuple[Invalid, ...]]:
    faults = list(_wrong_place(command, around))
    if _moves(command):
        command = replace(command, terms=replace(command.terms, workdays=around.workdays))
    product = around.products.get(command.product_id)
    customer = around.customers.get(command.customer_id)
    if product is None or customer is None:
        return CheckedLoan("", command, (), None, ()), tuple(faults)
    checked, more = examine_loan(command, product, customer[1], today, around.rules)
    if command.imported:
        return checked, (*faults, *more)
    stands = around.stands[command.customer_id]
    asked = demands(command, product.field_rules, stands, around.definitions)
    return checked, (*faults, *more, *asked)


def _moves(command: NewLoan) -> bool:
    """Whether due dates on holidays move, so that the working days are asked for."""
    return command.terms.holidays is not HolidayRule.NONE


def _wrong_place(command: NewLoan, around: _Surroundings) -> list[Invalid]:
    faults = []
    if command.product_id not in around.products:
        faults.append(Invalid("product_id", "unknown"))
    customer = around.customers.get(command.customer_id)
    if customer is None:
        faults.append(Invalid("customer_id", "unknown"))
    elif customer[0] != command.branch_id:
        faults.append(Invalid("branch_id", "not_the_customers"))
    if command.branch_id not in around.branches:
        faults.append(Invalid("branch_id", "unknown"))
    if command.officer_id is not None:
        if command.officer_id not in around.officers:
            faults.append(Invalid("officer_id", "unknown"))
        elif around.officers[command.officer_id] not in {None, command.branch_id}:
            faults.append(Invalid("officer_id", "of_another_branch"))
    faults.extend(_wrong_guarantors(command, around))
    return faults


def _wrong_guarantors(command: NewLoan, around: _Surroundings) -> Iterator[Invalid]:
    for number, each in enumerate(command.guarantors):
        if each.customer_id is not None:
            known = around.customers.get(each.customer_id)
            if known is None or known[0] not in around.branches:
                yield Invalid(f"guarantors.{number}.customer", "unknown")
            elif each.customer_id == command.customer_id:
                yield Invalid(f"guarantors.{number}.customer", "own_guarantor")


def _surroundings(session: Session, actor: Actor, commands: Sequence[NewLoan]) -> _Surroundings:
    wanted = {command.product_id for command in commands}
    products = session.scalars(select(Product).where(Product.id.in_(wanted)))
    borrowers = {command.customer_id for command in commands}
    sureties = {each.customer_id or "" for command in commands for each in command.guarantors}
    ids = sorted((borrowers | sureties) - {""})
    asked = sorted({each.customer_id for each in commands if not each.imported} - {""})
    customers: dict[str, tuple[str, str]] = {}
    for some in in_parts(ids):
        rows = session.execute(
            select(Customer.id, Customer.branch_id, Customer.kind).where(Customer.id.in_(some))
        )
        customers.update({row.id: (row.branch_id, row.kind) for row in rows})
    return _Surroundings(
        definitions=custom_fields(session, FieldOwner.LOAN) if asked else [],
        stands=standing_fields(session, asked),
        products={product.id: product for product in products},
        customers=customers,
        branches=frozenset(b.id for b in accounts.branches(session, actor) if b.active),
        officers={user.id: user.branch_id for user in accounts.officers(session, None)},
        rules=parameters_on(session, actor.today),
        workdays=workdays(session) if any(map(_moves, commands)) else None,
    )


class LoanRows(NamedTuple):
    """A new loan's rows as `bulk.ready` makes them, but for whose it is."""

    loan_id: str
    branch_id: str
    contract_no: str
    principal: int
    warnings: str
    loan: Row
    state: Row
    events: Sequence[Row]
    guarantors: Sequence[Row]
    collaterals: Sequence[Row]


def rows_of_loans(
    loans: Sequence[CheckedLoan], actor: Actor, rules: Parameters, dialect: Dialect
) -> list[LoanRows]:
    """The rows of checked loans with numbers. It touches no database, as `customers.rows_of`."""
    rows = iter(ready(_table(Loan), dialect, [_loan_row(each, actor) for each in loans]))
    states = iter(ready(_table(LoanState), dialect, [_state_row(each, rules) for each in loans]))
    events = ready_of_each(_table(LoanEvent), dialect, [_event_rows(each, actor) for each in loans])
    guarantors = ready_of_each(
        _table(LoanGuarantor),
        dialect,
        [guarantor_rows(each.loan_id, each.values.guarantors) for each in loans],
    )
    collaterals = ready_of_each(
        _table(LoanCollateral),
        dialect,
        [collateral_rows(each.loan_id, each.values.collaterals) for each in loans],
    )
    return [
        LoanRows(
            each.loan_id,
            each.values.branch_id,
            each.values.contract_no,
            each.values.terms.principal,
            " ".join(each.warnings)[:500],
            next(rows),
            next(states),
            next(events),
            next(guarantors),
            next(collaterals),
        )
        for each in loans
    ]


def write_loans(
    session: Session,
    actor: Actor,
    loans: Sequence[CheckedLoan],
    customer_ids: Sequence[str] | None = None,
) -> list[str]:
    """Write loans that `examine_loans` found right, and give their ids in order.

    `customer_ids` says whose they are where the commands could not: an import checks loans
    before their customers are made. Raises `Invalid("contract_no" or "iou_no", "taken")` when
    another writer was first.
    """
    owners = customer_ids or [each.values.customer_id for each in loans]
    rules = parameters_on(session, actor.today)
    numbered = _with_numbers(session, loans)
    rows = rows_of_loans(numbered, actor, rules, session.get_bind().dialect)
    return write_loan_rows(session, actor, rows, owners)


def write_loan_rows(
    session: Session, actor: Actor, rows: Sequence[LoanRows], customer_ids: Sequence[str]
) -> list[str]:
    """Write the rows of numbered loans of those customers; see `write_loans`."""
    try:
        with record.savepoint(session):
            return _write(session, actor, rows, customer_ids)
    except IntegrityError as error:
        text = str(error.orig)
        for field in ("contract_no", "iou_no"):
            if field in text:
                raise Invalid(field, "taken") from None
        raise


def _with_numbers(session: Session, loans: Sequence[CheckedLoan]) -> list[CheckedLoan]:
    """The same loans, each with a contract number: its own or the next of its product."""
    own = {each.values.contract_no for each in loans}
    wanted = Counter(_series(each) for each in loans if not each.values.contract_no)
    if not wanted:
        return list(loans)
    codes = {row.id: row.code for row in session.execute(select(Product.id, Product.code))}
    given = {
        (product_id, year): iter(
            take_numbers(session, (product_id, codes[product_id]), year, count, own)
        )
        for (product_id, year), count in sorted(wanted.items())
    }
    return [
        each
        if each.values.contract_no
        else replace(each, values=replace(each.values, contract_no=next(given[_series(each)])))
        for each in loans
    ]


def _series(loan: CheckedLoan) -> tuple[str, int]:
    return loan.values.product_id, loan.values.terms.disbursed_on.year


def _write(
    session: Session, actor: Actor, rows: Sequence[LoanRows], owners: Sequence[str]
) -> list[str]:
    for each, owner in zip(rows, owners, strict=True):
        _note(session, actor, each)
        record.changed(session, ("loan", each.loan_id), each.branch_id, customer_id=owner)
    for model, values in (
        (Loan, [_with_owner(*each) for each in zip(rows, owners, strict=True)]),
        (LoanState, [each.state for each in rows]),
        (LoanEvent, [row for each in rows for row in each.events]),
        (LoanGuarantor, [row for each in rows for row in each.guarantors]),
        (LoanCollateral, [row for each in rows for row in each.collaterals]),
    ):
        insert_ready(session, _table(model), values)
    add_terms(
        session,
        [
            (owner, each.branch_id, each.contract_no)
            for each, owner in zip(rows, owners, strict=True)
        ],
    )
    return [each.loan_id for each in rows]


def _with_owner(rows: LoanRows, customer_id: str) -> Row:
    """The row of the loan with its owner, and with the number that it goes by."""
    values = list(rows.loan)
    values[_OWNER_AT], values[_NUMBER_AT] = customer_id, rows.contract_no
    return tuple(values)


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table


def _loan_row(loan: CheckedLoan, actor: Actor) -> dict[str, Any]:
    values = loan.values
    return {
        "id": loan.loan_id,
        "contract_no": values.contract_no,
        "iou_no": values.iou_no or None,
        "customer_id": values.customer_id,
        "branch_id": values.branch_id,
        "officer_id": values.officer_id,
        "product_id": values.product_id,
        **columns_of(values.terms),
        "purpose": values.purpose,
        "security": values.security,
        "remark": values.remark,
        "incomplete": list(values.incomplete),
        "complete": not values.incomplete,
        "extra": dict(values.extra),
        "version": 1,
        "created_at": actor.now,
        "updated_at": actor.now,
    }


def _state_row(loan: CheckedLoan, rules: Parameters) -> dict[str, Any]:
    if loan.sheet is None:
        raise ValueError("a loan with faults is not written")
    return state_values(loan.loan_id, loan.values.branch_id, loan.sheet, rules)


def _event_rows(loan: CheckedLoan, actor: Actor) -> list[dict[str, Any]]:
    owner = (loan.loan_id, loan.values.branch_id)
    return [event_row(owner, event, actor, reason="") for event in loan.events]


def event_row(
    owner: tuple[str, str],
    event: Event,
    actor: Actor,
    *,
    reason: str,
    part_of_id: str | None = None,
) -> dict[str, Any]:
    """The row of an event of a loan; `owner` is (loan id, branch id), `order` its place."""
    return {
        "id": event.id,
        "loan_id": owner[0],
        "branch_id": owner[1],
        "place": event.order,
        "kind": kind_of(event),
        "value_on": event.value_on,
        "posted_on": event.posted_on,
        "recorded_at": actor.now,
        "recorded_by": actor.user_id,
        "reverses_id": getattr(event, "of", None),
        "part_of_id": part_of_id,
        "reason": reason,
        "details": details_of(event),
    }


def guarantor_rows(
    loan_id: str, guarantors: Sequence[Guarantor], after: int = 0
) -> list[dict[str, Any]]:
    """The rows of guarantors of a loan, placed after those it has."""
    return [
        {
            "id": row_id,
            "loan_id": loan_id,
            "place": number,
            "customer_id": each.customer_id,
            "name": each.name,
            "id_no_sealed": _sealed("id_no", row_id, each.id_no),
            "id_no_index": keyring.active().blind("id_no", each.id_no) if each.id_no else None,
            "mobile_sealed": _sealed("mobile", row_id, each.mobile),
        }
        for number, each in enumerate(guarantors, after)
        for row_id in (new_id(),)
    ]


def _sealed(name: str, row_id: str, text: str) -> bytes | None:
    if not text:
        return None
    return keyring.active().seal(text, place(LoanGuarantor.__tablename__, name, row_id))


def collateral_rows(
    loan_id: str, collaterals: Sequence[Collateral], after: int = 0
) -> list[dict[str, Any]]:
    """The rows of what secures a loan, placed after what it has."""
    return [
        {
            "id": new_id(),
            "loan_id": loan_id,
            "place": number,
            "description": each.description,
            "value": each.value,
            "valued_on": each.valued_on,
        }
        for number, each in enumerate(collaterals, after)
    ]


def _note(session: Session, actor: Actor, rows: LoanRows) -> None:
    record.note(
        session,
        actor,
        "loan.create",
        ("loan", rows.loan_id),
        branch_id=rows.branch_id,
        changes={
            "contract_no": [None, rows.contract_no],
            "principal": [None, yuan(rows.principal)],
        },
        reason=rows.warnings,
    )
