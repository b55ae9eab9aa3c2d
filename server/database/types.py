"""Column types: money in fen, rates, civil days, moments in UTC, JSON, ids and sealed text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, overload

from sqlalchemy import JSON, BigInteger, Date, DateTime, LargeBinary, String
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from server.crypto import keyring

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

Fen = BigInteger
"""Money: whole fen."""

Day = Date
"""A civil date in the bank's timezone."""

Sealed = LargeBinary
"""Bytes sealed by the keyring; read and written through `SealedText`."""

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A JSON document."""


def ordered(length: int) -> String:
    """Text compared by code points on both databases: for prefixes, sort keys and cursors."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


_RATE_SCALE: Final = 10**10


class Uuid(TypeDecorator[str]):
    """An id as 36-character text: native `uuid` on PostgreSQL, `CHAR(36)` on SQLite."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the storage of the dialect."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=False))
        return dialect.type_descriptor(String(36))


class Rate(TypeDecorator[Decimal]):
    """An annual rate as a decimal fraction, kept as a whole number of 1e-10 in a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Scale to whole units of 1e-10."""
        return None if value is None else int(value * _RATE_SCALE)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Scale back to a fraction, without trailing zeros."""
        return None if value is None else (Decimal(value) / _RATE_SCALE).normalize()


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC. Naive datetimes are refused: SQLite would lose the zone in silence."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Store in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a timezone")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 (SQLAlchemy's signature)
    ) -> dt.datetime | None:
        """Read as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class SealedText:
    """A descriptor that reads and writes text through a sealed column of the same row.

    `id_no = SealedText("id_no_sealed")` seals under the place `table.id_no:row id`; the row must
    have its id before it is written. None and "" are kept as NULL.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._name = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @property
    def column(self) -> str:
        """The name of the sealed column."""
        return self._column

    @property
    def name(self) -> str:
        """The name that stands in the place of the seal."""
        return self._name

    @overload
    def __get__(self, row: None, owner: type[Any]) -> SealedText: ...
    @overload
    def __get__(self, row: Any, owner: type[Any]) -> str | None: ...
    def __get__(self, row: Any, owner: type[Any]) -> SealedText | str | None:
        if row is None:
            return self
        sealed = getattr(row, self._column)
        if sealed is None:
            return None
        return keyring.active().open(sealed, place(owner.__tablename__, self._name, row.id))

    def __set__(self, row: Any, text: str | None) -> None:
        sealed = None
        if text:
            where = place(row.__tablename__, self._name, row.id)
            sealed = keyring.active().seal(text, where)
        setattr(row, self._column, sealed)


def place(table: str, name: str, row_id: str) -> str:
    """Name the place of a sealed value: what `SealedText` uses, for bulk writes."""
    return f"{table}.{name}:{row_id}"
