"""What is derived from a loan's terms and events: its state, and where its payments went.

Derived rows are rewritten in the transaction of the event that changes them; `differences` and
`rebuild` show that they say what the events say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.util import identity_key

from server.domain.classification import class_of_days
from server.domain.parameters import Parameters
from server.domain.standing import Status
from server.domain.statement import Statement, statement
from server.domain.statement.outline import Outline
from server.domain.workdays import HolidayRule
from server.loans.models import Loan, LoanAllocation, LoanEvent, LoanState
from server.loans.queries import events_by_loan, terms_of
from server.products.queries import parameters_on

_LOANS_A_STEP: Final = 500
_CARRIED_A_STEP: Final = 5000
_CALM: Final = (Status.NORMAL.value, Status.EXTENDED.value)


@dataclass(frozen=True, slots=True)
class Difference:
    """A derived column that does not say what the events say."""

    contract_no: str
    column: str
    kept: Any
    derived: Any


def refresh_states(session: Session, loans: Sequence[Loan], today: dt.date) -> dict[str, Statement]:
    """Derive the states and allocations of loans as of `today`; returns their statements by id."""
    rules = parameters_on(session, today)
    session.flush()
    events = events_by_loan(session, [loan.id for loan in loans])
    sheets = {loan.id: statement(terms_of(loan), events.get(loan.id, ()), today) for loan in loans}
    states = [state_values(loan.id, loan.branch_id, sheets[loan.id], rules) for loan in loans]
    session.execute(update(LoanState), states)
    _forget_states(session, sheets)
    write_allocations(session, sheets, anew=False)
    return sheets


def refresh_due_states(session: Session, today: dt.date) -> int:
    """Bring the next open loans' states up to `today`; how many, 0 when all are.

    The caller commits between two steps, so that a night's run holds nobody up. Loans to which the
    days bring nothing are carried over thousands at a time; the others are derived.
    """
    carried = _carry_over(session, today)
    if carried == _CARRIED_A_STEP:
        return carried
    loans = list(session.scalars(_open_before(today)))
    if loans:
        refresh_states(session, loans, today)
    return carried + len(loans)


def _carry_over(session: Session, today: dt.date) -> int:
    """Move the day of loans whose every figure is the same on `today`.

    Nothing of them is due, nothing falls due until then, and no event is valued since. Where a due
    date moves with the holidays the loan is derived: that table may have been changed.
    """
    since = (
        select(LoanEvent.id)
        .where(
            LoanEvent.loan_id == LoanState.loan_id,
            LoanEvent.value_on > LoanState.as_of,
            LoanEvent.value_on <= today,
        )
        .exists()
    )
    quiet = (
        select(LoanState.loan_id)
        .join(Loan, Loan.id == LoanState.loan_id)
        .where(
            LoanState.settled_on.is_(None),
            LoanState.as_of < today,
            LoanState.status.in_(_CALM),
            LoanState.total_due == 0,
            LoanState.next_due_on > today,
            or_(LoanState.unpaid_due_on.is_(None), LoanState.unpaid_due_on > today),
            Loan.holidays == HolidayRule.NONE.value,
            ~since,
        )
        .limit(_CARRIED_A_STEP)
    )
    result = session.execute(
        update(LoanState)
        .where(LoanState.loan_id.in_(quiet))
        .values(as_of=today)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return result.rowcount if isinstance(result, CursorResult) else 0


def _open_before(today: dt.date) -> Any:
    return (
        select(Loan)
        .join(LoanState)
        .where(LoanState.settled_on.is_(None), LoanState.as_of < today)
        .order_by(LoanState.as_of)
        .limit(_LOANS_A_STEP)
    )


def _forget_states(session: Session, loan_ids: Iterable[str]) -> None:
    """What the session holds of rows that were written past it is read again."""
    for loan_id in loan_ids:
        held = session.identity_map.get(identity_key(LoanState, loan_id))
        if held is not None:
            session.expire(held)


def state_values(
    loan_id: str, branch_id: str, sheet: Statement | Outline, rules: Parameters
) -> dict[str, Any]:
    """The columns of `loan_states` that a statement makes."""
    unpaid_due_on = oldest_unpaid(sheet)
    grace = dt.timedelta(days=sheet.terms.grace_days + 1)
    upcoming, last = sheet.next_due, sheet.last_payment
    return {
        "loan_id": loan_id,
        "branch_id": branch_id,
        "as_of": sheet.as_of,
        "status": sheet.status.value,
        "five_class": class_of_days(sheet.dpd, rules.classification).value,
        "principal_balance": sheet.principal_balance,
        "overdue_principal": sheet.overdue.principal,
        "overdue_interest": sheet.overdue.interest,
        "penalty_due": sheet.due.penalty,
        "compound_due": sheet.due.compound,
        "fee_due": sheet.due.fee,
        "credit": sheet.credit,
        "total_due": sheet.due.total,
        "dpd": sheet.dpd,
        "worst_dpd": sheet.worst_dpd,
        "times_overdue": sheet.times_overdue,
        "overdue_instalments": sheet.overdue_instalments,
        "unpaid_due_on": unpaid_due_on,
        "overdue_from": unpaid_due_on + grace if unpaid_due_on else None,
        "next_due_on": upcoming.due_on if upcoming else None,
        "next_due_amount": upcoming.to_pay if upcoming else 0,
        "maturity_on": sheet.maturity_on,
        "last_paid_on": last.on if last else None,
        "last_paid_amount": last.amount if last else 0,
        "settled_on": sheet.settled_on,
    }


def oldest_unpaid(sheet: Statement | Outline) -> dt.date | None:
    """The oldest due date that stays unpaid, credit being used on the next ones to come."""
    if isinstance(sheet, Outline):
        return sheet.unpaid_due_on
    if sheet.oldest_unpaid_due_on is not None:
        return sheet.oldest_unpaid_due_on  # of a loan taken over it may be a day that was told
    credit, tolerance = sheet.credit, sheet.terms.tolerance
    fees = [each.due_on for each in sheet.charges if each.amount - each.paid - each.waived > 0]
    for item in sheet.instalments:
        fee, _, _, interest, principal = item.unpaid
        unpaid = fee + interest + principal
        if unpaid > tolerance:
            if unpaid - credit > tolerance or item.due_on <= sheet.as_of:
                fees.append(sheet.terms.counts_from(item.due_on))
                break
            credit -= unpaid
    return min(fees, default=None)


def write_allocations(session: Session, sheets: dict[str, Statement], *, anew: bool) -> None:
    """Write where the payments of some loans went; `anew` when nothing was written before."""
    if not anew:
        session.execute(delete(LoanAllocation).where(LoanAllocation.loan_id.in_(sheets)))
    rows = [row for loan_id, sheet in sheets.items() for row in allocation_rows(loan_id, sheet)]
    if rows:
        session.execute(insert(LoanAllocation), rows)


def allocation_rows(loan_id: str, sheet: Statement) -> list[dict[str, Any]]:
    """The rows of `loan_allocations` that a statement makes: every fen of every payment."""
    sums: dict[tuple[str, int, str], int] = {}
    for piece in sheet.allocations:
        key = (piece.event_id, piece.instalment_no or 0, piece.component.value)
        sums[key] = sums.get(key, 0) + piece.amount
    for lot in sheet.credit_lots:
        sums[lot.event_id, 0, "credit"] = lot.amount + lot.refunded
    return [
        {
            "loan_id": loan_id,
            "event_id": event_id,
            "instalment_no": no,
            "component": component,
            "amount": amount,
        }
        for (event_id, no, component), amount in sums.items()
    ]


def differences(session: Session) -> Iterator[Difference]:
    """Derive every loan's state afresh, each as of its own day, and say what is kept otherwise."""
    rules: dict[dt.date, Parameters] = {}
    for loans in _all_loans(session):
        events = events_by_loan(session, [loan.id for loan in loans])
        kept_rows = _kept_allocations(session, [loan.id for loan in loans])
        for loan in loans:
            as_of = loan.state.as_of
            if as_of not in rules:
                rules[as_of] = parameters_on(session, as_of)
            sheet = statement(terms_of(loan), events.get(loan.id, ()), as_of)
            derived = state_values(loan.id, loan.branch_id, sheet, rules[as_of])
            for column, value in derived.items():
                kept = getattr(loan.state, column)
                if kept != value:
                    yield Difference(loan.contract_no, column, kept, value)
            rows = {_key(row): row["amount"] for row in allocation_rows(loan.id, sheet)}
            if rows != kept_rows.get(loan.id, {}):
                yield Difference(loan.contract_no, "allocations", kept_rows.get(loan.id), rows)


def rebuild(session: Session) -> int:
    """Write every loan's derived rows anew, each as of its own day; returns how many loans."""
    count = 0
    for loans in _all_loans(session):
        by_day: dict[dt.date, list[Loan]] = {}
        for loan in loans:
            by_day.setdefault(loan.state.as_of, []).append(loan)
        for as_of, of_day in by_day.items():
            refresh_states(session, of_day, as_of)
        count += len(loans)
    return count


def _all_loans(session: Session) -> Iterator[list[Loan]]:
    after = ""
    while True:
        query = (
            select(Loan)
            .options(joinedload(Loan.state))
            .order_by(Loan.contract_no)
            .limit(_LOANS_A_STEP)
        )
        loans = list(session.scalars(query.where(Loan.contract_no > after)))
        if not loans:
            return
        after = loans[-1].contract_no
        yield loans


def _key(row: dict[str, Any]) -> tuple[str, int, str]:
    return (row["event_id"], row["instalment_no"], row["component"])


def _kept_allocations(
    session: Session, loan_ids: Sequence[str]
) -> dict[str, dict[tuple[str, int, str], int]]:
    kept: dict[str, dict[tuple[str, int, str], int]] = {}
    query = select(LoanAllocation).where(LoanAllocation.loan_id.in_(loan_ids))
    for row in session.scalars(query):
        key = (row.event_id, row.instalment_no, row.component)
        kept.setdefault(row.loan_id, {})[key] = row.amount
    return kept
