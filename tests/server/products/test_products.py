"""Products: their bounds and rules, who makes them, and what their forms demand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.domain.fields import FieldRule
from server.products import actions, queries
from server.products.models import Product
from tests.server.bank import Bank
from tests.server.products.making import a_product


def test_a_product_is_made_and_recorded(session: Session, bank: Bank) -> None:
    key = actions.create_product(session, bank.actor("administrator"), a_product())
    session.commit()
    row = session.get_one(Product, key)
    assert (row.max_principal, row.default_rate) == (300_000_00, Decimal("0.072"))
    entry = session.scalars(select(AuditEntry)).one()
    assert entry.action == "product.create"
    assert entry.changes["default_rate"] == [None, "0.072"]


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk", "manager", "chief", "auditor"])
def test_no_other_role_changes_products(session: Session, bank: Bank, username: str) -> None:
    actor = bank.actor(username)
    for act in (
        lambda: actions.create_product(session, actor, a_product()),
        lambda: actions.update_product(session, actor, bank.product_id, 1, a_product()),
        lambda: actions.set_product_active(session, actor, bank.product_id, active=False),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert len(queries.products(session, actor)) == 1


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"code": "P1"}, "code", "taken"),
        ({"name": "经营贷"}, "name", "taken"),
        ({"code": "农户"}, "code", "code_shape"),
        ({"code": "=cmd"}, "code", "code_shape"),
        ({"name": ""}, "name", "missing"),
        ({"name": "贷" * 60_000}, "name", "too_long"),
        ({"customer_kind": "dog"}, "customer_kind", "unknown"),
        ({"min_principal": 0}, "min_principal", "not_positive"),
        ({"min_principal": -1}, "min_principal", "not_positive"),
        ({"max_principal": 10**15}, "max_principal", "too_large"),
        ({"max_principal": 1}, "max_principal", "below_minimum"),
        ({"min_periods": 0}, "min_periods", "out_of_range"),
        ({"max_periods": 601}, "max_periods", "out_of_range"),
        ({"max_periods": 2}, "max_periods", "below_minimum"),
        ({"min_rate": Decimal(-1)}, "min_rate", "negative"),
        ({"max_rate": Decimal(1000)}, "max_rate", "too_high"),
        ({"max_rate": Decimal("NaN")}, "max_rate", "not_a_number"),
        ({"max_rate": Decimal("0.03")}, "max_rate", "below_minimum"),
        ({"default_rate": Decimal("0.2")}, "default_rate", "outside_bounds"),
        ({"methods": ()}, "methods", "missing"),
        ({"methods": ("LATER",)}, "methods", "unknown"),
        ({"day_count": "ACT_ACT"}, "day_count", "unknown"),
        ({"penalty_uplift": Decimal("0.6")}, "penalty_uplift", "outside_rule"),
        ({"penalty_uplift": Decimal("0.1")}, "penalty_uplift", "outside_rule"),
        ({"grace_days": 61}, "grace_days", "out_of_range"),
        ({"principal_first_above_dpd": -1}, "principal_first_above_dpd", "out_of_range"),
        ({"penalty_basis_days": 364}, "penalty_basis_days", "unknown"),
        ({"prepayment_fee_kind": "TIP"}, "prepayment_fee_kind", "unknown"),
        ({"prepayment_fee_kind": "PERCENT"}, "prepayment_fee_value", "missing"),
        (
            {"prepayment_fee_kind": "PERCENT", "prepayment_fee_value": Decimal(2)},
            "prepayment_fee_value",
            "out_of_range",
        ),
        (
            {
                "prepayment_fee_kind": "PERCENT",
                "prepayment_fee_value": Decimal("0.01"),
                "prepayment_fee_waived_after": 601,
            },
            "prepayment_fee_waived_after",
            "out_of_range",
        ),
        ({"field_rules": {"customer.shoes": "off"}}, "rule.customer.shoes", "unknown"),
        ({"field_rules": {"customer.gender": "maybe"}}, "rule.customer.gender", "unknown"),
    ],
)
def test_an_impossible_product_is_refused_at_the_field(
    session: Session, bank: Bank, changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_product(session, bank.actor("administrator"), a_product(**changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_a_product_may_charge_no_penalty(session: Session, bank: Bank) -> None:
    command = a_product(penalty_uplift=Decimal(0))
    key = actions.create_product(session, bank.actor("administrator"), command)
    assert session.get_one(Product, key).penalty_uplift == 0


def test_a_change_records_old_and_new_once(session: Session, bank: Bank) -> None:
    administrator = bank.actor("administrator")
    key = actions.create_product(session, administrator, a_product())
    actions.update_product(session, administrator, key, 1, a_product(max_rate=Decimal("0.10")))
    actions.update_product(session, administrator, key, 2, a_product(max_rate=Decimal("0.1000")))
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "product.update")).one()
    assert entry.changes == {"max_rate": ["0.12", "0.1"]}
    assert session.get_one(Product, key).version == 2


def test_the_second_of_two_editors_is_shown_both_versions(session: Session, bank: Bank) -> None:
    administrator = bank.actor("administrator")
    key = actions.create_product(session, administrator, a_product())
    actions.update_product(session, administrator, key, 1, a_product(name="先"))
    with pytest.raises(Conflict) as conflict:
        actions.update_product(session, administrator, key, 1, a_product(name="后"))
    assert (conflict.value.current["name"], conflict.value.entered["name"]) == ("先", "后")
    assert session.get_one(Product, key).name == "先"


def test_a_product_out_of_use_is_not_offered(session: Session, bank: Bank) -> None:
    administrator = bank.actor("administrator")
    actions.create_product(session, administrator, a_product(customer_kind="company"))
    offered = [each.code for each in queries.products_for_new_loan(session, "person")]
    assert offered == ["P1"]
    actions.set_product_active(session, administrator, bank.product_id, active=False)
    assert [each.code for each in queries.products_for_new_loan(session)] == ["NH01"]
    actions.set_product_active(session, administrator, bank.product_id, active=True)
    assert len(queries.products_for_new_loan(session)) == 2


def test_a_product_is_found_by_code_and_id(session: Session, bank: Bank) -> None:
    found = queries.product_by_code(session, "P1")
    assert found is not None
    assert queries.product(session, bank.actor("officer"), found.id) is found
    assert queries.product_by_code(session, "P9") is None
    with pytest.raises(NotFound):
        queries.product(session, bank.actor("officer"), str(uuid4()))
    with pytest.raises(NotFound):
        actions.update_product(session, bank.actor("administrator"), str(uuid4()), 1, a_product())


def test_rules_of_fields_are_the_products_own_over_the_usual(session: Session, bank: Bank) -> None:
    rules = {"customer.gender": "off", "loan.purpose": "required", "customer.id_no": "required"}
    command = a_product(field_rules=rules)
    key = actions.create_product(session, bank.actor("administrator"), command)
    row = session.get_one(Product, key)
    assert row.field_rules == {"customer.gender": "off", "loan.purpose": "required"}
    found = queries.field_rules(row)
    assert found["customer.gender"] is FieldRule.OFF
    assert found["loan.purpose"] is FieldRule.REQUIRED
    assert found["customer.id_no"] is FieldRule.REQUIRED
    assert found["loan.remark"] is FieldRule.SHOWN
    assert set(found) == set(queries.field_rules())
