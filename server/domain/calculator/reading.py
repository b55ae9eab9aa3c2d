"""Reading the calculator's input objects: each function takes the object and a key.

A null says as little as an absent key: the default holds, or the key is missing.

All raise `Invalid(key, reason)`: `missing`, `type` (wrong JSON type), `date`, `amount`, `negative`,
`too_small`, `too_large`, `too_many`, `unknown` (a code outside its set) or `unknown_field`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from server.domain.errors import Invalid
from server.domain.money import fen_from_yuan

Item = TypeVar("Item")
Code = TypeVar("Code", bound=str)

_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
_FRACTION: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,12})?")
_MOST_ITEMS: Final = 5000
MOST_DEBTS: Final = 700
"""Items or payments of one loan: more than any has, few enough to replay at once."""


def whole_of(
    given: dict[str, Any], key: str, *, default: int | None = None, low: int = 0, high: int = 10**6
) -> int:
    """A JSON integer within [low, high]."""
    value = _value(given, key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(key, "type")
    if value < low:
        raise Invalid(key, "too_small", low=low)
    if value > high:
        raise Invalid(key, "too_large", high=high)
    return value


def flag_of(given: dict[str, Any], key: str, *, default: bool | None = None) -> bool:
    """A JSON boolean."""
    value = _value(given, key, default)
    if not isinstance(value, bool):
        raise Invalid(key, "type")
    return value


def date_of(given: dict[str, Any], key: str) -> date:
    """An ISO date."""
    return _date(_value(given, key), key)


def moment_of(given: dict[str, Any], key: str) -> datetime:
    """A moment of the bank's own time, ISO text without a zone."""
    value = _value(given, key)
    if not isinstance(value, str):
        raise Invalid(key, "type")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Invalid(key, "date") from error
    if moment.tzinfo is not None:
        raise Invalid(key, "date")
    return moment


def fen_of(given: dict[str, Any], key: str, *, default: str | None = None) -> int:
    """Yuan text as fen, 0 or more."""
    return _fen(_value(given, key, default), key)


def fraction_of(
    given: dict[str, Any], key: str, *, default: str | None = None, high: int = 1
) -> Decimal:
    """Decimal text, or a whole number, within [0, high], its places kept."""
    value = _value(given, key, default)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
        value = str(value)
    if not isinstance(value, str):
        raise Invalid(key, "type")
    if not _FRACTION.fullmatch(value):
        raise Invalid(key, "number")
    number = Decimal(value)
    if number < 0:
        raise Invalid(key, "negative")
    if number > high:
        raise Invalid(key, "too_large", high=high)
    return number


def code_of(
    given: dict[str, Any], key: str, codes: Callable[[str], Code], default: Code | None = None
) -> Code:
    """A member of an enumeration by its code."""
    value = _value(given, key, default)
    if not isinstance(value, str):
        raise Invalid(key, "type")
    try:
        return codes(value)
    except ValueError as error:
        raise Invalid(key, "unknown") from error


def dates_of(given: dict[str, Any], key: str, *, required: bool = True) -> list[date]:
    """A list of ISO dates."""
    return [_date(value, key) for value in list_of(given, key, required=required)]


def amounts_of(given: dict[str, Any], key: str) -> list[int]:
    """A list of yuan texts as fen, each 0 or more."""
    return [_fen(value, key) for value in list_of(given, key)]


def objects_of(
    given: dict[str, Any],
    key: str,
    read: Callable[[dict[str, Any]], Item],
    most: int = _MOST_ITEMS,
) -> list[Item]:
    """A list of objects, each read by `read`; a fault inside names the key in the item."""
    items = list_of(given, key)
    if len(items) > most:
        raise Invalid(key, "too_many", limit=most)
    for item in items:
        if not isinstance(item, dict):
            raise Invalid(key, "type")
    return [read(item) for item in items]


def list_of(given: dict[str, Any], key: str, *, required: bool = True) -> list[Any]:
    """A JSON array of at most 5,000 items."""
    value = _value(given, key, None if required else [])
    if not isinstance(value, list):
        raise Invalid(key, "type")
    if len(value) > _MOST_ITEMS:
        raise Invalid(key, "too_many", limit=_MOST_ITEMS)
    return value


def refuse_unknown(given: dict[str, Any], known: Collection[str]) -> None:
    """Raise `Invalid(key, "unknown_field")` for a key outside `known`.

    For areas where a misspelt key would silently read as "nothing is wrong".
    """
    for key in given:
        if key not in known:
            told = str(key)[:60].encode("utf-8", "replace").decode()
            raise Invalid(told, "unknown_field")


def _value(given: dict[str, Any], key: str, default: object = None) -> object:
    value = given.get(key)
    if value is not None:
        return value
    if default is None:
        raise Invalid(key, "missing")
    return default


def _date(value: object, key: str) -> date:
    if not isinstance(value, str):
        raise Invalid(key, "type")
    if not _ISO_DATE.fullmatch(value):
        raise Invalid(key, "date")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Invalid(key, "date") from error


def _fen(value: object, key: str) -> int:
    if not isinstance(value, str):
        raise Invalid(key, "type")
    if not _AMOUNT.fullmatch(value):
        raise Invalid(key, "amount")
    fen = fen_from_yuan(value, key)
    if fen < 0:
        raise Invalid(key, "negative")
    return fen
