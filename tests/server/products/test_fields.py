"""The bank's own fields: keys from labels, and what is fixed once values exist."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.domain.fields import FieldKind
from server.products import actions, queries
from server.products.actions import ChangeField, NewField
from server.products.models import CustomField, Product
from tests.server.bank import Bank

CROP = NewField("product", "作物", "choice", ("水稻", "小麦"), required=True, hint="主要的一种")


def make(session: Session, bank: Bank, command: NewField = CROP) -> CustomField:
    key = actions.create_field(session, bank.actor("administrator"), command)
    return session.get_one(CustomField, key)


def a_change(**changes: Any) -> ChangeField:
    return replace(ChangeField("作物", "choice", ("水稻", "小麦"), required=True), **changes)


def test_the_key_is_the_label_in_pinyin(session: Session, bank: Bank) -> None:
    assert make(session, bank).key == "zuowu"


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("社员证号（新）", "sheyuanzhenghaoxin"),
        ("VIP 客户", "vipkehu"),
        ("2025年收入", "f2025nianshouru"),
        ("！！", "f"),
    ],
)
def test_a_key_is_always_a_plain_name(session: Session, bank: Bank, label: str, key: str) -> None:
    assert make(session, bank, NewField("customer", label, "text")).key == key


def test_two_labels_of_one_sound_have_two_keys(session: Session, bank: Bank) -> None:
    labels = ("产地", "产帝", "产递")
    keys = [make(session, bank, NewField("loan", label, "text")).key for label in labels]
    assert keys == ["chandi", "chandi_2", "chandi_3"]


def test_a_long_label_keeps_its_key_short(session: Session, bank: Bank) -> None:
    assert len(make(session, bank, NewField("loan", "种" * 60, "text")).key) <= 40


def test_fields_in_use_come_in_order_by_owner(session: Session, bank: Bank) -> None:
    first, second = make(session, bank), make(session, bank, NewField("product", "亩数", "number"))
    make(session, bank, NewField("customer", "社员证号", "text"))
    assert [each.key for each in queries.custom_fields(session, "product")] == ["zuowu", "mushu"]
    administrator = bank.actor("administrator")
    actions.change_field(session, administrator, first.id, 1, a_change(place=9))
    assert [each.key for each in queries.custom_fields(session, "product")] == ["mushu", "zuowu"]
    change = ChangeField("亩数", "number", active=False)
    actions.change_field(session, administrator, second.id, 1, change)
    definition = queries.custom_fields(session, "product")
    assert [each.key for each in definition] == ["zuowu"]
    assert definition[0].kind is FieldKind.CHOICE
    assert definition[0].choices == ("水稻", "小麦")


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk", "manager", "auditor"])
def test_no_other_role_changes_fields(session: Session, bank: Bank, username: str) -> None:
    row, actor = make(session, bank), bank.actor(username)
    for act in (
        lambda: actions.create_field(session, actor, CROP),
        lambda: actions.change_field(session, actor, row.id, 1, a_change()),
        lambda: actions.delete_field(session, actor, row.id),
        lambda: queries.field_rows(session, actor),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"owner": "bank"}, "owner", "unknown"),
        ({"label": " "}, "label", "missing"),
        ({"label": "作" * 60_000}, "label", "too_long"),
        ({"hint": "作" * 201}, "hint", "too_long"),
        ({"kind": "colour"}, "kind", "unknown"),
        ({"choices": ("水稻",)}, "choices", "too_few"),
        ({"choices": ("水稻", "水稻")}, "choices", "repeated"),
        ({"choices": ("水稻", "麦" * 61)}, "choices", "too_long"),
    ],
)
def test_a_bad_field_is_refused(
    session: Session, bank: Bank, changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_field(session, bank.actor("administrator"), replace(CROP, **changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_a_label_belongs_to_one_field_of_an_owner(session: Session, bank: Bank) -> None:
    make(session, bank)
    with pytest.raises(Invalid, match="label: taken"):
        make(session, bank)
    make(session, bank, replace(CROP, owner="loan"))


def test_kind_is_fixed_and_removal_refused_once_a_value_exists(
    session: Session, bank: Bank
) -> None:
    row, administrator = make(session, bank), bank.actor("administrator")
    session.get_one(Product, bank.product_id).extra = {"zuowu": "水稻"}
    session.flush()
    assert queries.has_values(session, row)
    with pytest.raises(Invalid, match="kind: in_use"):
        actions.change_field(session, administrator, row.id, 1, a_change(kind="text", choices=()))
    with pytest.raises(Invalid, match="field: in_use"):
        actions.delete_field(session, administrator, row.id)
    actions.change_field(session, administrator, row.id, 1, a_change(label="主要作物"))
    assert (row.label, row.key) == ("主要作物", "zuowu")


def test_a_null_is_no_value(session: Session, bank: Bank) -> None:
    row = make(session, bank)
    session.get_one(Product, bank.product_id).extra = {"zuowu": None, "other": 1}
    session.flush()
    assert not queries.has_values(session, row)


def test_an_unused_field_changes_its_kind_or_goes(session: Session, bank: Bank) -> None:
    row, administrator = make(session, bank), bank.actor("administrator")
    actions.change_field(session, administrator, row.id, 1, a_change(kind="text"))
    assert (row.kind, row.choices) == ("text", [])
    actions.delete_field(session, administrator, row.id)
    session.commit()
    assert queries.field_rows(session, administrator) == []


def test_the_second_of_two_editors_is_shown_both_versions(session: Session, bank: Bank) -> None:
    row, administrator = make(session, bank), bank.actor("administrator")
    actions.change_field(session, administrator, row.id, 1, a_change(label="先"))
    with pytest.raises(Conflict):
        actions.change_field(session, administrator, row.id, 1, a_change(label="后"))


def test_an_unknown_field_does_not_exist(session: Session, bank: Bank) -> None:
    with pytest.raises(NotFound):
        actions.delete_field(session, bank.actor("administrator"), str(uuid4()))
