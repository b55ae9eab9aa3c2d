"""From the forms of products, fields and parameters to commands, and back to what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from server.domain.fields import (
    DEFAULT_RULES,
    FieldDefinition,
    FieldKind,
    FieldOwner,
    FieldRule,
    read_values,
    show_value,
)
from server.domain.money import yuan
from server.domain.parameters import CeilingKind, Setting, Unit
from server.domain.terms import MAX_GRACE_DAYS, MAX_PERIODS, DayCount, FeeKind, Method
from server.domain.workdays import HolidayRule
from server.products.actions import ChangeField, ChangeParameter, NewField, SaveProduct
from server.web.entries import Entries
from server.web.labels import label

CUSTOMER_KINDS: Final = ("any", "person", "company")
_MAX_DPD: Final = 3650
_CELL_LABELS: Final = {
    "institution": "institution",
    "kind": "table_kind",
    "tenor": "lpr_tenor",
}
_MAX_TABLE: Final = 20_000
_PERCENTS: Final = ("min_rate", "max_rate", "default_rate", "penalty_uplift")
_WHOLE: Final = frozenset(
    {Unit.DAYS, Unit.MONTHS, Unit.YEARS, Unit.PERIODS, Unit.COUNT, Unit.METRES, Unit.HOUR}
)


def read_product(
    entries: Entries, own_fields: list[FieldDefinition], files: Mapping[str, str]
) -> SaveProduct:
    """A product as typed, `files` the ids of its own files by key.

    Look at `entries.state.errors` before using it.
    """
    fee_kind = entries.code("prepayment_fee_kind", set(FeeKind), required=False) or None
    return SaveProduct(
        code=entries.text("code", most=30),
        name=entries.text("name", most=80),
        customer_kind=entries.code("customer_kind", CUSTOMER_KINDS),
        min_principal=entries.money("min_principal"),
        max_principal=entries.money("max_principal"),
        min_periods=entries.whole("min_periods", 1, MAX_PERIODS),
        max_periods=entries.whole("max_periods", 1, MAX_PERIODS),
        min_rate=entries.percent("min_rate"),
        max_rate=entries.percent("max_rate"),
        default_rate=entries.percent("default_rate"),
        methods=entries.codes("methods", [str(method) for method in Method]),
        day_count=entries.code("day_count", set(DayCount)),
        penalty_uplift=entries.percent("penalty_uplift"),
        grace_days=entries.whole("grace_days", 0, MAX_GRACE_DAYS),
        compound=entries.is_set("compound"),
        principal_first_above_dpd=entries.optional_whole("principal_first_above_dpd", 0, _MAX_DPD),
        penalty_basis_days=entries.whole("penalty_basis_days", 360, 365),
        prepayment_fee_kind=fee_kind,
        prepayment_fee_value=_fee_value(entries, fee_kind),
        prepayment_fee_waived_after=entries.optional_whole(
            "prepayment_fee_waived_after", 0, MAX_PERIODS
        ),
        holidays=entries.code("holidays", set(HolidayRule), required=False) or HolidayRule.NONE,
        field_rules={name: entries.code(f"rule.{name}", set(FieldRule)) for name in DEFAULT_RULES},
        extra=read_values(own_fields, entries.state.values, entries.state.refuse, files),
    )


def _fee_value(entries: Entries, kind: str | None) -> Decimal | None:
    """Per cent of what is prepaid, or a number of months."""
    if kind == FeeKind.PERCENT:
        return entries.optional_percent("prepayment_fee_value")
    return entries.optional_number("prepayment_fee_value")


def typed_product(product: Any, own_fields: list[FieldDefinition]) -> dict[str, Any]:
    """A product's row as its form shows it; the inverse of `read_product`."""
    values: dict[str, Any] = {
        each.name: _typed(getattr(product, each.name)) for each in fields(SaveProduct)
    }
    for name in _PERCENTS:
        values[name] = percent_text(getattr(product, name))
    for name in ("min_principal", "max_principal"):
        values[name] = yuan(getattr(product, name))
    if product.prepayment_fee_kind == FeeKind.PERCENT and product.prepayment_fee_value is not None:
        values["prepayment_fee_value"] = percent_text(product.prepayment_fee_value)
    for name, rule in DEFAULT_RULES.items():
        values[f"rule.{name}"] = product.field_rules.get(name, rule)
    for definition in own_fields:
        values[definition.field] = show_value(definition, product.extra.get(definition.key))
    values["version"] = str(product.version)
    return values


def new_product(own_fields: list[FieldDefinition]) -> dict[str, Any]:
    """What the form of a new product starts with."""
    return {
        "customer_kind": "any",
        "day_count": str(DayCount.M30_360),
        "methods": [str(Method.EQUAL_INSTALMENT)],
        "penalty_uplift": "50",
        "grace_days": "0",
        "compound": "1",
        "principal_first_above_dpd": "90",
        "penalty_basis_days": "360",
        "holidays": str(HolidayRule.NONE),
        "min_periods": "1",
        "max_periods": "36",
        **{f"rule.{name}": str(rule) for name, rule in DEFAULT_RULES.items()},
        **{definition.field: "" for definition in own_fields},
    }


def percent_text(share: Decimal) -> str:
    """A fraction as it is typed: 0.072 as `7.2`."""
    return f"{(share * 100).normalize():f}"


def _typed(value: object) -> Any:
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def read_new_field(entries: Entries) -> NewField:
    """A field of the bank's own as typed."""
    return NewField(
        owner=entries.code("owner", set(FieldOwner)),
        label=entries.text("label", most=60),
        label_en=entries.text("label_en", most=60, required=False),
        kind=entries.code("kind", set(FieldKind)),
        choices=entries.lines("choices", most=8000),
        required=entries.is_set("required"),
        hint=entries.text("hint", most=200, required=False),
    )


def read_changed_field(entries: Entries) -> ChangeField:
    """What a field is to be, as typed."""
    return ChangeField(
        label=entries.text("label", most=60),
        label_en=entries.text("label_en", most=60, required=False),
        kind=entries.code("kind", set(FieldKind)),
        choices=entries.lines("choices", most=8000),
        required=entries.is_set("required"),
        hint=entries.text("hint", most=200, required=False),
        place=entries.whole("place", 0, 9999),
        active=entries.is_set("active"),
    )


def typed_field(row: Any) -> dict[str, Any]:
    """A field's row as its form shows it."""
    names = ("owner", "label", "label_en", "kind", "hint", "place", "version", "required", "active")
    values = {name: _typed(getattr(row, name)) for name in names}
    return {**values, "choices": "\n".join(row.choices)}


def read_parameter(entries: Entries, name: str, setting: Setting, standing: Any) -> ChangeParameter:
    """A dated change as typed; of `standing`, the value in effect, a table takes its columns."""
    return ChangeParameter(
        name=name,
        effective_on=entries.day("effective_on"),
        value=_read_json(entries, setting, standing),
        reason=entries.text("reason", most=500),
    )


def _read_json(entries: Entries, setting: Setting, standing: Any) -> Any:
    if setting.unit in _WHOLE:
        return entries.whole("value", -(10**9), 10**12)
    if setting.unit is Unit.FEN:
        return entries.money("value")
    if setting.unit is Unit.FRACTION:
        return f"{entries.percent('value').normalize():f}"
    if setting.unit is Unit.MULTIPLE:
        return f"{entries.number('value').normalize():f}"
    if setting.unit is Unit.FLAG:
        return entries.code("value", ("yes", "no")) == "yes"
    if setting.unit is Unit.DATE:
        return entries.day("value").isoformat()
    if setting.unit is Unit.NUMBERS:
        return _read_numbers(entries)
    if setting.unit is Unit.TEXT:
        return entries.text("value", most=int(setting.high or 0), required=False)
    return _read_table(entries, table_columns(standing))


def _read_numbers(entries: Entries) -> list[int]:
    """A few whole numbers, separated by commas or blanks; none at all is an answer too."""
    typed = entries.text("value", most=200, required=False)
    words = typed.replace("，", ",").replace("、", ",").replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() and len(word) < 5 for word in words):
        entries.refuse("value", "type")
        return []
    return [int(word) for word in words]


def _read_table(entries: Entries, columns: list[str]) -> list[dict[str, str | None]]:
    """One row a line, its cells separated by commas, in the order of `columns`."""
    rows = []
    for number, line in enumerate(entries.lines("value", most=_MAX_TABLE), 1):
        cells = [cell.strip() for cell in line.replace("，", ",").split(",")]
        cells += [""] * (len(columns) - len(cells))
        if len(cells) > len(columns):
            entries.refuse("value", "cells", line=number, count=len(columns))
            return []
        rows.append({name: cell or None for name, cell in zip(columns, cells, strict=True)})
    if not rows:
        entries.refuse("value", "missing")
    return rows


def table_columns(standing: list[dict[str, Any]]) -> list[str]:
    """The names of a table's columns, in the order its rows are written."""
    return list(standing[0]) if standing else []


def shown_rows(standing: list[dict[str, Any]]) -> list[list[str]]:
    """A table's rows as people read them: words for codes, rates as per cent."""
    return [[_shown_cell(name, cell, row) for name, cell in row.items()] for row in standing]


def _shown_cell(name: str, cell: str | None, row: dict[str, Any]) -> str:
    if cell is None:
        return ""
    if name in _CELL_LABELS:
        return label(cell, _CELL_LABELS[name])
    is_share = name == "rate" or (name == "value" and row.get("kind") == CeilingKind.FIXED)
    return f"{percent_text(Decimal(cell))}%" if is_share else cell


def typed_parameter(setting: Setting, value: Any) -> str:
    """A parameter's JSON value as its form shows it; the inverse of reading it."""
    if setting.unit is Unit.FEN:
        return yuan(value)
    if setting.unit is Unit.FRACTION:
        return percent_text(Decimal(value))
    if setting.unit is Unit.FLAG:
        return "yes" if value else "no"
    if setting.unit is Unit.TABLE:
        lines = [[cell or "" for cell in row.values()] for row in value]
        return "\n".join(", ".join(cells).rstrip(", ") for cells in lines)
    if setting.unit is Unit.NUMBERS:
        return ", ".join(str(number) for number in value)
    return str(value)
