"""Commands and forms of products that are right, for tests to change in one place."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from server.domain.fields import DEFAULT_RULES
from server.products.actions import SaveProduct

_BASE = SaveProduct(
    code="NH01",
    name="农户贷",
    min_principal=1000_00,
    max_principal=300_000_00,
    min_periods=3,
    max_periods=36,
    min_rate=Decimal("0.04"),
    max_rate=Decimal("0.12"),
    default_rate=Decimal("0.072"),
    methods=("EQUAL_INSTALMENT", "BULLET"),
)

FORM = {
    "code": "NH01",
    "name": "农户贷",
    "customer_kind": "person",
    "min_principal": "1,000",
    "max_principal": "30万",
    "min_periods": "3",
    "max_periods": "36",
    "min_rate": "4",
    "max_rate": "12%",
    "default_rate": "7.2",
    "methods": ["EQUAL_INSTALMENT", "BULLET"],
    "day_count": "ACT_360",
    "penalty_uplift": "50",
    "grace_days": "3",
    "compound": "1",
    "principal_first_above_dpd": "90",
    "penalty_basis_days": "360",
    "prepayment_fee_kind": "PERCENT",
    "prepayment_fee_value": "1",
    "prepayment_fee_waived_after": "12",
    **{f"rule.{name}": str(rule) for name, rule in DEFAULT_RULES.items()},
}


def a_product(**changes: Any) -> SaveProduct:
    """A product of a farmers' loan, with the changes."""
    return replace(_BASE, **changes)


def a_form(**changes: Any) -> dict[str, Any]:
    """The same product as a form posts it, with the changes."""
    return {**FORM, **changes}
