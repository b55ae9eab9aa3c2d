"""Inserting many rows at once, without what an insert of one row costs in building statements.

SQLAlchemy's own executemany builds a dictionary of parameters for every row; an import of fifty
thousand loans writes a million rows. Here the types' conversions are looked up once a batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, LargeBinary

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Dialect
    from sqlalchemy.orm import Session

Row = tuple[Any, ...]
"""Values in the order of a table's columns, as the database takes them."""


class Written(str):
    """A document that is JSON already."""

    __slots__ = ()


def insert_rows(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], suffix: str = ""
) -> None:
    """Insert rows, all with the columns of the first. Defaults of the model do not apply.

    The rows are used up: their values are converted where they stand. `suffix` ends the statement
    (`ON CONFLICT DO NOTHING`); it holds text of ours alone.
    """
    if rows:
        names = list(rows[0])
        made = _ready(table, session.get_bind().dialect, rows, names)
        _insert(session, table, made, names, suffix)


def ready(table: Table, dialect: Dialect, rows: Sequence[dict[str, Any]]) -> list[Row]:
    """Rows as the database takes them: text, numbers and bytes in the order of the table's columns.

    One process can make them and another write them. Columns that the rows lack are NULL; the
    rows are used up.
    """
    if not rows:
        return []
    names = _names(table)
    lacking = dict.fromkeys(name for name in names if name not in rows[0])
    if lacking:
        for row in rows:
            row.update(lacking)
    return _ready(table, dialect, rows, names)


def ready_of_each(
    table: Table, dialect: Dialect, rows: Sequence[Sequence[dict[str, Any]]]
) -> Iterator[list[Row]]:
    """As `ready`, for rows that belong together in groups."""
    made = iter(ready(table, dialect, [row for group in rows for row in group]))
    return (list(islice(made, len(group))) for group in rows)


def insert_ready(session: Session, table: Table, rows: Sequence[Row], suffix: str = "") -> None:
    """Insert what `ready` made; `suffix` as of `insert_rows`."""
    if rows:
        _insert(session, table, rows, _names(table), suffix)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _ready(
    table: Table, dialect: Dialect, rows: Sequence[dict[str, Any]], names: Sequence[str]
) -> list[Row]:
    for name in names:
        kind = table.c[name].type
        if isinstance(kind, JSON):
            _write_documents(rows, name)
        elif not isinstance(kind, LargeBinary):  # bytes are taken as they are
            bind = kind.dialect_impl(dialect).bind_processor(dialect)
            if bind is not None:
                _convert(rows, name, bind)
    if len(names) == 1:
        return [(row[names[0]],) for row in rows]
    return list(map(itemgetter(*names), rows))


def _insert(
    session: Session, table: Table, rows: Sequence[Row], names: Sequence[str], suffix: str
) -> None:
    connection = session.connection()
    marks = [_mark(table, name, connection.dialect) for name in names]
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 (names of ours)
        f" VALUES ({', '.join(marks)}) {suffix}"
    )
    connection.exec_driver_sql(statement, list(rows))


def _convert(rows: Sequence[dict[str, Any]], name: str, bind: Callable[[Any], Any]) -> None:
    """Convert a column. Its values repeat (dates, rates, states), so each is converted once."""
    known: dict[Any, Any] = {}
    for row in rows:
        value = row[name]
        if value in known:
            row[name] = known[value]
        else:
            row[name] = known[value] = bind(value)


def _write_documents(rows: Sequence[dict[str, Any]], name: str) -> None:
    """Write a column of documents as JSON; most of them are empty."""
    empty: dict[type[Any], str] = {}
    for row in rows:
        value = row[name]
        if isinstance(value, Written):
            row[name] = str(value)
        elif value:
            row[name] = json.dumps(value)
        else:
            kind = type(value)
            if kind not in empty:
                empty[kind] = json.dumps(value)
            row[name] = empty[kind]


def _mark(table: Table, name: str, dialect: Dialect) -> str:
    """The place of a value; PostgreSQL is told the type where text alone would not do."""
    if dialect.name != "postgresql":
        return "?"
    kind = table.c[name].type.dialect_impl(dialect)
    return f"%s::{dialect.type_compiler_instance.process(kind)}"
