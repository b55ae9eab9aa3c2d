"""A customer's whole account: loans with plan against actual, guarantees given, the history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.models import AuditEntry
from server.domain.access import Actor, Permission
from server.domain.standing import Status
from server.domain.statement import InstalmentState, Statement, statement
from server.loans.models import Loan, LoanGuarantor, LoanState
from server.loans.queries import LoanFilter, LoanRow, events_by_loan, list_loans, terms_of
from server.repayments.models import Repayment

MOST_LOANS: Final = 100
PLANS_SHOWN: Final = 10
HISTORY_ROWS: Final = 60
_MOST_PAYMENTS: Final = 500
_BEHIND, _SETTLED, _COMING = 4, 2, 2


@dataclass(frozen=True, slots=True)
class LoanAccount:
    """A loan with the instalments that matter today; `paid` of `instalments` are settled.

    `behind` counts those past their due date and not settled; `around` shows the oldest of them
    (else the last ones settled) and the next to come.
    """

    row: LoanRow
    instalments: int = 0
    paid: int = 0
    behind: int = 0
    around: tuple[InstalmentState, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """All loans of a customer, and their sums in fen."""

    loans: tuple[LoanAccount, ...]
    balance: int
    total_due: int
    overdue_amount: int
    worst_dpd: int

    @property
    def open(self) -> tuple[LoanAccount, ...]:
        """The loans on which something is still expected."""
        return tuple(each for each in self.loans if not each.row.status.is_over)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A loan of somebody else that the customer guarantees."""

    loan_id: str
    contract_no: str
    borrower_id: str
    borrower_name: str
    status: Status
    balance: int


def account_of(session: Session, actor: Actor, customer_id: str) -> Account:
    """The account in three statements; plans for the first ten open loans."""
    page = list_loans(
        session,
        actor,
        LoanFilter(customer_id=customer_id),
        sort="-disbursed_on",
        limit=MOST_LOANS,
    )
    shown = [row.id for row in page.rows if not row.status.is_over][:PLANS_SHOWN]
    sheets = _sheets(session, shown, actor.today)
    loans = tuple(_account(row, sheets.get(row.id)) for row in page.rows)
    return Account(
        loans=loans,
        balance=sum(row.balance for row in page.rows),
        total_due=sum(row.total_due for row in page.rows),
        overdue_amount=sum(row.overdue_amount for row in page.rows),
        worst_dpd=max((row.dpd for row in page.rows), default=0),
    )


def guarantees_of(session: Session, actor: Actor, customer_id: str) -> list[Guarantee]:
    """The loans within the actor's reach that a customer guarantees, linked or by ID number."""
    if not actor.may(Permission.LOANS_READ):
        return []
    number = select(Customer.id_no_index).where(Customer.id == customer_id).scalar_subquery()
    guarantor = select(LoanGuarantor.loan_id).where(
        or_(LoanGuarantor.customer_id == customer_id, LoanGuarantor.id_no_index == number)
    )
    query = (
        select(
            Loan.id,
            Loan.contract_no,
            Customer.id.label("borrower_id"),
            Customer.name,
            LoanState.status,
            LoanState.principal_balance,
        )
        .join(LoanState, LoanState.loan_id == Loan.id)
        .join(Customer, Customer.id == Loan.customer_id)
        .where(Loan.id.in_(guarantor))
        .order_by(LoanState.principal_balance.desc(), Loan.contract_no)
        .limit(MOST_LOANS)
    )
    if actor.branch_id is not None:
        query = query.where(Loan.branch_id == actor.branch_id)
    return [
        Guarantee(row[0], row[1], row[2], row[3], Status(row[4]), row[5])
        for row in session.execute(query)
    ]


def history_of(
    session: Session,
    customer_id: str,
    loan_ids: Sequence[str],
    others: Sequence[tuple[str, str]] = (),
    rows: int = HISTORY_ROWS,
) -> list[AuditEntry]:
    """What was done to a customer and some loans, and by whom, the newest first.

    Payments come with their loans; `others` are (kind, id) of what else belongs to the customer.
    The caller has found the customer before.
    """
    of_customer = and_(AuditEntry.entity == "customer", AuditEntry.entity_id == customer_id)
    conditions: list[Any] = [of_customer]
    if loan_ids:
        payments = (
            select(Repayment.id)
            .where(Repayment.loan_id.in_(loan_ids))
            .order_by(Repayment.id.desc())
            .limit(_MOST_PAYMENTS)
        )
        payment_ids = [str(each) for each in session.scalars(payments)]
        conditions += [
            and_(AuditEntry.entity == "loan", AuditEntry.entity_id.in_(loan_ids)),
            and_(AuditEntry.entity == "repayment", AuditEntry.entity_id.in_(payment_ids)),
        ]
    for kind in sorted({kind for kind, _ in others}):
        ids = [key for each, key in others if each == kind]
        conditions.append(and_(AuditEntry.entity == kind, AuditEntry.entity_id.in_(ids)))
    query = select(AuditEntry).where(or_(*conditions)).order_by(AuditEntry.number.desc())
    return list(session.scalars(query.limit(rows)))


def _sheets(session: Session, loan_ids: Sequence[str], today: dt.date) -> dict[str, Statement]:
    if not loan_ids:
        return {}
    loans = session.scalars(select(Loan).where(Loan.id.in_(loan_ids))).all()
    events = events_by_loan(session, loan_ids)
    return {loan.id: statement(terms_of(loan), events.get(loan.id, ()), today) for loan in loans}


def _account(row: LoanRow, sheet: Statement | None) -> LoanAccount:
    if sheet is None:
        return LoanAccount(row)
    past = [each for each in sheet.instalments if each.due_on <= sheet.as_of]
    behind = [each for each in past if each.settled_on is None]
    coming = sheet.instalments[len(past) : len(past) + _COMING]
    return LoanAccount(
        row=row,
        instalments=len(sheet.instalments),
        paid=sum(each.settled_on is not None for each in sheet.instalments),
        behind=len(behind),
        around=(*(behind[:_BEHIND] or past[-_SETTLED:]), *coming),
    )
