"""The two rate tables that change over the years: published LPR and ceilings on the cost.

Defaults are the values known when this was written; each bank's compliance staff confirms them
and adds later ones as dated changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

from server.domain.errors import Invalid
from server.domain.parameters.setting import read_date, read_decimal

_Code = TypeVar("_Code", bound=StrEnum)


class Institution(StrEnum):
    """Kind of lender, on which the ceiling depends."""

    BANK = "BANK"
    CONSUMER_FINANCE = "CONSUMER_FINANCE"
    MICROLENDER = "MICROLENDER"
    OTHER_LICENSED = "OTHER_LICENSED"
    PRIVATE = "PRIVATE"


class CeilingKind(StrEnum):
    """How a ceiling is stated: a fixed annual rate, or a multiple of the one-year LPR."""

    FIXED = "FIXED"
    LPR_MULTIPLE = "LPR_MULTIPLE"


class LprTenor(StrEnum):
    """The two published tenors."""

    ONE_YEAR = "1Y"
    FIVE_YEARS = "5Y"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most a loan's annualised cost may be for contracts signed in [from_on, to_on]."""

    institution: Institution
    kind: CeilingKind
    value: Decimal
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class LprQuote:
    """A published LPR, annual fraction; it stands until the next quote of its tenor."""

    tenor: LprTenor
    published_on: date
    rate: Decimal


def read_ceiling(name: str, row: dict[str, Any]) -> Ceiling:
    """Read a row of the ceilings table; raises `Invalid(name, reason)`."""
    ends = row.get("to_on")
    ceiling = Ceiling(
        institution=_member(name, Institution, row.get("institution")),
        kind=_member(name, CeilingKind, row.get("kind")),
        value=read_decimal(name, row.get("value")),
        from_on=read_date(name, row.get("from_on")),
        to_on=None if ends is None else read_date(name, ends),
    )
    if not 0 < ceiling.value <= 100:
        raise Invalid(name, "out_of_range")
    if ceiling.to_on is not None and ceiling.to_on < ceiling.from_on:
        raise Invalid(name, "order")
    return ceiling


def write_ceiling(ceiling: Ceiling) -> dict[str, Any]:
    """The row `read_ceiling` reads."""
    return {
        "institution": str(ceiling.institution),
        "kind": str(ceiling.kind),
        "value": format(ceiling.value, "f"),
        "from_on": ceiling.from_on.isoformat(),
        "to_on": ceiling.to_on.isoformat() if ceiling.to_on else None,
    }


def read_lpr_quote(name: str, row: dict[str, Any]) -> LprQuote:
    """Read a row of the LPR table; raises `Invalid(name, reason)`."""
    quote = LprQuote(
        tenor=_member(name, LprTenor, row.get("tenor")),
        published_on=read_date(name, row.get("published_on")),
        rate=read_decimal(name, row.get("rate")),
    )
    if not 0 < quote.rate < 1:
        raise Invalid(name, "out_of_range")
    return quote


def write_lpr_quote(quote: LprQuote) -> dict[str, Any]:
    """The row `read_lpr_quote` reads."""
    return {
        "tenor": str(quote.tenor),
        "published_on": quote.published_on.isoformat(),
        "rate": format(quote.rate, "f"),
    }


def _member(name: str, kind: type[_Code], value: object) -> _Code:
    if not isinstance(value, str) or value not in kind.__members__.values():
        raise Invalid(name, "unknown")
    return kind(value)


def _ceiling(institution: Institution, kind: CeilingKind, value: str, *days: str) -> Ceiling:
    return Ceiling(institution, kind, Decimal(value), *map(date.fromisoformat, days))


def _quotes(tenor: LprTenor, history: str) -> tuple[LprQuote, ...]:
    pairs = (item.split("=") for item in history.split())
    return tuple(
        LprQuote(tenor, date.fromisoformat(day), Decimal(percent) / 100) for day, percent in pairs
    )


DEFAULT_CEILINGS: Final = (
    _ceiling(Institution.BANK, CeilingKind.FIXED, "0.24", "2017-08-04"),
    _ceiling(Institution.CONSUMER_FINANCE, CeilingKind.FIXED, "0.24", "2017-08-04"),
    _ceiling(Institution.OTHER_LICENSED, CeilingKind.FIXED, "0.24", "2021-01-01"),
    _ceiling(Institution.MICROLENDER, CeilingKind.FIXED, "0.24", "2021-01-01", "2027-12-31"),
    _ceiling(Institution.MICROLENDER, CeilingKind.LPR_MULTIPLE, "4", "2028-01-01"),
    _ceiling(Institution.PRIVATE, CeilingKind.FIXED, "0.24", "2015-09-01", "2020-08-19"),
    _ceiling(Institution.PRIVATE, CeilingKind.LPR_MULTIPLE, "4", "2020-08-20"),
)

DEFAULT_LPR: Final = _quotes(
    LprTenor.ONE_YEAR,
    "2019-08-20=4.25 2019-09-20=4.20 2019-11-20=4.15 2020-02-20=4.05 2020-04-20=3.85 "
    "2021-12-20=3.80 2022-01-20=3.70 2022-08-22=3.65 2023-06-20=3.55 2023-08-21=3.45 "
    "2024-07-22=3.35 2024-10-21=3.10 2025-05-20=3.00",
) + _quotes(
    LprTenor.FIVE_YEARS,
    "2019-08-20=4.85 2019-11-20=4.80 2020-02-20=4.75 2020-04-20=4.65 2022-01-20=4.60 "
    "2022-05-20=4.45 2022-08-22=4.30 2023-06-20=4.20 2024-02-20=3.95 2024-07-22=3.85 "
    "2024-10-21=3.60 2025-05-20=3.50",
)
