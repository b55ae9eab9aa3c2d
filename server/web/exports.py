"""A list as a file: each list's page says here how all of its pages come out, one after another.

The slice whose page it is gives its own query, columns and cells, so that what is exported is
what is shown; `server.reports` writes the file and takes note of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from server.database import Session
from server.database.paging import Page
from server.domain.access import Actor, Permission
from server.web.listing import Column, chosen_columns

ROWS_A_PAGE: Final = 500
_ENDPOINT: Final = "reports.list_file"
_OF_THE_PAGE: Final = ("after", "before")

Arguments = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class ExportedList:
    """A list that can be had whole; `endpoint` is that of its page, `permission` opens it.

    `page(session, actor, arguments, after, rows)` is its page under the arguments of its URL,
    `cells(row)` what stands in its columns: text, yuan as `Decimal` with two places, dates, ints.
    """

    name: str
    title: Any
    endpoint: str
    permission: Permission
    columns: tuple[Column, ...]
    page: Callable[[Session, Actor, Arguments, str | None, int], Page[Any]]
    cells: Callable[[Any], dict[str, Any]]

    def shown(self, arguments: Arguments) -> list[Column]:
        """The columns that the page shows under these arguments."""
        chosen = chosen_columns(list(self.columns), arguments.getlist("cols"))
        return [column for column in chosen if column.shown]

    def rows(self, session: Session, actor: Actor, arguments: Arguments) -> Iterator[list[Any]]:
        """The cells of the shown columns, over all pages."""
        names = [column.name for column in self.shown(arguments)]
        after: str | None = None
        while True:
            page = self.page(session, actor, arguments, after, ROWS_A_PAGE)
            for row in page.rows:
                cells = self.cells(row)
                yield [cells[name] for name in names]
            after = page.following
            if after is None:
                return


def export_urls(name: str) -> dict[str, str]:
    """Where the list of this request can be had as files; empty for who may not export."""
    if not g.actor.may(Permission.REPORTS_EXPORT):
        return {}
    query = urlencode(
        [
            (key, value)
            for key, value in request.args.items(multi=True)
            if value and key not in _OF_THE_PAGE
        ]
    )
    return {
        kind: url_for(_ENDPOINT, name=name, kind=kind) + (f"?{query}" if query else "")
        for kind in ("xlsx", "csv")
    }
