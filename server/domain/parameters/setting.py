"""One setting: its unit, bounds and source, and how its value is read from JSON and written back.

Whole numbers (days, months, counts, fen) are JSON integers; fractions and multiples are decimal
text, dates ISO text, tables lists of objects, lists of days whole numbers in a JSON list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from server.domain.errors import Invalid

_DECIMAL: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,10})?")
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Unit(StrEnum):
    """What a setting is counted in."""

    DAYS = "DAYS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"
    PERIODS = "PERIODS"
    COUNT = "COUNT"
    METRES = "METRES"
    FEN = "FEN"
    FRACTION = "FRACTION"
    MULTIPLE = "MULTIPLE"
    FLAG = "FLAG"
    DATE = "DATE"
    TABLE = "TABLE"
    HOUR = "HOUR"
    NUMBERS = "NUMBERS"
    TEXT = "TEXT"


_MOST_NUMBERS: Final = 20
_DECIMAL_UNITS: Final = frozenset({Unit.FRACTION, Unit.MULTIPLE})


@dataclass(frozen=True, slots=True)
class Setting:
    """What an administrator must know of a setting before changing it.

    `low` and `high` are the bounds, both allowed (None for dates, flags and tables); `source`
    names the rule the default comes from; `read_row` and `write_row` turn a table's rows.
    """

    unit: Unit
    source: str
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    read_row: Callable[[str, dict[str, Any]], Any] | None = None
    write_row: Callable[[Any], dict[str, Any]] | None = None


def whole(default: int, unit: Unit, bounds: tuple[int, int], source: str) -> Any:
    """A dataclass field that holds a whole number of `unit` within `bounds`."""
    return field(default=default, metadata={"setting": Setting(unit, source, *bounds)})


def share(default: str, bounds: tuple[str, str], source: str, unit: Unit = Unit.FRACTION) -> Any:
    """A dataclass field that holds a decimal fraction (`"0.25"` = 25 %) within `bounds`."""
    low, high = map(Decimal, bounds)
    return field(default=Decimal(default), metadata={"setting": Setting(unit, source, low, high)})


def flag(*, default: bool, source: str) -> Any:
    """A dataclass field that holds yes or no."""
    return field(default=default, metadata={"setting": Setting(Unit.FLAG, source)})


def numbers(default: tuple[int, ...], bounds: tuple[int, int], source: str) -> Any:
    """A dataclass field that holds a few whole numbers of days within `bounds`, none twice."""
    return field(default=default, metadata={"setting": Setting(Unit.NUMBERS, source, *bounds)})


def text(default: str, limit: int, source: str) -> Any:
    """A dataclass field that holds a line of text of at most `limit` characters."""
    return field(default=default, metadata={"setting": Setting(Unit.TEXT, source, 0, limit)})


def day(default: date, source: str) -> Any:
    """A dataclass field that holds a civil date."""
    return field(default=default, metadata={"setting": Setting(Unit.DATE, source)})


def table(
    default: tuple[Any, ...],
    source: str,
    read_row: Callable[[str, dict[str, Any]], Any],
    write_row: Callable[[Any], dict[str, Any]],
) -> Any:
    """A dataclass field that holds a table; a change replaces the whole of it."""
    setting = Setting(Unit.TABLE, source, read_row=read_row, write_row=write_row)
    return field(default=default, metadata={"setting": setting})


def read_value(name: str, setting: Setting, value: object) -> Any:
    """Turn the JSON value of the setting called `name` into its domain value.

    Raises `Invalid(name, reason)`: `type` (wrong JSON type or shape), `date`, `too_small` or
    `too_large` (with the bound in `detail`).
    """
    if setting.unit is Unit.DATE:
        return read_date(name, value)
    if setting.unit is Unit.FLAG:
        if not isinstance(value, bool):
            raise Invalid(name, "type")
        return value
    if setting.unit is Unit.TABLE:
        return _read_table(name, setting, value)
    if setting.unit is Unit.NUMBERS:
        return _read_numbers(name, setting, value)
    if setting.unit is Unit.TEXT:
        return _read_text(name, setting, value)
    number = read_decimal(name, value) if setting.unit in _DECIMAL_UNITS else _read_int(name, value)
    _check_bounds(name, setting, number)
    return number


def write_value(setting: Setting, value: Any) -> Any:
    """The JSON value `read_value` reads back as `value`."""
    if setting.unit is Unit.DATE:
        return value.isoformat()
    if setting.unit in _DECIMAL_UNITS:
        return format(value, "f")
    if setting.write_row is not None:
        return [setting.write_row(row) for row in value]
    return list(value) if setting.unit is Unit.NUMBERS else value


def read_date(name: str, value: object) -> date:
    """Read an ISO date; raises `Invalid(name, "type")` or `Invalid(name, "date")`."""
    if not isinstance(value, str):
        raise Invalid(name, "type")
    if not _ISO_DATE.fullmatch(value):
        raise Invalid(name, "date")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Invalid(name, "date") from error


def read_decimal(name: str, value: object) -> Decimal:
    """Read decimal text such as `"0.072"`; raises `Invalid(name, "type")` for any other shape."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise Invalid(name, "type")
    return Decimal(value)


def _read_int(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(name, "type")
    return value


def _check_bounds(name: str, setting: Setting, number: int | Decimal) -> None:
    if setting.low is not None and number < setting.low:
        raise Invalid(name, "too_small", low=str(setting.low))
    if setting.high is not None and number > setting.high:
        raise Invalid(name, "too_large", high=str(setting.high))


def _read_numbers(name: str, setting: Setting, value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise Invalid(name, "type")
    found = [_read_int(name, each) for each in value]
    for number in found:
        _check_bounds(name, setting, number)
    if len(set(found)) != len(found) or len(found) > _MOST_NUMBERS:
        raise Invalid(name, "out_of_range")
    return tuple(found)


def _read_text(name: str, setting: Setting, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid(name, "type")
    if setting.high is not None and len(value) > setting.high:
        raise Invalid(name, "too_long", limit=int(setting.high))
    if not value.isprintable():
        raise Invalid(name, "type")
    return value.strip()


def _read_table(name: str, setting: Setting, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list) or setting.read_row is None:
        raise Invalid(name, "type")
    rows = []
    for row in value:
        if not isinstance(row, dict):
            raise Invalid(name, "type")
        rows.append(setting.read_row(name, row))
    return tuple(rows)
