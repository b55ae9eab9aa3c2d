"""What a person chose for one file, and what a bank has that its rows may name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.domain.errors import Invalid
from server.domain.fields import FieldDefinition
from server.domain.ledger.terms import Usual


@dataclass(frozen=True, slots=True)
class Choices:
    """How a file is to be read. Places of columns count from 0; words are `cells.word_key`s.

    `columns` gives fields (`-` leaves a column out), `scales` the unit of amounts, `words` the
    codes of this ledger's own words by field; `branches`, `officers` and `products` name ids for
    words of those columns. `branch_id` and `product_id` stand where a row names none. `as_of` is
    the day the ledger's balances are of. Without `accept_incomplete` rows that lack standard
    fields are refused. With `all_or_none` one refused row keeps all out.
    """

    sheet: str = ""
    columns: Mapping[int, str] = field(default_factory=dict)
    scales: Mapping[int, int] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    officers: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    branch_id: str = ""
    product_id: str = ""
    as_of: dt.date | None = None
    accept_incomplete: bool = False
    all_or_none: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the run's row."""
        return {
            "sheet": self.sheet,
            "columns": {str(place): name for place, name in self.columns.items()},
            "scales": {str(place): scale for place, scale in self.scales.items()},
            "words": {name: dict(words) for name, words in self.words.items()},
            "branches": dict(self.branches),
            "officers": dict(self.officers),
            "products": dict(self.products),
            "branch_id": self.branch_id,
            "product_id": self.product_id,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "accept_incomplete": self.accept_incomplete,
            "all_or_none": self.all_or_none,
        }


def read_choices(stored: Mapping[str, Any]) -> Choices:
    """The choices of a run's row; a run that is new has none."""
    as_of = stored.get("as_of")
    return Choices(
        sheet=stored.get("sheet", ""),
        columns={int(place): name for place, name in stored.get("columns", {}).items()},
        scales={int(place): scale for place, scale in stored.get("scales", {}).items()},
        words=stored.get("words", {}),
        branches=stored.get("branches", {}),
        officers=stored.get("officers", {}),
        products=stored.get("products", {}),
        branch_id=stored.get("branch_id", ""),
        product_id=stored.get("product_id", ""),
        as_of=dt.date.fromisoformat(as_of) if as_of else None,
        accept_incomplete=stored.get("accept_incomplete", False),
        all_or_none=stored.get("all_or_none", False),
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """A product as far as a row's terms and its remarks need it."""

    id: str
    code: str
    name: str
    usual: Usual
    customer_kind: str
    active: bool
    min_principal: int
    max_principal: int
    min_periods: int
    max_periods: int
    min_rate: Any
    max_rate: Any
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The bank as a row may name it; keys are `cells.word_key`s of names and codes."""

    branches: Mapping[str, str]
    officers: Mapping[str, tuple[str, str | None]]
    products: Mapping[str, Bounds]
    own_fields: Mapping[str, FieldDefinition]
    taught: Mapping[str, str | None]


def require_day(as_of: dt.date | None, today: dt.date) -> None:
    """Refuse a ledger of a day to come."""
    if as_of is not None and as_of > today:
        raise Invalid("as_of", "in_future")
