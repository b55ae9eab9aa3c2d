"""Areas of reading old ledgers: rateparse, dateparse, amountparse, iddamage, headermap."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from server.domain.calculator.fields import Fields, cell, flag, optional_text, text
from server.domain.errors import Invalid
from server.domain.money import yuan
from server.domain.parsing.amounts import parse_amount
from server.domain.parsing.dates import parse_date
from server.domain.parsing.headers import Heading, map_heading
from server.domain.parsing.ids import Damage, inspect_id
from server.domain.parsing.rates import Per, parse_rate, rate_text


def rateparse(fields: Fields) -> Fields:
    """`text`, and the `header` it stood under -> annual_rate. What is no rate is `Invalid`."""
    heading = _heading(fields)
    monthly = heading.field == "monthly_rate_permille"
    found = parse_rate(
        cell(fields, "text"),
        unit=heading.unit.of_rate if heading.unit else None,
        per=Per.MONTH if monthly else None,
        lpr=_published(fields),
    )
    if found.value is None:
        raise Invalid("text", (found.flag or "missing").lower())
    return {"annual_rate": rate_text(found.value)}


def dateparse(fields: Fields) -> Fields:
    """`value`, `date_1904` -> date, flag."""
    found = parse_date(cell(fields, "value"), base_1904=flag(fields, "date_1904"))
    return {"date": found.value.isoformat() if found.value else None, "flag": found.flag}


def amountparse(fields: Fields) -> Fields:
    """`value`, and the `header` it stood under -> amount (yuan), flag."""
    found = parse_amount(cell(fields, "value"), scale=_heading(fields).scale)
    return {"amount": None if found.value is None else yuan(found.value), "flag": found.flag}


def iddamage(fields: Fields) -> Fields:
    """`value` -> status and the value evened out, or the action to take."""
    found = inspect_id(cell(fields, "value"))
    if found.must_be_reentered:
        return {"status": found.status.value, "action": "REQUIRE_REENTRY"}
    if found.status is Damage.EMPTY:
        return {"status": found.status.value}
    return {"status": found.status.value, "value": found.value}


def headermap(fields: Fields) -> Fields:
    """`header` -> field, null for one to be ignored or asked."""
    return {"field": map_heading(text(fields, "header")).field}


def _heading(fields: Fields) -> Heading:
    header = optional_text(fields, "header") if isinstance(fields, dict) else None
    return map_heading(header or "")


def _published(fields: Fields) -> Decimal | None:
    """The optional `lpr`, an annual fraction as text."""
    written = optional_text(fields, "lpr")
    if written is None:
        return None
    try:
        lpr = Decimal(written)
    except ArithmeticError:
        raise Invalid("lpr", "rate") from None
    if not lpr.is_finite() or not 0 <= lpr <= 1:
        raise Invalid("lpr", "rate")
    return lpr


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "rateparse": rateparse,
    "dateparse": dateparse,
    "amountparse": amountparse,
    "iddamage": iddamage,
    "headermap": headermap,
}
