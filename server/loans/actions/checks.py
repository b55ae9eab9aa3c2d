"""Whether a loan as agreed may be booked: pure checks of one command, all faults at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any, Final, Protocol

from server.database import new_id
from server.domain.contacts import read_phone
from server.domain.cost import check_ceiling, monthly_cost
from server.domain.errors import Invalid
from server.domain.events import Event, Prepayment, Repayment
from server.domain.identity import read_resident_id
from server.domain.money import MAX_FEN, grouped_yuan
from server.domain.parameters import Institution, Parameters
from server.domain.plan import make_plan
from server.domain.statement import Statement, statement
from server.domain.statement.outline import Outline, outline
from server.domain.terms import Method, Terms
from server.domain.typed import plain
from server.loans.actions.commands import Collateral, Guarantor, NewLoan
from server.loans.models import SECURITY_KINDS

MAX_ROWS: Final = 20
MAX_REMARK: Final = 2000
_CONTRACT_NO: Final = re.compile(r"[^\s%_\\]{1,60}")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PLACES: Final = Decimal("0.0001")
_SURELY_BELOW: Final = {Method.FLAT: Decimal("0.45"), Method.BULLET: Decimal("0.95")}
"""Below this share of the ceiling a nominal rate cannot reach it; the root need not be sought."""


@dataclass(frozen=True, slots=True)
class CheckedLoan:
    """A loan that may be booked: the stored form, its events with ids, its statement of today.
    Of an imported loan there is an outline.

    `warnings` are codes `field.reason` for a person to look at.
    """

    loan_id: str
    values: NewLoan
    events: tuple[Event, ...]
    sheet: Statement | Outline | None
    warnings: tuple[str, ...]


class Bounds(Protocol):
    """What a product says of the loans made under it."""

    @property
    def customer_kind(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def min_principal(self) -> int: ...
    @property
    def max_principal(self) -> int: ...
    @property
    def min_periods(self) -> int: ...
    @property
    def max_periods(self) -> int: ...
    @property
    def min_rate(self) -> Decimal: ...
    @property
    def max_rate(self) -> Decimal: ...
    @property
    def methods(self) -> Sequence[str]: ...


def examine_loan(
    command: NewLoan, product: Bounds, customer_kind: str, today: dt.date, rules: Parameters
) -> tuple[CheckedLoan, tuple[Invalid, ...]]:
    """Check every part of one loan and give all that is wrong with it.

    The checked loan is only of use when there are no faults.
    """
    faults: list[Invalid] = []
    values = _evened_out(command, today, faults)
    events = _numbered(command, today, faults)
    derive = outline if command.imported else _statement
    sheet = _attempt(faults, lambda: derive(command.terms, events, today))
    breaches = []
    if sheet is not None:
        breaches = list(_breaches(command, product, customer_kind, rules))
    if command.imported:
        warnings = tuple(f"{each.field}.{each.reason}" for each in breaches)
    else:
        faults.extend(breaches)
        warnings = ()
    checked = CheckedLoan(new_id(), values, events, sheet, warnings)
    return checked, tuple(faults)


def clean(text: str, field: str, limit: int) -> str:
    """Even out a line of text. Raises `Invalid(field, "too_long")` beyond `limit` characters."""
    if not text:
        return ""
    line = _CONTROLS.sub("", plain(text, field))
    if len(line) > limit:
        raise Invalid(field, "too_long", limit=limit)
    return line


def _attempt(faults: list[Invalid], check: Callable[[], Any]) -> Any:
    try:
        return check()
    except Invalid as fault:
        faults.append(fault)
        return None


def _statement(terms: Terms, events: tuple[Event, ...], today: dt.date) -> Statement:
    terms.check()
    return statement(terms, events, today)


def _evened_out(command: NewLoan, today: dt.date, faults: list[Invalid]) -> NewLoan:
    if command.security not in SECURITY_KINDS:
        faults.append(Invalid("security", "unknown"))
    guarantor = partial(_guarantor, today=today)
    even: dict[str, Any] = {
        "contract_no": _attempt(faults, lambda: _contract_no(command.contract_no)) or "",
        "iou_no": _attempt(faults, lambda: clean(command.iou_no, "iou_no", 60)) or "",
        "purpose": _attempt(faults, lambda: clean(command.purpose, "purpose", 200)) or "",
        "remark": _attempt(faults, lambda: _remark(command.remark)) or "",
        "guarantors": _rows(faults, "guarantors", command.guarantors, guarantor),
        "collaterals": _rows(faults, "collaterals", command.collaterals, _collateral),
    }
    if attrgetter(*even)(command) == tuple(even.values()):
        return command
    return replace(command, **even)


def _contract_no(text: str) -> str:
    number = clean(text, "contract_no", 60)
    if number and not _CONTRACT_NO.fullmatch(number):
        raise Invalid("contract_no", "format")
    return number


def _remark(text: str) -> str:
    kept = _CONTROLS.sub("", text).strip() if text else ""
    if len(kept) > MAX_REMARK:
        raise Invalid("remark", "too_long", limit=MAX_REMARK)
    return kept


def _rows(
    faults: list[Invalid], field: str, rows: tuple[Any, ...], check: Callable[[Any, str], Any]
) -> tuple[Any, ...]:
    if not rows:
        return ()
    if len(rows) > MAX_ROWS:
        faults.append(Invalid(field, "too_many", most=MAX_ROWS))
        return ()
    found = []
    for place, row in enumerate(rows):
        try:
            found.append(check(row, f"{field}.{place}"))
        except Invalid as fault:
            faults.append(fault)
    return tuple(found)


def _guarantor(row: Guarantor, where: str, today: dt.date) -> Guarantor:
    name = clean(row.name, f"{where}.name", 120)
    if not name:
        raise Invalid(f"{where}.name", "missing")
    id_no = row.id_no.strip()
    if id_no:
        id_no = read_resident_id(id_no, today, f"{where}.id_no").number
    mobile = read_phone(row.mobile, f"{where}.mobile").number if row.mobile.strip() else ""
    return Guarantor(name, row.customer_id, id_no, mobile)


def _collateral(row: Collateral, where: str) -> Collateral:
    description = clean(row.description, f"{where}.description", 500)
    if not description:
        raise Invalid(f"{where}.description", "missing")
    if row.value is not None and not 0 <= row.value <= MAX_FEN:
        raise Invalid(f"{where}.value", "negative" if row.value < 0 else "too_large")
    return Collateral(description, row.value, row.valued_on)


def _numbered(command: NewLoan, today: dt.date, faults: list[Invalid]) -> tuple[Event, ...]:
    """The loan's first events, each with an id and its place; money is recorded elsewhere."""
    given = ((command.opening,) if command.opening else ()) + command.events
    found = []
    for place, told in enumerate(given, 1):
        event: Event = told
        if isinstance(event, Repayment | Prepayment):
            raise TypeError("money received is recorded by repayments")
        if event.value_on > today:
            faults.append(Invalid("value_on", "in_future"))
        if not event.id or event.order != place:
            event = replace(event, id=event.id or new_id(), order=place)
        found.append(event)
    return tuple(found)


def _breaches(
    command: NewLoan, product: Bounds, customer_kind: str, rules: Parameters
) -> Iterator[Invalid]:
    """Where a loan leaves the bounds of its product, or costs more than is allowed."""
    terms = command.terms
    if product.customer_kind not in {"any", customer_kind}:
        yield Invalid("product_id", "not_for_this_customer")
    if not product.active:
        yield Invalid("product_id", "inactive")
    if not product.min_principal <= terms.principal <= product.max_principal:
        yield Invalid(
            "principal",
            "outside_product",
            low=_yuan(product.min_principal),
            high=_yuan(product.max_principal),
        )
    if terms.periods is not None and not (
        product.min_periods <= terms.periods <= product.max_periods
    ):
        yield Invalid(
            "periods", "outside_product", low=product.min_periods, high=product.max_periods
        )
    if not product.min_rate <= terms.annual_rate <= product.max_rate:
        yield Invalid(
            "annual_rate",
            "outside_product",
            low=_percent(product.min_rate),
            high=_percent(product.max_rate),
        )
    if terms.method not in product.methods:
        yield Invalid("method", "outside_product")
    yield from _above_ceiling(terms, rules)


def _above_ceiling(terms: Terms, rules: Parameters) -> Iterator[Invalid]:
    ceiling = check_ceiling(terms.annual_rate, Institution.BANK, terms.disbursed_on, rules.cost)
    if ceiling is None:
        return
    if terms.annual_rate <= ceiling.limit * _SURELY_BELOW.get(terms.method, Decimal("0.98")):
        return
    cost = annual_cost(terms)
    if cost > ceiling.limit:
        yield Invalid(
            "annual_rate", "above_ceiling", cost=_percent(cost), limit=_percent(ceiling.limit)
        )


def annual_cost(terms: Terms) -> Decimal:
    """The annualised cost (simple, 12 monthly IRR) of a loan's plan, to a basis point.

    Payments are taken at the whole months nearest to their due dates.
    """
    rows = make_plan(terms).rows
    months: dict[int, int] = {}
    for row in rows:
        month = max(round((row.due_on - terms.disbursed_on).days / 30.4375), 1)
        months[month] = months.get(month, 0) + row.total
    payments = [months.get(month, 0) for month in range(1, max(months) + 1)]
    return monthly_cost(terms.principal, payments).annual_simple.quantize(_PLACES)


def _yuan(fen: int) -> str:
    return grouped_yuan(fen)


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}"
