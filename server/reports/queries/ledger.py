"""The whole ledger, loan by loan with its customer, as of today; a few hundred loans at a time.

The values are whole: who may have them is asked by `actions.require_ledger`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server.accounts.models import Branch, User
from server.customers.models import Customer
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.events import Event, Extension, Opening, Prepayment, RateChange, WriteOff
from server.domain.fields import FieldDefinition, FieldOwner
from server.domain.standing import FiveClass, Status
from server.domain.statement import statement
from server.domain.statement.effective import in_effect
from server.loans.actions.states import state_values
from server.loans.models import Loan
from server.loans.queries import events_by_loan, terms_of
from server.products.models import Product
from server.products.queries import custom_fields, parameters_on

_LOANS_A_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a loan stands today; money in fen. Most names are those of `LoanState`.

    `due_principal` and `due_interest` are all that fell due and was not paid, within its days of
    grace or beyond: who takes the loan over must know of both.
    """

    status: Status
    five_class: FiveClass
    principal_balance: int
    due_principal: int
    due_interest: int
    penalty_due: int
    compound_due: int
    fee_due: int
    total_due: int
    dpd: int
    unpaid_due_on: dt.date | None
    maturity_on: dt.date
    last_paid_on: dt.date | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A loan with all that its row of the ledger says. `events` are those in effect today."""

    loan: Loan
    customer: Customer
    branch_name: str
    product_name: str
    officer_name: str | None
    standing: Standing
    events: tuple[Event, ...]
    as_of: dt.date

    @property
    def annual_rate(self) -> Any:
        """The rate of today: the contract's, or what was agreed since."""
        rate = self.loan.annual_rate
        for event in self.events:
            changed = event.annual_rate if isinstance(event, RateChange | Extension) else None
            rate = rate if changed is None else changed
        return rate

    @property
    def is_reshaped(self) -> bool:
        """Whether the plan runs otherwise than the contract's term says."""
        return any(isinstance(event, Extension | Prepayment) for event in self.events)

    @property
    def written_off_on(self) -> dt.date | None:
        """The day of the write-off."""
        days = [event.value_on for event in self.events if isinstance(event, WriteOff)]
        return days[-1] if days else None

    @property
    def is_position_known(self) -> bool:
        """Whether what was paid is known: an accepted row without a balance says nothing of it."""
        return "principal_balance" not in self.loan.incomplete or any(
            isinstance(event, Opening) for event in self.events
        )


_KEPT: Final = tuple(
    name for name in Standing.__dataclass_fields__ if name not in {"due_principal", "due_interest"}
)


def ledger_entries(session: Session, actor: Actor, branch_id: str = "") -> Iterator[LedgerEntry]:
    """Every loan within the actor's reach, of one branch if named, by contract number.

    Eight statements for every five hundred loans.
    """
    rules = parameters_on(session, actor.today)
    after = ""
    while rows := session.execute(_page(actor, branch_id, after)).unique().all():
        loans = [row[0] for row in rows]
        after = loans[-1].contract_no
        events = events_by_loan(session, [loan.id for loan in loans])
        for loan, customer, branch_name, product_name, officer_name in rows:
            own = events.get(loan.id, ())
            yield LedgerEntry(
                loan,
                customer,
                branch_name,
                product_name,
                officer_name,
                _standing(loan, own, actor.today, rules),
                tuple(in_effect(own, actor.today).events),
                actor.today,
            )


def ledger_fields(session: Session) -> dict[FieldOwner, list[FieldDefinition]]:
    """The bank's own fields of customers and of loans."""
    return {
        owner: custom_fields(session, owner) for owner in (FieldOwner.CUSTOMER, FieldOwner.LOAN)
    }


def branch_name(session: Session, actor: Actor, branch_id: str) -> str:
    """The name of a branch within reach. Raises `Invalid("branch", "unknown")`."""
    found = session.get(Branch, branch_id)
    if found is None or not actor.reaches(found.id):
        raise Invalid("branch", "unknown")
    return found.name


def _page(actor: Actor, branch_id: str, after: str) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(Loan, Customer, Branch.name, Product.name, User.display_name)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(Branch, Branch.id == Loan.branch_id)
        .join(Product, Product.id == Loan.product_id)
        .outerjoin(User, User.id == Loan.officer_id)
        .options(
            joinedload(Loan.state),
            selectinload(Loan.guarantors),
            selectinload(Loan.collaterals),
            selectinload(Customer.contacts),
            selectinload(Customer.addresses),
            selectinload(Customer.employment),
        )
        .where(Loan.contract_no > after)
        .order_by(Loan.contract_no)
        .limit(_LOANS_A_PAGE)
    )
    for place in {actor.branch_id, branch_id} - {None, ""}:
        query = query.where(Loan.branch_id == place)
    return query


def _standing(loan: Loan, events: tuple[Event, ...], today: dt.date, rules: Any) -> Standing:
    """The kept state where it is of today and says all, or the loan is over; else the statement."""
    state: Any = loan.state
    is_over = state.settled_on is not None
    late = state.overdue_principal, state.overdue_interest
    charges = state.penalty_due + state.compound_due + state.fee_due
    if is_over or (state.as_of == today and sum(late) + charges == state.total_due):
        values, due = {name: getattr(state, name) for name in _KEPT}, late
    else:
        sheet = statement(terms_of(loan), events, today)
        values = state_values(loan.id, loan.branch_id, sheet, rules)
        due = sheet.due.principal, sheet.due.interest
    known = {name: values[name] for name in _KEPT}
    known["status"] = Status(known["status"])
    known["five_class"] = FiveClass(known["five_class"])
    return Standing(**known, due_principal=due[0], due_interest=due[1])
