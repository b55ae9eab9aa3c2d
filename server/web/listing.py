"""A list as `ui/tables.html` draws it: what the URL asked for, the columns, the pages around."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import request

from server.database.paging import Page


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind` is text, num, date or code; a `fixed` one cannot be switched off."""

    name: str
    label: Any
    kind: str = "text"
    sortable: bool = False
    fixed: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """What the macros of `ui/tables.html` take; `query` is the URL's, without empty filters."""

    path: str
    query: list[tuple[str, str]]
    columns: list[Column]
    rows: list[Any]
    sort: str | None = None
    total: int | None = None
    totals: dict[str, str] = field(default_factory=dict)
    previous_url: str | None = None
    next_url: str | None = None
    exports: dict[str, str] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)


def make_listing(
    page: Page[Any],
    columns: list[Column],
    *,
    sort: str | None = None,
    total: int | None = None,
    totals: dict[str, str] | None = None,
    exports: dict[str, str] | None = None,
) -> Listing:
    """Describe a page of rows by the request: filters and column choice come from its URL."""
    query = [(key, value) for key, value in request.args.items(multi=True) if value]
    return Listing(
        path=request.path,
        query=query,
        columns=chosen_columns(columns, request.args.getlist("cols")),
        rows=page.rows,
        sort=sort,
        total=total,
        totals=totals or {},
        previous_url=_page_url(query, "before", page.preceding),
        next_url=_page_url(query, "after", page.following),
        exports=exports or {},
    )


def chosen_columns(columns: list[Column], names: list[str]) -> list[Column]:
    """The columns, shown as a person chose by name; without a choice as usual."""
    if not names:
        return columns
    return [replace(column, shown=column.fixed or column.name in names) for column in columns]


def _page_url(query: list[tuple[str, str]], key: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [(name, value) for name, value in query if name not in ("after", "before")]
    return f"{request.path}?{urlencode([*kept, (key, cursor)])}"
