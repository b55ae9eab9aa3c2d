"""The products of the demo bank and its two fields of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from server.domain.access import Actor
from server.domain.fields import FieldKind, FieldOwner
from server.domain.terms import FeeKind, Method
from server.products.actions import NewField, SaveProduct, create_field, create_product
from server.products.models import CustomField

_WAN: Final = 10_000_00
"""Ten thousand yuan, in fen."""


def _product(
    code: str, name: str, wan: tuple[int, int], months: tuple[int, int], rates: str, **more: object
) -> SaveProduct:
    low, usual, high = (Decimal(each) / 100 for each in rates.split())
    return SaveProduct(
        code=code,
        name=name,
        min_principal=wan[0] * _WAN,
        max_principal=wan[1] * _WAN,
        min_periods=months[0],
        max_periods=months[1],
        min_rate=low,
        default_rate=usual,
        max_rate=high,
        **more,  # type: ignore[arg-type]
    )


PRODUCTS: Final = (
    _product(
        "XF", "个人消费贷款", (1, 30), (3, 36), "4.5 6.8 12",
        customer_kind="person", grace_days=3, methods=(
            Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.FLAT,
        ),
    ),
    _product(
        "JY", "个人经营贷款", (5, 200), (3, 60), "4.2 5.8 10",
        customer_kind="person", methods=(
            Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY, Method.BALLOON,
        ),
        prepayment_fee_kind=FeeKind.PERCENT, prepayment_fee_value=Decimal("0.01"),
        prepayment_fee_waived_after=12,
    ),
    _product(
        "NH", "农户贷款", (1, 50), (1, 36), "3.8 5.2 9",
        customer_kind="person", grace_days=5, methods=(
            Method.BULLET, Method.INTEREST_ONLY, Method.EQUAL_INSTALMENT,
        ),
    ),
    _product(
        "AJ", "个人住房按揭贷款", (20, 300), (60, 360), "2.9 3.6 5.5",
        customer_kind="person", grace_days=3, methods=(
            Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL,
        ),
        prepayment_fee_kind=FeeKind.MONTHS_INTEREST, prepayment_fee_value=Decimal(1),
        prepayment_fee_waived_after=12,
    ),
    _product(
        "XW", "小微企业贷款", (20, 1000), (2, 36), "3.4 4.6 8",
        customer_kind="company", methods=(
            Method.INTEREST_ONLY, Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.BALLOON,
        ),
        prepayment_fee_kind=FeeKind.PERCENT, prepayment_fee_value=Decimal("0.005"),
    ),
    _product(
        "DQ", "短期周转贷款", (5, 500), (1, 12), "4 5.5 9",
        methods=(Method.BULLET, Method.INTEREST_ONLY),
    ),
)  # fmt: skip

GRACE_DAYS: Final = {each.code: each.grace_days for each in PRODUCTS}

SOURCES: Final = ("网点来访", "客户转介绍", "整村走访", "线上申请")

_FIELDS: Final = (
    NewField(
        FieldOwner.CUSTOMER, "客户来源", FieldKind.CHOICE, SOURCES, label_en="How we met"
    ),
    NewField(FieldOwner.LOAN, "绿色贷款", FieldKind.YES_NO, label_en="Green loan"),
)  # fmt: skip


def offer_products(session: Session, founder: Actor) -> dict[str, str]:
    """Make the products; their ids by code."""
    return {each.code: create_product(session, founder, each) for each in PRODUCTS}


def add_fields(session: Session, founder: Actor) -> tuple[str, str]:
    """Make the two fields; the key of the customers' and of the loans'."""
    ids = [create_field(session, founder, each) for each in _FIELDS]
    of_customers, of_loans = (session.get_one(CustomField, each).key for each in ids)
    return of_customers, of_loans
