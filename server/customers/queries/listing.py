"""The list of customers: filtered, sorted, in keyset pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, literal_column, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.customers.models import CUSTOMER_KINDS, Customer
from server.customers.queries.found import is_id
from server.customers.queries.lines import CustomerLine, lines_query, read_lines
from server.database.paging import Page, read_cursor, write_cursor
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid

PAGE_ROWS: Final = 50

_SORTS: Final[dict[str, tuple[InstrumentedAttribute[Any], ...]]] = {
    "name": (Customer.sort_key, Customer.id),
    "customer_no": (Customer.customer_no,),
    "created_at": (Customer.id,),
}
"""Ids carry the time of making, so that the newest are the largest."""


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a list shows; None or an empty text means all. `sort` begins with `-` to turn it."""

    branch_id: str = ""
    officer_id: str = ""
    kind: str = ""
    incomplete: bool = False
    sort: str = "name"
    after: str = ""
    before: str = ""


def customers_page(
    session: Session, actor: Actor, wanted: CustomerFilter, rows: int = PAGE_ROWS
) -> Page[CustomerLine]:
    """One page of customers within the actor's reach. Raises `Invalid` for an unknown sort."""
    actor.require(Permission.CUSTOMERS_READ)
    descending, keys = _sort(wanted.sort)
    back = bool(wanted.before)
    query = _filtered(lines_query(actor), wanted)
    token = wanted.before or wanted.after
    if token:
        query = query.where(_beyond(keys, read_cursor(token, len(keys)), descending != back))
    ordered = [key.desc() if descending != back else key.asc() for key in keys]
    lines = read_lines(session, query.order_by(*ordered).limit(rows + 1))
    more, lines = len(lines) > rows, lines[:rows]
    if back:
        lines.reverse()
    return Page(
        lines,
        following=_cursor(keys, lines[-1]) if lines and (more or back) else None,
        preceding=_cursor(keys, lines[0]) if lines and (more if back else token) else None,
    )


def _sort(text: str) -> tuple[bool, tuple[InstrumentedAttribute[Any], ...]]:
    keys = _SORTS.get(text.removeprefix("-"))
    if keys is None:
        raise Invalid("sort", "unknown")
    return text.startswith("-"), keys


def _filtered(query: Select[Any], wanted: CustomerFilter) -> Select[Any]:
    if wanted.branch_id:
        query = query.where(Customer.branch_id == wanted.branch_id)
    if wanted.officer_id:
        query = query.where(Customer.officer_id == wanted.officer_id)
    if wanted.kind in CUSTOMER_KINDS:
        # Spelled out, so that SQLite sees that the index of companies serves.
        query = query.where(Customer.kind == literal_column(f"'{wanted.kind}'"))
    return query.where(~Customer.complete) if wanted.incomplete else query


def _beyond(
    keys: tuple[InstrumentedAttribute[Any], ...],
    values: Sequence[str | int | None],
    descending: bool,
) -> Any:
    """The rows after a cursor. The first condition repeats the others' bound for the index."""
    first, last = keys[0], keys[-1]
    if not all(isinstance(value, str) and "\x00" not in value for value in values):
        raise Invalid("cursor", "unreadable")
    if last is Customer.id and not is_id(values[-1]):
        raise Invalid("cursor", "unreadable")
    if len(keys) == 1:
        return first < values[0] if descending else first > values[0]
    if descending:
        tie = and_(first == values[0], last < values[1])
        return and_(first <= values[0], or_(first < values[0], tie))
    tie = and_(first == values[0], last > values[1])
    return and_(first >= values[0], or_(first > values[0], tie))


def _cursor(keys: tuple[InstrumentedAttribute[Any], ...], line: CustomerLine) -> str:
    return write_cursor(*(getattr(line, key.key) for key in keys))
