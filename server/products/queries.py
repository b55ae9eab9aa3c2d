"""Reads of products, the bank's own fields, and the parameters as they stand on a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database import Base
from server.domain import parameters as rules
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.domain.fields import FieldDefinition, FieldKind, FieldOwner, FieldRule, rules_of
from server.domain.parameters import Parameters
from server.domain.workdays import HOLIDAYS, Workdays, workdays_of
from server.products.models import CustomField, ParameterChange, Product

_WORKDAYS: Final = "taizhang_workdays"
_EXTRA_TABLES: Final = {
    FieldOwner.CUSTOMER: "customers",
    FieldOwner.LOAN: "loans",
    FieldOwner.PRODUCT: "products",
}


def products(session: Session, actor: Actor, *, active: bool | None = None) -> list[Product]:
    """All products by code, or only the active (or inactive) ones."""
    actor.require(Permission.PRODUCTS_READ)
    query = select(Product).order_by(Product.code)
    if active is not None:
        query = query.where(Product.active.is_(active))
    return list(session.scalars(query))


def product(session: Session, actor: Actor, product_id: str) -> Product:
    """One product. Raises `NotFound`."""
    actor.require(Permission.PRODUCTS_READ)
    found = session.get(Product, product_id)
    if found is None:
        raise NotFound("product", product_id)
    return found


def product_of(session: Session, product_id: str) -> Product:
    """The product of a loan; that there is one the database holds."""
    return session.get_one(Product, product_id)


def product_by_code(session: Session, code: str) -> Product | None:
    """The product of that code, if there is one."""
    return session.scalar(select(Product).where(Product.code == code))


def products_for_new_loan(session: Session, customer_kind: str | None = None) -> list[Product]:
    """Active products that a customer of that kind (`person`, `company`) may be lent."""
    query = select(Product).where(Product.active).order_by(Product.code)
    if customer_kind is not None:
        query = query.where(Product.customer_kind.in_(("any", customer_kind)))
    return list(session.scalars(query))


def field_rules(product: Product | None = None) -> dict[str, FieldRule]:
    """What a product's forms do with each standard field (`customer.gender`, `loan.purpose`).

    Every key of `domain.fields.DEFAULT_RULES` is there; without a product these defaults stand.
    """
    return rules_of(product.field_rules if product is not None else {})


def custom_fields(session: Session, owner: FieldOwner | str) -> list[FieldDefinition]:
    """The bank's own fields in use on customers, loans or products, in the order of the form."""
    rows = session.scalars(
        select(CustomField)
        .where(CustomField.owner == owner, CustomField.active)
        .order_by(CustomField.place, CustomField.key)
    )
    return [definition_of(row) for row in rows]


def definition_of(row: CustomField) -> FieldDefinition:
    """A field's row as the domain reads it."""
    return FieldDefinition(
        key=row.key,
        label=row.label,
        kind=FieldKind(row.kind),
        choices=tuple(row.choices),
        required=row.required,
        label_en=row.label_en,
        hint=row.hint,
    )


def field_rows(session: Session, actor: Actor) -> list[CustomField]:
    """All fields of the bank's own, used or not, by owner and place."""
    actor.require(Permission.PRODUCTS_MANAGE)
    order = (CustomField.owner, CustomField.place, CustomField.key)
    return list(session.scalars(select(CustomField).order_by(*order)))


def field_row(session: Session, actor: Actor, field_id: str) -> CustomField:
    """One field of the bank's own. Raises `NotFound`."""
    actor.require(Permission.PRODUCTS_MANAGE)
    found = session.get(CustomField, field_id)
    if found is None:
        raise NotFound("field", field_id)
    return found


def has_values(session: Session, field: CustomField) -> bool:
    """Whether any customer, loan or product holds a value of the field.

    The tables are taken by name: their slices stand above this one. It reads the whole table.
    """
    table = Base.metadata.tables[_EXTRA_TABLES[FieldOwner(field.owner)]]
    held = table.c.extra[field.key].as_string().is_not(None)
    return session.scalar(select(table.c.id).where(held).limit(1)) is not None


def parameters_on(session: Session, on: dt.date) -> Parameters:
    """The parameters of the rules as they stand on a day, in one query."""
    return rules.parameters_on(on, parameter_changes(session))


def workdays(session: Session) -> Workdays:
    """The bank's working days, read once a transaction: loans ask for them one by one."""
    transaction = session.get_transaction()
    kept: tuple[Any, Workdays] | None = session.info.get(_WORKDAYS)
    if kept is not None and kept[0] is transaction and transaction is not None:
        return kept[1]
    rows = session.execute(
        select(ParameterChange.name, ParameterChange.effective_on, ParameterChange.value)
        .where(ParameterChange.name == HOLIDAYS)
        .order_by(ParameterChange.effective_on)
    )
    found = workdays_of([rules.ParameterChange(*row) for row in rows])
    session.info[_WORKDAYS] = (session.get_transaction(), found)
    return found


def forget_workdays(session: Session) -> None:
    """After the table of holidays was changed in this transaction."""
    session.info.pop(_WORKDAYS, None)


def parameter_changes(session: Session) -> list[rules.ParameterChange]:
    """Every dated change of a parameter, the earliest first."""
    rows = session.execute(
        select(ParameterChange.name, ParameterChange.effective_on, ParameterChange.value).order_by(
            ParameterChange.effective_on, ParameterChange.changed_at
        )
    )
    return [rules.ParameterChange(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One dated change of a parameter, as its history shows it. `value` is JSON."""

    id: str
    effective_on: dt.date
    value: Any
    reason: str
    changed_by: str | None
    changed_at: dt.datetime


def parameter_history(session: Session, actor: Actor, name: str) -> list[ChangeLine]:
    """The dated changes of one parameter, the latest first."""
    actor.require(Permission.PRODUCTS_READ)
    rows = session.execute(
        select(
            ParameterChange.id,
            ParameterChange.effective_on,
            ParameterChange.value,
            ParameterChange.reason,
            User.display_name,
            ParameterChange.changed_at,
        )
        .join(User, User.id == ParameterChange.changed_by, isouter=True)
        .where(ParameterChange.name == name)
        .order_by(ParameterChange.effective_on.desc())
    )
    return [ChangeLine(*row) for row in rows]
