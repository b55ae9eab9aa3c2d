"""Where sealed values stand: every column of every table, found by its `SealedText`.

`files` and `caches` are named by the rooms that keep them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Table, func, text
from sqlalchemy.orm import Session

from server.crypto.keyring import VERSION_BYTES, version_of
from server.database import Base, SealedText


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A sealed column of a table and the name that stands in the place of its seals."""

    table: Table
    column: str
    name: str

    @property
    def told(self) -> str:
        """Its name for people: `customers.id_no`."""
        return f"{self.table.name}.{self.name}"


@dataclass(frozen=True, slots=True)
class Stores:
    """What is sealed beside columns.

    `files()` gives each sealed file with its place, and `write(path, content, place)` seals one
    anew, whole or not at all. `forget(session, versions, most)` drops rows of a cache that are
    sealed under keys of those versions; they are made anew when somebody asks. `count(session)`
    tells how many rows of it stand under each version.
    """

    files: Callable[[], Iterator[tuple[Path, str]]]
    write: Callable[[Path, bytes, str], None]
    forget: Callable[[Session, frozenset[int], int], int]
    count: Callable[[Session], dict[int, int]]


def head_of(column: Any) -> ColumnElement[bytes]:
    """The first bytes of a sealed column: they hold the version of the key.

    Written out, so that PostgreSQL knows it again where rows are grouped by it.
    """
    return func.substr(column, text("1"), text(str(VERSION_BYTES)), type_=LargeBinary)


def sealed_columns() -> list[SealedColumn]:
    """Every sealed column of the tables that are loaded, in order of name."""
    found = [
        SealedColumn(mapper.local_table, part.column, part.name)
        for mapper in Base.registry.mappers
        for part in vars(mapper.class_).values()
        if isinstance(part, SealedText) and isinstance(mapper.local_table, Table)
    ]
    return sorted(found, key=lambda each: each.told)


def file_version(path: Path) -> int | None:
    """The version of the key of a sealed file; None where it is gone."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return version_of(file.read(VERSION_BYTES))
    return None
