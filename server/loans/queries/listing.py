"""The list of loans: filters, sorts, keyset pages and sums, all in SQL.

Days overdue are told as of the reader's today without rewriting a state: `overdue_from` says when
a loan becomes overdue, `unpaid_due_on` from which day it counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.models import Customer
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.parsing.dates import parse_date
from server.domain.standing import Bucket, FiveClass, Status, bucket_of
from server.loans.models import Loan, LoanState
from server.products.models import Product

_BUCKET_DAYS: Final = {
    Bucket.M1: (1, 30),
    Bucket.M2: (31, 60),
    Bucket.M3: (61, 90),
    Bucket.M4: (91, 120),
    Bucket.M5: (121, 150),
    Bucket.M6: (151, 180),
    Bucket.M7_PLUS: (181, 100_000),
}
_FINAL: Final = (Status.SETTLED.value, Status.WRITTEN_OFF.value, Status.TRANSFERRED.value)

COLUMNS: Final[Mapping[str, Any]] = {
    "contract_no": Loan.contract_no,
    "principal": Loan.principal,
    "disbursed_on": Loan.disbursed_on,
    "balance": LoanState.principal_balance,
    "total_due": LoanState.total_due,
    "unpaid_due_on": LoanState.unpaid_due_on,
    "next_due_on": LoanState.next_due_on,
    "maturity_on": LoanState.maturity_on,
}
"""What the list can be sorted by, under the names of the URL."""


@dataclass(frozen=True, slots=True)
class _Order:
    name: str
    column: Any
    descending: bool

    @property
    def is_nullable(self) -> bool:
        """Whether some loans have no such date."""
        return self.name in {"unpaid_due_on", "next_due_on"}


@dataclass(frozen=True, slots=True)
class LoanFilter:
    """Which loans: every part that is given must hold. `text` begins a contract number.

    `bucket` is M0 to M7+, or `overdue` for all above M0; `status` a code of `Status`.
    """

    branch_id: str = ""
    officer_id: str = ""
    product_id: str = ""
    customer_id: str = ""
    status: str = ""
    bucket: str = ""
    five_class: str = ""
    text: str = ""
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A line of the list; money in fen, days overdue as of the reader's today."""

    id: str
    contract_no: str
    customer_id: str
    customer_name: str
    product_name: str
    officer_name: str | None
    principal: int
    annual_rate: Any
    disbursed_on: dt.date
    maturity_on: dt.date
    balance: int
    total_due: int
    overdue_amount: int
    next_due_on: dt.date | None
    next_due_amount: int
    dpd: int
    status: Status
    five_class: FiveClass
    as_of: dt.date

    @property
    def bucket(self) -> Bucket:
        """The arrears bucket of the days overdue."""
        return bucket_of(self.dpd)


@dataclass(frozen=True, slots=True)
class LoanTotals:
    """How many loans a filter finds, and their sums in fen."""

    count: int
    principal: int
    balance: int
    total_due: int
    overdue_amount: int


_OVERDUE: Final = LoanState.overdue_principal + LoanState.overdue_interest


def list_loans(
    session: Session,
    actor: Actor,
    wanted: LoanFilter,
    *,
    sort: str = "contract_no",
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page[LoanRow]:
    """A page of loans within the actor's reach. `sort` may begin with a minus.

    Raises `Invalid("sort" | "cursor", …)` for what a URL made up.
    """
    actor.require(Permission.LOANS_READ)
    order = _order(sort)
    backwards = before is not None
    query = _within(_rows(), actor, wanted)
    query = _keyset(query, order, before or after, backwards=backwards)
    found = list(session.execute(query.limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    first, last = (_cursor(order.name, each) for each in (found[0], found[-1]))
    return Page(
        [_row(each, actor.today) for each in found],
        following=last if more or backwards else None,
        preceding=first if (more if backwards else after) else None,
    )


def totals_of(session: Session, actor: Actor, wanted: LoanFilter) -> LoanTotals:
    """Count and sum what a filter finds, in one query."""
    actor.require(Permission.LOANS_READ)
    query: Any = select(
        func.count(),
        func.coalesce(func.sum(Loan.principal), 0),
        func.coalesce(func.sum(LoanState.principal_balance), 0),
        func.coalesce(func.sum(LoanState.total_due), 0),
        func.coalesce(func.sum(_OVERDUE), 0),
    ).select_from(Loan)
    query = _within(query.join(LoanState, LoanState.loan_id == Loan.id), actor, wanted)
    return LoanTotals(*(int(value) for value in session.execute(query).one()))


def _rows() -> Any:
    return (
        select(
            Loan.id,
            Loan.contract_no,
            Loan.customer_id,
            Customer.name.label("customer_name"),
            Product.name.label("product_name"),
            User.display_name.label("officer_name"),
            Loan.principal,
            Loan.annual_rate,
            Loan.disbursed_on,
            LoanState.maturity_on,
            LoanState.principal_balance.label("balance"),
            LoanState.total_due,
            _OVERDUE.label("overdue_amount"),
            LoanState.next_due_on,
            LoanState.next_due_amount,
            LoanState.unpaid_due_on,
            LoanState.overdue_from,
            LoanState.status,
            LoanState.five_class,
            LoanState.as_of,
        )
        .select_from(Loan)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(Product, Product.id == Loan.product_id)
        .outerjoin(User, User.id == Loan.officer_id)
    )


def _within(query: Select[Any], actor: Actor, wanted: LoanFilter) -> Select[Any]:
    """Keep what the filter asks for and the actor reaches."""
    branch_id = actor.branch_id or wanted.branch_id
    equal = (
        (Loan.branch_id, branch_id),
        (LoanState.branch_id, branch_id),
        (Loan.officer_id, wanted.officer_id),
        (Loan.product_id, wanted.product_id),
        (Loan.customer_id, wanted.customer_id),
        (LoanState.five_class, wanted.five_class),
    )
    query = query.where(*(column == value for column, value in equal if value))
    if actor.branch_id and wanted.branch_id and wanted.branch_id != actor.branch_id:
        query = query.where(Loan.branch_id == wanted.branch_id)
    if wanted.text:
        query = query.where(
            Loan.contract_no >= wanted.text, Loan.contract_no < wanted.text + "\U0010ffff"
        )
    if wanted.due_from:
        query = query.where(LoanState.next_due_on >= wanted.due_from)
    if wanted.due_to:
        query = query.where(LoanState.next_due_on <= wanted.due_to)
    if wanted.incomplete:
        query = query.where(~Loan.complete)
    return _with_standing(query, actor.today, wanted)


def _with_standing(query: Select[Any], today: dt.date, wanted: LoanFilter) -> Select[Any]:
    late = and_(LoanState.overdue_from <= today, LoanState.status.not_in(_FINAL))
    if wanted.status == Status.OVERDUE:
        query = query.where(late)
    elif wanted.status in {Status.NORMAL, Status.EXTENDED}:
        prompt = or_(LoanState.overdue_from.is_(None), LoanState.overdue_from > today)
        query = query.where(prompt, LoanState.status == wanted.status)
    elif wanted.status:
        query = query.where(LoanState.status == wanted.status)
    if wanted.bucket == "overdue":
        return query.where(late)
    if wanted.bucket == Bucket.M0:
        return query.where(or_(LoanState.overdue_from.is_(None), LoanState.overdue_from > today))
    if wanted.bucket:
        if wanted.bucket not in _BUCKET_DAYS:
            raise Invalid("bucket", "unknown")
        least, most = _BUCKET_DAYS[Bucket(wanted.bucket)]
        newest = today - dt.timedelta(days=least)
        query = query.where(LoanState.overdue_from <= today, LoanState.unpaid_due_on <= newest)
        oldest = today - dt.timedelta(days=most)
        return query.where(LoanState.unpaid_due_on >= oldest)
    return query


def _order(sort: str) -> _Order:
    name = sort.removeprefix("-")
    if name not in COLUMNS:
        raise Invalid("sort", "unknown")
    return _Order(name, COLUMNS[name], descending=sort.startswith("-"))


def _keyset(
    query: Select[Any], order: _Order, cursor: str | None, *, backwards: bool
) -> Select[Any]:
    """Order by a column, then the id, and begin beyond the cursor.

    Loans without the date stand at the end of either order, so none is ever left out.
    """
    column, reverse = order.column, order.descending != backwards
    ways = (column.desc(), Loan.id.desc()) if reverse else (column.asc(), Loan.id.asc())
    missing = column.is_(None)
    if order.is_nullable:
        query = query.order_by(missing.desc() if backwards else missing.asc())
    if cursor is not None:
        value, loan_id = _cursor_keys(column, cursor)
        ids_beyond = Loan.id < loan_id if reverse else Loan.id > loan_id
        if value is None:
            beyond = and_(missing, ids_beyond)
            beyond = or_(beyond, column.is_not(None)) if backwards else beyond
        else:
            edge = tuple_(column, Loan.id)
            mark = tuple_(literal(value, column.type), literal(loan_id, Loan.id.type))
            beyond = edge < mark if reverse else edge > mark
            if order.is_nullable and not backwards:
                beyond = or_(beyond, missing)
        query = query.where(beyond)
    return query.order_by(*ways)


def _cursor(name: str, found: Any) -> str:
    value = getattr(found, name)
    return write_cursor(value.isoformat() if isinstance(value, dt.date) else value, found.id)


def _cursor_keys(column: Any, cursor: str) -> tuple[Any, Any]:
    value: Any
    value, loan_id = read_cursor(cursor, 2)
    kind = column.type.python_type
    if value is not None and kind is dt.date:
        value = parse_date(value if isinstance(value, str) else None).value or "unreadable"
    if not isinstance(loan_id, str) or not isinstance(value, kind | None):
        raise Invalid("cursor", "unreadable")
    return value, loan_id


def _row(found: Any, today: dt.date) -> LoanRow:
    values = found._asdict()
    unpaid_due_on, overdue_from = values.pop("unpaid_due_on"), values.pop("overdue_from")
    status, five_class = Status(values.pop("status")), FiveClass(values.pop("five_class"))
    dpd = (today - unpaid_due_on).days if overdue_from and overdue_from <= today else 0
    if dpd and status in {Status.NORMAL, Status.EXTENDED}:
        status = Status.OVERDUE
    return LoanRow(**values, dpd=dpd, status=status, five_class=five_class)
