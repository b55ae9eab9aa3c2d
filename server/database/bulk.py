"""Inserting many rows at once, without what an insert of one row costs in building statements.

SQLAlchemy's own executemany builds a dictionary of parameters for every row; an import of fifty
thousand loans writes a million rows. Here the types' conversions are looked up once a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Dialect
    from sqlalchemy.orm import Session


def insert_rows(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], suffix: str = ""
) -> None:
    """Insert rows, all with the columns of the first. Defaults of the model do not apply.

    The rows are used up: their values are converted where they stand. `suffix` ends the statement
    (`ON CONFLICT DO NOTHING`); it holds text of ours alone.
    """
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect
    names = list(rows[0])
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 (names of ours)
        f" VALUES ({', '.join(_mark(table, name, dialect) for name in names)}) {suffix}"
    )
    for name in names:
        bind = _processor(table, name, dialect)
        if bind is not None:
            _convert(rows, name, bind)
    connection.exec_driver_sql(statement, list(rows))


def _convert(rows: Sequence[dict[str, Any]], name: str, bind: Callable[[Any], Any]) -> None:
    """Convert a column. Its values repeat (dates, rates, states), so each is converted once.

    Documents have no hash; most of them are empty, and those are converted once as well.
    """
    known: dict[Any, Any] = {}
    for row in rows:
        value = row[name]
        key = value
        if isinstance(value, dict | list):
            if value:
                row[name] = bind(value)
                continue
            key = type(value)
        if key not in known:
            known[key] = bind(value)
        row[name] = known[key]


def _processor(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    kind = table.c[name].type.dialect_impl(dialect)
    return kind.bind_processor(dialect)


def _mark(table: Table, name: str, dialect: Dialect) -> str:
    """The place of a value; PostgreSQL is told the type where text alone would not do."""
    if dialect.name != "postgresql":
        return f":{name}"
    kind = table.c[name].type.dialect_impl(dialect)
    return f"%({name})s::{dialect.type_compiler_instance.process(kind)}"
