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

    `suffix` ends the statement (`ON CONFLICT DO NOTHING`); it holds text of ours alone.
    """
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect
    names = list(rows[0])
    mark = "%s" if dialect.name == "postgresql" else "?"
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 (names of ours)
        f" VALUES ({', '.join(_mark(table, name, mark, dialect) for name in names)}) {suffix}"
    )
    columns = [_converted(table, name, rows, dialect) for name in names]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _converted(
    table: Table, name: str, rows: Sequence[dict[str, Any]], dialect: Dialect
) -> list[Any]:
    values = [row[name] for row in rows]
    bind = _processor(table, name, dialect)
    if bind is None:
        return values
    try:
        known: dict[Any, Any] = {}
        for value in values:
            if value not in known:
                known[value] = bind(value)
    except TypeError:  # lists and dictionaries have no hash
        first, converted = values[0], bind(values[0])
        return [converted if value == first else bind(value) for value in values]
    return [known[value] for value in values]


def _processor(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    kind = table.c[name].type.dialect_impl(dialect)
    return kind.bind_processor(dialect)


def _mark(table: Table, name: str, mark: str, dialect: Dialect) -> str:
    """The place of a value; PostgreSQL is told the type where text alone would not do."""
    if dialect.name != "postgresql":
        return mark
    kind = table.c[name].type.dialect_impl(dialect)
    return f"{mark}::{dialect.type_compiler_instance.process(kind)}"
