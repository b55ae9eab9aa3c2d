"""The branches, staff and products that a ledger's rows name: what there is, and founding it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.actions.branches import SaveBranch, create_branch
from server.accounts.models import Branch
from server.accounts.queries import branches, officers
from server.domain.access import Actor, Role
from server.domain.fields import FieldDefinition, FieldOwner
from server.domain.ledger.cells import word_key
from server.domain.ledger.columns import CUSTOM
from server.domain.ledger.terms import Usual
from server.domain.money import MAX_FEN
from server.domain.terms import MAX_PERIODS, DayCount, FeeKind, Method, PrepaymentFee
from server.domain.workdays import HolidayRule, Workdays
from server.intake.actions.choices import Bounds, Surroundings
from server.intake.models import HeaderMapping
from server.products.actions import SaveProduct, create_product
from server.products.models import Product
from server.products.queries import custom_fields, workdays

DEFAULT_BRANCH: Final = "总行营业部"
DEFAULT_PRODUCT: Final = "导入贷款"


def surroundings(session: Session, actor: Actor) -> Surroundings:
    """What rows may name, within the actor's reach; by id, code and name."""
    products: dict[str, Bounds] = {}
    for row in session.scalars(select(Product).order_by(Product.code.desc())):
        moves = row.holidays != HolidayRule.NONE
        bounds = bounds_of(row, workdays(session) if moves else None)
        products.update({row.id: bounds, word_key(row.code): bounds, word_key(row.name): bounds})
    places: dict[str, str] = {}
    for branch in branches(session, actor):
        if branch.active:
            places.update({word_key(branch.code): branch.id, word_key(branch.name): branch.id})
    staff: dict[str, tuple[str, str | None]] = {}
    for user in officers(session, None):
        for word in (user.display_name, user.username, user.employee_no):
            if word:
                staff.setdefault(word_key(word), (user.id, user.branch_id))
    return Surroundings(places, staff, products, own_fields(session), taught_headings(session))


def own_fields(session: Session) -> dict[str, FieldDefinition]:
    """The bank's own fields by the name of their column: `extra.loan.<key>`."""
    return {
        f"{CUSTOM}{owner}.{each.key}": replace(each, required=False)
        for owner in (FieldOwner.CUSTOMER, FieldOwner.LOAN)
        for each in custom_fields(session, owner)
    }


def taught_headings(session: Session) -> dict[str, str | None]:
    """What people said of headings before."""
    rows = session.execute(select(HeaderMapping.header, HeaderMapping.field))
    return {row.header: row.field for row in rows}


def bounds_of(product: Product, days: Workdays | None) -> Bounds:
    """A product as rows need it; `days` are the working days its due dates move to."""
    fee = None
    if product.prepayment_fee_kind is not None and product.prepayment_fee_value is not None:
        fee = PrepaymentFee(
            FeeKind(product.prepayment_fee_kind),
            product.prepayment_fee_value,
            product.prepayment_fee_waived_after,
        )
    return Bounds(
        id=product.id,
        code=product.code,
        name=product.name,
        usual=Usual(
            DayCount(product.day_count),
            product.penalty_uplift,
            product.grace_days,
            product.compound,
            product.principal_first_above_dpd,
            product.penalty_basis_days,
            fee,
            HolidayRule(product.holidays),
            days,
        ),
        customer_kind=product.customer_kind,
        active=product.active,
        min_principal=product.min_principal,
        max_principal=product.max_principal,
        min_periods=product.min_periods,
        max_periods=product.max_periods,
        min_rate=product.min_rate,
        max_rate=product.max_rate,
        methods=tuple(product.methods),
    )


def found_branches(session: Session, actor: Actor, names: Iterable[str]) -> list[str]:
    """Make branches of those names, with running codes; gives the names made."""
    taken = {word_key(code) for code in session.scalars(select(Branch.code))}
    made = []
    for name in names:
        code = _free_code("B", taken)
        create_branch(session, _head_office(actor), SaveBranch(code=code, name=name[:80]))
        made.append(name)
    return made


def found_products(session: Session, actor: Actor, names: Iterable[str]) -> list[str]:
    """Make products of those names, as wide as can be: an old contract is as it is."""
    taken = {word_key(code) for code in session.scalars(select(Product.code))}
    made = []
    for name in names:
        command = _as_wide_as_can_be(_free_code("DR", taken), name[:80])
        create_product(session, _head_office(actor), command)
        made.append(name)
    return made


def _free_code(stem: str, taken: set[str]) -> str:
    number = 1
    while word_key(f"{stem}{number:02d}") in taken:
        number += 1
    code = f"{stem}{number:02d}"
    taken.add(word_key(code))
    return code


def _head_office(actor: Actor) -> Actor:
    """Whoever runs the command on the server may found what the administrator founds."""
    return replace(actor, role=Role.ADMINISTRATOR, branch_id=None)


def _as_wide_as_can_be(code: str, name: str) -> SaveProduct:
    return SaveProduct(
        code=code,
        name=name,
        min_principal=1,
        max_principal=MAX_FEN,
        min_periods=1,
        max_periods=MAX_PERIODS,
        min_rate=Decimal(0),
        max_rate=Decimal(1),
        default_rate=Decimal(0),
        methods=tuple(Method),
    )


def wide_bounds(name: str) -> Bounds:
    """A product that is not founded yet, for a look at what would happen."""
    wide = _as_wide_as_can_be("-", name)
    return Bounds(
        id=f"new {name}",
        code="-",
        name=name,
        usual=Usual(),
        customer_kind="any",
        active=True,
        min_principal=wide.min_principal,
        max_principal=wide.max_principal,
        min_periods=wide.min_periods,
        max_periods=wide.max_periods,
        min_rate=wide.min_rate,
        max_rate=wide.max_rate,
        methods=wide.methods,
    )
