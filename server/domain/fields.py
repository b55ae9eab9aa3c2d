"""Fields of the forms: the standard ones a product may demand or drop, and the bank's own.

A custom field's value is kept as JSON: text and choice as text, number as decimal text, money as
whole fen, date as ISO text, yes/no as true or false, file as the id of an attachment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from server.domain.errors import Invalid
from server.domain.money import grouped_yuan
from server.domain.parsing.amounts import parse_amount
from server.domain.parsing.dates import parse_date
from server.domain.typed import plain, tight


class FieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    FILE = "file"


class FieldOwner(StrEnum):
    """What a custom field belongs to."""

    CUSTOMER = "customer"
    LOAN = "loan"
    PRODUCT = "product"


class FieldRule(StrEnum):
    """What a product's forms do with a standard field."""

    SHOWN = "shown"
    REQUIRED = "required"
    OFF = "off"


STANDARD_FIELDS: Final[Mapping[FieldOwner, tuple[str, ...]]] = MappingProxyType(
    {
        FieldOwner.CUSTOMER: (
            "id_no",
            "id_expiry_on",
            "gender",
            "birth_on",
            "mobile",
            "contacts",
            "addresses",
            "spouse_name",
            "bank_card",
            "employer",
            "occupation",
            "monthly_income",
            "remark",
        ),
        FieldOwner.LOAN: (
            "iou_no",
            "purpose",
            "security",
            "guarantors",
            "collaterals",
            "repay_day",
            "first_due_on",
            "maturity_on",
            "remark",
        ),
    }
)
"""The optional fields of the standard forms; a rule names one as `customer.gender`."""

DEFAULT_RULES: Final[Mapping[str, FieldRule]] = MappingProxyType(
    {
        f"{owner}.{name}": FieldRule.SHOWN
        for owner, names in STANDARD_FIELDS.items()
        for name in names
    }
    | {"customer.id_no": FieldRule.REQUIRED, "customer.mobile": FieldRule.REQUIRED}
)


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of the bank's own. `key` names its value in `extra`, `choices` are its options."""

    key: str
    label: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    required: bool = False
    label_en: str = ""
    hint: str = ""

    @property
    def field(self) -> str:
        """Its name in forms and refusals: `extra.<key>`."""
        return f"extra.{self.key}"


_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,6})?")
_YES: Final = frozenset({"1", "yes", "y", "true", "on", "是", "有", "对"})
_NO: Final = frozenset({"0", "no", "n", "false", "off", "否", "无", "没有"})


def read_value(definition: FieldDefinition, typed: str) -> Any:
    """Read what was typed as the field's JSON value; None when nothing was.

    Raises `Invalid("extra.<key>", reason)`: `required`, `too_long`, `number`, `unknown` (no such
    choice, neither yes nor no), `unreadable` (no attachment's id), or the flag of the reading of
    an amount or a date (`INVALID_AMOUNT`, `AMBIGUOUS`, …).
    """
    text = plain(typed, definition.field)
    if not text:
        if definition.required:
            raise Invalid(definition.field, "required")
        return None
    return _READERS[definition.kind](definition, text)


def rules_of(own: Mapping[str, str]) -> dict[str, FieldRule]:
    """What forms do with each standard field where a product says `own`, and else the default."""
    return {name: FieldRule(own.get(name, rule)) for name, rule in DEFAULT_RULES.items()}


def show_value(definition: FieldDefinition, value: Any) -> str:
    """Write a JSON value for reading: grouped yuan, ISO dates, the codes `yes` and `no`."""
    if value is None:
        return ""
    if definition.kind is FieldKind.MONEY and isinstance(value, int):
        return grouped_yuan(value)
    if definition.kind is FieldKind.YES_NO:
        return "yes" if value else "no"
    return str(value)


def read_values(
    definitions: list[FieldDefinition],
    typed: Mapping[str, str],
    refuse: Callable[[Invalid], None],
    files: Mapping[str, str],
) -> dict[str, Any]:
    """Read all fields of a form by `extra.<key>`; each refusal is handed to `refuse`.

    What was typed for a field of kind `file` counts for nothing: `files` has the ids of its
    attachments by key. The answer holds the keys that have a value.
    """
    values = {}
    for definition in definitions:
        is_file = definition.kind is FieldKind.FILE
        text = files.get(definition.key, "") if is_file else typed.get(definition.field, "")
        try:
            value = read_value(definition, text)
        except Invalid as refusal:
            refuse(refusal)
            continue
        if value is not None:
            values[definition.key] = value
    return values


def _read_text(_definition: FieldDefinition, text: str) -> str:
    return text


def _read_number(definition: FieldDefinition, text: str) -> str:
    bare = tight(text).replace(",", "")
    if not _NUMBER.fullmatch(bare):
        raise Invalid(definition.field, "number")
    number = f"{Decimal(bare).normalize():f}"
    return "0" if number == "-0" else number


def _read_money(definition: FieldDefinition, text: str) -> int:
    reading = parse_amount(text)
    if reading.value is None or reading.flag is not None:
        raise Invalid(definition.field, reading.flag or "INVALID_AMOUNT")
    return reading.value


def _read_date(definition: FieldDefinition, text: str) -> str:
    reading = parse_date(text)
    if reading.value is None or reading.flag is not None:
        raise Invalid(definition.field, reading.flag or "INVALID_DATE")
    return reading.value.isoformat()


def _read_choice(definition: FieldDefinition, text: str) -> str:
    if text not in definition.choices:
        raise Invalid(definition.field, "unknown")
    return text


def _read_yes_no(definition: FieldDefinition, text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise Invalid(definition.field, "unknown")
    return word in _YES


def _read_file(definition: FieldDefinition, text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid(definition.field, "unreadable") from None


_READERS: Final[Mapping[FieldKind, Callable[[FieldDefinition, str], Any]]] = MappingProxyType(
    {
        FieldKind.TEXT: _read_text,
        FieldKind.NUMBER: _read_number,
        FieldKind.MONEY: _read_money,
        FieldKind.DATE: _read_date,
        FieldKind.CHOICE: _read_choice,
        FieldKind.YES_NO: _read_yes_no,
        FieldKind.FILE: _read_file,
    }
)
