"""Reads of repayments: the day's list and its sums, one with its allocation, requests to decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from server.accounts.models import User
from server.crypto import keyring
from server.customers.models import Customer
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.parsing.dates import parse_date
from server.domain.statement import Statement
from server.loans.models import Loan, LoanAllocation, LoanEvent
from server.loans.queries import statement_on
from server.repayments.models import PAYMENT_METHODS, Repayment, ReversalRequest

METHODS: Final = PAYMENT_METHODS
_CODE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class RepaymentFilter:
    """Which payments: by the day they were paid, and more."""

    paid_from: dt.date | None = None
    paid_to: dt.date | None = None
    branch_id: str = ""
    method: str = ""
    recorded_by: str = ""
    customer_id: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class RepaymentRow:
    """A line of a list of payments; money in fen."""

    id: str
    receipt_no: str
    loan_id: str
    contract_no: str
    customer_id: str
    customer_name: str
    amount: int
    paid_on: dt.date
    posted_on: dt.date
    method: str
    reference: str | None
    payer: str
    note: str
    recorded_by: str | None
    recorded_by_id: str | None
    recorded_at: dt.datetime
    device: str | None
    made_at: dt.datetime | None
    check_code: str | None
    signature: str | None
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class MethodTotal:
    """Payments of one method that stand, and those that were reversed."""

    method: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """What a payment gave to one instalment by component; `instalment_no` 0 belongs to none."""

    instalment_no: int
    parts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The sum of the components."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A wish to reverse a payment, as the queue shows it."""

    id: str
    reason: str
    status: str
    requested_by: str
    requested_by_id: str
    requested_at: dt.datetime
    decided_by: str | None
    decided_at: dt.datetime | None
    decision_note: str
    repayment: RepaymentRow


def repayment(session: Session, actor: Actor, repayment_id: str) -> RepaymentRow:
    """One payment. Raises `NotFound` for none, and for another branch's."""
    actor.require(Permission.LOANS_READ)
    found = session.execute(_rows().where(Repayment.id == repayment_id)).one_or_none()
    if found is None:
        raise NotFound("repayment", repayment_id)
    actor.require_reach("repayment", repayment_id, found.branch_id)
    return _row(found)


def list_repayments(
    session: Session,
    actor: Actor,
    wanted: RepaymentFilter,
    *,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page[RepaymentRow]:
    """A page of payments within the actor's reach, the latest paid first.

    Raises `Invalid("cursor", …)` for what a URL made up.
    """
    actor.require(Permission.LOANS_READ)
    query = _within(_rows(), actor, wanted)
    backwards = before is not None
    edge = tuple_(Repayment.paid_on, Repayment.id)
    if before or after:
        day, repayment_id = _cursor_keys(before or after or "")
        mark = tuple_(
            literal(day, Repayment.paid_on.type), literal(repayment_id, Repayment.id.type)
        )
        query = query.where(edge > mark if backwards else edge < mark)
    ways = (
        (Repayment.paid_on.asc(), Repayment.id.asc())
        if backwards
        else (Repayment.paid_on.desc(), Repayment.id.desc())
    )
    rows = [_row(each) for each in session.execute(query.order_by(*ways).limit(limit + 1))]
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([])
    first, last = (write_cursor(str(row.paid_on), row.id) for row in (rows[0], rows[-1]))
    return Page(
        rows,
        following=last if more or backwards else None,
        preceding=first if (more if backwards else after) else None,
    )


def totals_by_method(
    session: Session, actor: Actor, wanted: RepaymentFilter
) -> tuple[list[MethodTotal], MethodTotal]:
    """What stands of a filter's payments by method, and the sum of it, in one query."""
    actor.require(Permission.LOANS_READ)
    query: Any = (
        select(Repayment.method, func.count(), func.coalesce(func.sum(Repayment.amount), 0))
        .join(Loan, Loan.id == Repayment.loan_id)
        .where(Repayment.reversed_by_id.is_(None))
        .group_by(Repayment.method)
    )
    found = {
        method: MethodTotal(method, count, int(amount))
        for method, count, amount in session.execute(_within(query, actor, wanted))
    }
    totals = [found[method] for method in PAYMENT_METHODS if method in found]
    count, amount = sum(each.count for each in totals), sum(each.amount for each in totals)
    return totals, MethodTotal("", count, amount)


def allocations_of(session: Session, repayment_id: str) -> list[AllocationRow]:
    """Where a payment went, the parts of it that are events of their own included.

    By instalment, what belongs to none at the end.
    """
    query = (
        select(LoanAllocation.instalment_no, LoanAllocation.component, LoanAllocation.amount)
        .join(LoanEvent, LoanEvent.id == LoanAllocation.event_id)
        .where((LoanEvent.id == repayment_id) | (LoanEvent.part_of_id == repayment_id))
    )
    found: dict[int, dict[str, int]] = {}
    for no, component, amount in session.execute(query):
        parts = found.setdefault(no, {})
        parts[component] = parts.get(component, 0) + amount
    ranked = sorted(found, key=lambda no: (no == 0, no))
    return [AllocationRow(no, found[no]) for no in ranked]


def statement_after(session: Session, actor: Actor, row: RepaymentRow) -> Statement:
    """The statement of a payment's loan on the day it was paid: what a receipt says is left."""
    found = session.get_one(Loan, row.loan_id)
    actor.require_reach("loan", row.loan_id, found.branch_id)
    return statement_on(session, found, row.paid_on)


def receipt_code(row: RepaymentRow) -> str:
    """The check code of a receipt: that of the device that wrote it, else our own."""
    return row.check_code or _own_code(row.receipt_no, row.contract_no, row.amount, row.paid_on)


def code_of(row: Repayment, contract_no: str) -> str:
    """As `receipt_code`, of a payment by its contract."""
    return row.check_code or _own_code(row.receipt_no, contract_no, row.amount, row.paid_on)


def _own_code(receipt_no: str, contract_no: str, amount: int, paid_on: dt.date) -> str:
    """Who has the key can tell that these figures are ours."""
    told = f"{receipt_no}|{contract_no}|{amount}|{paid_on.isoformat()}"
    return keyring.active().blind("receipt", told)[:_CODE_LENGTH].upper()


def reversal_requests(
    session: Session, actor: Actor, *, status: str = "pending", limit: int = 200
) -> list[RequestRow]:
    """Requests within the actor's reach, the oldest first while pending, else the latest."""
    actor.require(Permission.LOANS_READ)
    query = _requests().where(ReversalRequest.status == status)
    if actor.branch_id is not None:
        query = query.where(ReversalRequest.branch_id == actor.branch_id)
    at = ReversalRequest.requested_at
    query = query.order_by(at.asc() if status == "pending" else at.desc()).limit(limit)
    return [_request(each) for each in session.execute(query)]


def pending_request_count(session: Session, actor: Actor) -> int:
    """How many requests wait for a decision within the actor's reach."""
    query = select(func.count()).where(ReversalRequest.status == "pending")
    if actor.branch_id is not None:
        query = query.where(ReversalRequest.branch_id == actor.branch_id)
    return session.scalar(query) or 0


def requests_of(session: Session, repayment_ids: Sequence[str]) -> Mapping[str, str]:
    """The pending request of each payment that has one: repayment id to request id."""
    rows = session.execute(
        select(ReversalRequest.repayment_id, ReversalRequest.id).where(
            ReversalRequest.repayment_id.in_(repayment_ids), ReversalRequest.status == "pending"
        )
    )
    return {row.repayment_id: row.id for row in rows}


_COLUMNS: Final = (
    Repayment.id,
    Repayment.receipt_no,
    Repayment.loan_id,
    Repayment.branch_id,
    Loan.contract_no,
    Loan.customer_id,
    Customer.name.label("customer_name"),
    Repayment.amount,
    Repayment.paid_on,
    Repayment.posted_on,
    Repayment.method,
    Repayment.reference,
    Repayment.payer,
    Repayment.note,
    User.display_name.label("recorded_by"),
    Repayment.recorded_by.label("recorded_by_id"),
    Repayment.recorded_at,
    Repayment.device,
    Repayment.made_at,
    Repayment.check_code,
    Repayment.signature,
    Repayment.reversed_by_id,
)


def _rows() -> Any:
    return (
        select(*_COLUMNS)
        .select_from(Repayment)
        .join(Loan, Loan.id == Repayment.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .outerjoin(User, User.id == Repayment.recorded_by)
    )


def _requests() -> Any:
    asker, decider = aliased(User), aliased(User)
    return (
        select(
            ReversalRequest,
            asker.display_name.label("asker"),
            decider.display_name.label("decider"),
            *_COLUMNS,
        )
        .select_from(ReversalRequest)
        .join(Repayment, Repayment.id == ReversalRequest.repayment_id)
        .join(Loan, Loan.id == Repayment.loan_id)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(asker, asker.id == ReversalRequest.requested_by)
        .outerjoin(decider, decider.id == ReversalRequest.decided_by)
        .outerjoin(User, User.id == Repayment.recorded_by)
    )


def _within(query: Select[Any], actor: Actor, wanted: RepaymentFilter) -> Select[Any]:
    if actor.branch_id is not None:
        query = query.where(Repayment.branch_id == actor.branch_id)
    equal = (
        (Repayment.branch_id, wanted.branch_id),
        (Repayment.method, wanted.method),
        (Repayment.recorded_by, wanted.recorded_by),
        (Loan.customer_id, wanted.customer_id),
    )
    query = query.where(*(column == value for column, value in equal if value))
    if wanted.paid_from:
        query = query.where(Repayment.paid_on >= wanted.paid_from)
    if wanted.paid_to:
        query = query.where(Repayment.paid_on <= wanted.paid_to)
    if wanted.text:
        end = wanted.text + "\U0010ffff"
        query = query.where(
            and_(Repayment.receipt_no >= wanted.text, Repayment.receipt_no < end)
            | and_(Loan.contract_no >= wanted.text, Loan.contract_no < end)
        )
    return query


def _cursor_keys(cursor: str) -> tuple[dt.date, str]:
    paid_on, repayment_id = read_cursor(cursor, 2)
    day = parse_date(paid_on if isinstance(paid_on, str) else None).value
    if day is None or not isinstance(repayment_id, str):
        raise Invalid("cursor", "unreadable")
    return day, repayment_id


def _row(found: Any) -> RepaymentRow:
    values = {column.key: getattr(found, column.key) for column in _COLUMNS}
    values.pop("branch_id")
    return RepaymentRow(is_reversed=values.pop("reversed_by_id") is not None, **values)


def _request(found: Any) -> RequestRow:
    request: ReversalRequest = found.ReversalRequest
    return RequestRow(
        request.id,
        request.reason,
        request.status,
        found.asker,
        request.requested_by,
        request.requested_at,
        found.decider,
        request.decided_at,
        request.decision_note,
        _row(found),
    )
