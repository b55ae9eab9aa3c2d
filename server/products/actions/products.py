"""Making and changing products. Loans keep the terms they were signed with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.fields import DEFAULT_RULES, FieldRule
from server.domain.money import MAX_FEN
from server.domain.terms import (
    MAX_GRACE_DAYS,
    MAX_PERIODS,
    DayCount,
    FeeKind,
    Method,
    PrepaymentFee,
    check_rate,
)
from server.domain.workdays import HolidayRule
from server.products.models import Product
from server.products.queries import parameters_on

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
_MAX_NAME: Final = 80
_MAX_DPD: Final = 3650
CUSTOMER_KINDS: Final = ("any", "person", "company")


@dataclass(frozen=True, slots=True)
class SaveProduct:
    """What a product is to be. Money in fen, rates as yearly fractions, uplift as a fraction."""

    code: str
    name: str
    min_principal: int
    max_principal: int
    min_periods: int
    max_periods: int
    min_rate: Decimal
    max_rate: Decimal
    default_rate: Decimal
    methods: tuple[str, ...]
    customer_kind: str = "any"
    day_count: str = DayCount.M30_360
    penalty_uplift: Decimal = Decimal("0.5")
    grace_days: int = 0
    compound: bool = True
    principal_first_above_dpd: int | None = 90
    penalty_basis_days: int = 360
    prepayment_fee_kind: str | None = None
    prepayment_fee_value: Decimal | None = None
    prepayment_fee_waived_after: int | None = None
    holidays: str = HolidayRule.NONE
    field_rules: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def create_product(session: Session, actor: Actor, command: SaveProduct) -> str:
    """Make a product; returns its id. Raises `Invalid` with the field at fault."""
    actor.require(Permission.PRODUCTS_MANAGE)
    _check(session, actor, command)
    _check_free(session, command, None)
    row = Product(**_columns(command))
    session.add(row)
    session.flush()
    values = _plain(_columns(command))
    changes = {name: [None, value] for name, value in values.items() if value not in (None, "")}
    record.note(session, actor, "product.create", ("product", row.id), changes=changes)
    record.changed(session, ("product", row.id), None, portfolio=record.WHOLE_BANK)
    return row.id


def update_product(
    session: Session, actor: Actor, product_id: str, version: int, command: SaveProduct
) -> None:
    """Change a product. Raises `Conflict` when it is no longer of that version."""
    actor.require(Permission.PRODUCTS_MANAGE)
    row = _row(session, product_id)
    before, after = _plain(_columns_of(row)), _plain(_columns(command))
    if row.version != version:
        raise Conflict("product", before, after)
    _check(session, actor, command)
    _check_free(session, command, row.id)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return
    for name, value in _columns(command).items():
        setattr(row, name, value)
    row.version += 1
    record.note(session, actor, "product.update", ("product", row.id), changes=changes)
    record.changed(session, ("product", row.id), None, portfolio=record.WHOLE_BANK)


def set_product_active(session: Session, actor: Actor, product_id: str, *, active: bool) -> None:
    """Offer a product for new loans, or no longer; its loans are not touched."""
    actor.require(Permission.PRODUCTS_MANAGE)
    row = _row(session, product_id)
    if row.active == active:
        return
    row.active = active
    row.version += 1
    act = "product.activate" if active else "product.deactivate"
    record.note(session, actor, act, ("product", row.id))
    record.changed(session, ("product", row.id), None, portfolio=record.WHOLE_BANK)


def _row(session: Session, product_id: str) -> Product:
    row = session.get(Product, product_id, with_for_update=True)
    if row is None:
        raise NotFound("product", product_id)
    return row


def _check(session: Session, actor: Actor, command: SaveProduct) -> None:
    _check_names(command)
    _check_bounds(command)
    _check_rates(command)
    _check_methods(command)
    _check_arrears_rules(session, actor, command)
    _check_fee(command)
    for name, rule in command.field_rules.items():
        if name not in DEFAULT_RULES or rule not in FieldRule.__members__.values():
            raise Invalid(f"rule.{name}", "unknown")


def _check_names(command: SaveProduct) -> None:
    if not _CODE.fullmatch(command.code):
        raise Invalid("code", "code_shape")
    if not command.name.strip():
        raise Invalid("name", "missing")
    if len(command.name) > _MAX_NAME:
        raise Invalid("name", "too_long")
    if command.customer_kind not in CUSTOMER_KINDS:
        raise Invalid("customer_kind", "unknown")


def _check_bounds(command: SaveProduct) -> None:
    if command.min_principal <= 0:
        raise Invalid("min_principal", "not_positive")
    if command.max_principal > MAX_FEN:
        raise Invalid("max_principal", "too_large")
    if command.max_principal < command.min_principal:
        raise Invalid("max_principal", "below_minimum")
    if not 1 <= command.min_periods <= MAX_PERIODS:
        raise Invalid("min_periods", "out_of_range")
    if not 1 <= command.max_periods <= MAX_PERIODS:
        raise Invalid("max_periods", "out_of_range")
    if command.max_periods < command.min_periods:
        raise Invalid("max_periods", "below_minimum")


def _check_rates(command: SaveProduct) -> None:
    for name in ("min_rate", "max_rate", "default_rate"):
        check_rate(getattr(command, name), name)
    if command.max_rate < command.min_rate:
        raise Invalid("max_rate", "below_minimum")
    if not command.min_rate <= command.default_rate <= command.max_rate:
        raise Invalid("default_rate", "outside_bounds")


def _check_methods(command: SaveProduct) -> None:
    if not command.methods:
        raise Invalid("methods", "missing")
    if any(method not in Method.__members__.values() for method in command.methods):
        raise Invalid("methods", "unknown")
    if command.day_count not in DayCount.__members__.values():
        raise Invalid("day_count", "unknown")


def _check_arrears_rules(session: Session, actor: Actor, command: SaveProduct) -> None:
    bounds = parameters_on(session, actor.today).repayment
    low, high = bounds.penalty_uplift_low, bounds.penalty_uplift_high
    if command.penalty_uplift != 0 and not low <= command.penalty_uplift <= high:
        shown = {"low": f"{low * 100:f}", "high": f"{high * 100:f}"}
        raise Invalid("penalty_uplift", "outside_rule", **shown)
    if not 0 <= command.grace_days <= MAX_GRACE_DAYS:
        raise Invalid("grace_days", "out_of_range")
    above = command.principal_first_above_dpd
    if above is not None and not 0 <= above <= _MAX_DPD:
        raise Invalid("principal_first_above_dpd", "out_of_range")
    if command.holidays not in HolidayRule.__members__:
        raise Invalid("holidays", "unknown")
    if command.penalty_basis_days not in (360, 365):
        raise Invalid("penalty_basis_days", "unknown")


def _check_fee(command: SaveProduct) -> None:
    kind, value = command.prepayment_fee_kind, command.prepayment_fee_value
    if kind is None:
        return
    if kind not in FeeKind.__members__.values():
        raise Invalid("prepayment_fee_kind", "unknown")
    if value is None:
        raise Invalid("prepayment_fee_value", "missing")
    try:
        PrepaymentFee(FeeKind(kind), value, command.prepayment_fee_waived_after).check()
    except Invalid as refusal:
        late = refusal.reason == "waived_after"
        at = "prepayment_fee_waived_after" if late else "prepayment_fee_value"
        raise Invalid(at, "out_of_range") from refusal


def _check_free(session: Session, command: SaveProduct, own_id: str | None) -> None:
    for name in ("code", "name"):
        column = getattr(Product, name)
        taken = session.scalar(select(Product.id).where(column == getattr(command, name)))
        if taken is not None and taken != own_id:
            raise Invalid(name, "taken")


def _columns(command: SaveProduct) -> dict[str, Any]:
    values = {each.name: getattr(command, each.name) for each in fields(command)}
    values["name"] = command.name.strip()
    values["methods"] = list(command.methods)
    values["field_rules"] = {
        name: str(rule)
        for name, rule in sorted(command.field_rules.items())
        if rule != DEFAULT_RULES[name]
    }
    values["extra"] = dict(command.extra)
    if command.prepayment_fee_kind is None:
        values["prepayment_fee_value"] = values["prepayment_fee_waived_after"] = None
    return values


def _columns_of(row: Product) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(SaveProduct)}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As JSON keeps them; equal rates are equal text."""
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else value
        for name, value in values.items()
    }
