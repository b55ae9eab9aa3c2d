"""The bank's own fields: what is typed becomes JSON, and reads back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.fields import (
    DEFAULT_RULES,
    STANDARD_FIELDS,
    FieldDefinition,
    FieldKind,
    read_value,
    read_values,
    show_value,
)


def a_field(kind: FieldKind, *, required: bool = False) -> FieldDefinition:
    choices = ("水稻", "小麦") if kind is FieldKind.CHOICE else ()
    return FieldDefinition("key", "名称", kind, choices, required)


@pytest.mark.parametrize(
    ("kind", "typed", "value", "shown"),
    [
        (FieldKind.TEXT, "  甲　乙 ", "甲 乙", "甲 乙"),
        (FieldKind.TEXT, "甲\x00乙", "甲乙", "甲乙"),
        (FieldKind.NUMBER, "１,234.50", "1234.5", "1234.5"),
        (FieldKind.NUMBER, "-0", "0", "0"),
        (FieldKind.NUMBER, "1000", "1000", "1000"),
        (FieldKind.MONEY, "1.2万", 1_200_000, "12,000.00"),
        (FieldKind.MONEY, "-50", -5000, "-50.00"),
        (FieldKind.DATE, "2024.1.5", "2024-01-05", "2024-01-05"),
        (FieldKind.DATE, "2024年1月5日", "2024-01-05", "2024-01-05"),
        (FieldKind.CHOICE, "小麦", "小麦", "小麦"),
        (FieldKind.YES_NO, "yes", True, "yes"),
        (FieldKind.YES_NO, "否", False, "no"),
        (
            FieldKind.FILE,
            "01A20CEA-D33B-7000-8000-000000000001",
            "01a20cea-d33b-7000-8000-000000000001",
            "01a20cea-d33b-7000-8000-000000000001",
        ),
    ],
)
def test_what_is_typed_becomes_json_and_reads_back(
    kind: FieldKind, typed: str, value: Any, shown: str
) -> None:
    definition = a_field(kind)
    read = read_value(definition, typed)
    assert read == value
    assert type(read) is type(value)
    assert json.loads(json.dumps(read)) == value
    assert show_value(definition, read) == shown


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        (FieldKind.TEXT, "甲" * 60_000, "too_long"),
        (FieldKind.NUMBER, "十二", "number"),
        (FieldKind.NUMBER, "1e5", "number"),
        (FieldKind.NUMBER, "9" * 16, "number"),
        (FieldKind.MONEY, "很多", "INVALID_AMOUNT"),
        (FieldKind.MONEY, "1000000000000000", "TOO_LARGE"),
        (FieldKind.MONEY, "约5万", "APPROXIMATE"),
        (FieldKind.DATE, "2026-02-30", "INVALID_DATE"),
        (FieldKind.DATE, "2024-01", "DAY_MISSING"),
        (FieldKind.CHOICE, "玉米", "unknown"),
        (FieldKind.YES_NO, "也许", "unknown"),
        (FieldKind.FILE, "../../etc/passwd", "unreadable"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    kind: FieldKind, typed: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_value(a_field(kind), typed)
    assert (refused.value.field, refused.value.reason) == ("extra.key", reason)


@pytest.mark.parametrize("kind", FieldKind)
def test_nothing_typed_is_no_value(kind: FieldKind) -> None:
    assert read_value(a_field(kind), "  ") is None
    assert show_value(a_field(kind), None) == ""


@pytest.mark.parametrize("kind", FieldKind)
def test_a_required_field_must_be_filled(kind: FieldKind) -> None:
    with pytest.raises(Invalid, match="required"):
        read_value(a_field(kind, required=True), "")


def test_a_form_tells_all_that_is_wrong_and_keeps_what_is_right() -> None:
    definitions = [
        FieldDefinition("mu", "亩", FieldKind.NUMBER),
        FieldDefinition("crop", "作物", FieldKind.CHOICE, ("水稻",)),
        FieldDefinition("note", "备注", FieldKind.TEXT),
    ]
    refused: list[Invalid] = []
    values = read_values(
        definitions,
        {"extra.mu": "x", "extra.crop": "玉米", "extra.note": "好"},
        refused.append,
        {},
    )
    assert values == {"note": "好"}
    assert [refusal.field for refusal in refused] == ["extra.mu", "extra.crop"]


def test_a_file_is_the_one_sent_whatever_was_typed() -> None:
    definitions = [a_field(FieldKind.FILE, required=True)]
    number = "018f0000-0000-7000-8000-000000000000"
    refused: list[Invalid] = []
    assert read_values(definitions, {"extra.key": number}, refused.append, {}) == {}
    assert [refusal.reason for refusal in refused] == ["required"]
    assert read_values(definitions, {}, refused.append, {"key": number}) == {"key": number}


def test_every_standard_field_has_a_rule_to_begin_with() -> None:
    names = {f"{owner}.{name}" for owner, names in STANDARD_FIELDS.items() for name in names}
    assert set(DEFAULT_RULES) == names
