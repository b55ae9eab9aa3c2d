"""Reads of single loans, and of the statement that tells one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server.accounts.models import User
from server.customers.models import Customer
from server.database.parts import in_parts
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.domain.masking import mask_id, mask_phone
from server.domain.statement import Payoff, Statement, payoff, statement
from server.loans.models import Loan, LoanEvent
from server.loans.queries.history import events_of, terms_of
from server.products.models import Product


@dataclass(frozen=True, slots=True)
class LoanParties:
    """Who stands behind a loan, by name: what a page's head says of it."""

    customer: Customer
    product_name: str
    officer_name: str | None


@dataclass(frozen=True, slots=True)
class GuarantorLine:
    """A guarantor as a page shows one: numbers masked."""

    name: str
    customer_id: str | None
    id_no: str
    mobile: str


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event as a page tells it: when, by whom, why; `reversed_by` names its reversal."""

    id: str
    kind: str
    value_on: dt.date
    posted_on: dt.date
    recorded_at: dt.datetime
    recorded_by: str | None
    reason: str
    details: Mapping[str, Any]
    reverses_id: str | None
    reversed_by: str | None
    part_of_id: str | None


def loan(session: Session, actor: Actor, loan_id: str) -> Loan:
    """One loan. Raises `NotFound` for none, and for another branch's."""
    actor.require(Permission.LOANS_READ)
    return _within_reach(actor, loan_id, session.get(Loan, loan_id))


def loan_to_change(session: Session, actor: Actor, loan_id: str) -> Loan:
    """One loan, locked until the commit; see `loans_to_change`."""
    return loans_to_change(session, actor, [loan_id])[loan_id]


def loans_to_change(session: Session, actor: Actor, loan_ids: Iterable[str]) -> dict[str, Loan]:
    """Loans by id, locked until the commit, so that two acts on one follow each other.

    They are locked in the order of their ids, so that two batches never wait for each other. On
    SQLite the write transaction already holds the whole database. The lock leaves keys alone:
    rows of other tables may still refer to the loan. Raises `NotFound`.
    """
    wanted = sorted(set(loan_ids))
    found: dict[str, Loan] = {}
    for some in in_parts(wanted):
        query = (
            select(Loan)
            .where(Loan.id.in_(some))
            .order_by(Loan.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        found.update((each.id, each) for each in session.scalars(query))
    return {loan_id: _within_reach(actor, loan_id, found.get(loan_id)) for loan_id in wanted}


def _within_reach(actor: Actor, loan_id: str, found: Loan | None) -> Loan:
    if found is None:
        raise NotFound("loan", loan_id)
    actor.require_reach("loan", loan_id, found.branch_id)
    return found


def loan_by_contract_no(session: Session, contract_no: str) -> Loan | None:
    """The loan of a contract number, whatever its branch; for commands and imports."""
    return session.scalar(select(Loan).where(Loan.contract_no == contract_no))


def loans_of_customer(session: Session, actor: Actor, customer_id: str) -> list[Loan]:
    """A customer's loans with their states, the newest first; of other branches none."""
    actor.require(Permission.LOANS_READ)
    query = (
        select(Loan)
        .options(joinedload(Loan.state))
        .where(Loan.customer_id == customer_id)
        .order_by(Loan.disbursed_on.desc(), Loan.id.desc())
    )
    if actor.branch_id is not None:
        query = query.where(Loan.branch_id == actor.branch_id)
    return list(session.scalars(query))


def customer_of(session: Session, actor: Actor, customer_id: str) -> Customer:
    """The customer a loan is made for. Raises `NotFound`."""
    found = session.get(Customer, customer_id)
    if found is None:
        raise NotFound("customer", customer_id)
    actor.require_reach("customer", customer_id, found.branch_id)
    return found


def parties_of(session: Session, of: Loan) -> LoanParties:
    """The customer, product and officer of a loan, in one query."""
    row = session.execute(
        select(Customer, Product.name, User.display_name)
        .select_from(Loan)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(Product, Product.id == Loan.product_id)
        .outerjoin(User, User.id == Loan.officer_id)
        .where(Loan.id == of.id)
    ).one()
    return LoanParties(row[0], row[1], row[2])


def guarantors_of(of: Loan) -> list[GuarantorLine]:
    """The guarantors of a loan, masked."""
    return [
        GuarantorLine(
            each.name,
            each.customer_id,
            mask_id(each.id_no) if each.id_no else "",
            mask_phone(each.mobile) if each.mobile else "",
        )
        for each in of.guarantors
    ]


def statement_on(session: Session, of: Loan, as_of: dt.date) -> Statement:
    """The statement of a loan as of a day. Raises what `domain.statement` raises."""
    return statement(terms_of(of), events_of(session, of.id), as_of)


def payoff_on(session: Session, of: Loan, on: dt.date) -> Payoff:
    """What settles a loan on a day. Raises what `domain.statement` raises."""
    return payoff(terms_of(of), events_of(session, of.id), on)


def entries_of(session: Session, loan_id: str) -> list[EventEntry]:
    """The events of a loan with who entered them, the latest entry first."""
    rows = session.execute(
        select(LoanEvent, User.display_name)
        .outerjoin(User, User.id == LoanEvent.recorded_by)
        .where(LoanEvent.loan_id == loan_id)
        .order_by(LoanEvent.place.desc())
    ).all()
    reversals = {row.reverses_id: row.id for row, _ in rows if row.reverses_id}
    return [_entry(row, name, reversals.get(row.id)) for row, name in rows]


def _entry(row: LoanEvent, name: str | None, reversed_by: str | None) -> EventEntry:
    return EventEntry(
        row.id,
        row.kind,
        row.value_on,
        row.posted_on,
        row.recorded_at,
        name,
        row.reason,
        row.details,
        row.reverses_id,
        reversed_by,
        row.part_of_id,
    )
