"""Editing what describes a loan, and handing loans to another officer. Terms change by events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts import queries as accounts
from server.database import record
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.domain.fields import FieldOwner, FieldRule
from server.loans.actions.describing import DescribeLoan, describe_loan
from server.loans.models import Loan, LoanState
from server.loans.queries import loan_to_change, loans_to_change
from server.products.models import Product
from server.products.queries import custom_fields, field_rules

EDITED: Final = ("iou_no", "officer_id", "purpose", "security", "remark", "extra")


@dataclass(frozen=True, slots=True)
class EditLoan:
    """What a loan is to say. `version` is the one that was seen when the edit began; `values`
    holds every name of `EDITED`.
    """

    loan_id: str
    version: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HandOverLoans:
    """Hand the running loans of some customers to an officer of their branch."""

    customer_ids: tuple[str, ...]
    officer_id: str
    reason: str = ""


def edit_loan(session: Session, actor: Actor, command: EditLoan) -> dict[str, list[Any]]:
    """Change what describes a loan and say what changed: `{field: [old, new]}`.

    Raises `NotAllowed`, `NotFound`, `Invalid`, and `Conflict` with both versions when somebody
    changed the loan since `command.version`.
    """
    loan = loan_to_change(session, actor, command.loan_id)
    actor.require(Permission.LOANS_WRITE, loan.branch_id)
    values = {name: command.values[name] for name in EDITED}
    standing = {name: getattr(loan, name) for name in EDITED}
    if loan.version != command.version:
        raise Conflict("loan", _plain(standing), _plain(values))
    _check_officer(session, loan, values["officer_id"])
    _check_rules(session, loan, values)
    _check_own_fields(session, values["extra"])
    gaps = [name for name in loan.incomplete if not values.get(name)]
    return describe_loan(session, actor, DescribeLoan(loan.id, {**values, "incomplete": gaps}))


def _plain(values: Mapping[str, Any]) -> dict[str, object]:
    """Nothing and an empty text are one."""
    return {name: value or "" for name, value in values.items()}


def _check_officer(session: Session, loan: Loan, officer_id: str | None) -> None:
    if officer_id in {None, loan.officer_id}:
        return
    officers = {user.id: user.branch_id for user in accounts.officers(session, None)}
    if officer_id not in officers:
        raise Invalid("officer_id", "unknown")
    if officers[officer_id] not in {None, loan.branch_id}:
        raise Invalid("officer_id", "of_another_branch")


def _check_rules(session: Session, loan: Loan, values: Mapping[str, Any]) -> None:
    """What the product demands may not be emptied, what it does not use may not be written."""
    rules = field_rules(session.get_one(Product, loan.product_id))
    for name in ("iou_no", "purpose", "remark"):
        old, new = getattr(loan, name), values[name]
        if rules[f"loan.{name}"] is FieldRule.REQUIRED and old and not new:
            raise Invalid(name, "required")
        if rules[f"loan.{name}"] is FieldRule.OFF and new and new != old:
            raise Invalid(name, "not_of_product")


def _check_own_fields(session: Session, extra: Mapping[str, Any]) -> None:
    for definition in custom_fields(session, FieldOwner.LOAN):
        if definition.required and extra.get(definition.key) in (None, ""):
            raise Invalid(definition.field, "required")


def hand_over_loans(session: Session, actor: Actor, command: HandOverLoans) -> int:
    """Hand loans that are not settled to an officer; gives how many changed hands.

    Raises `NotAllowed`, `NotFound`, `Invalid("officer_id", "unknown" or "of_another_branch")`.
    """
    actor.require(Permission.CUSTOMERS_REASSIGN)
    officers = {user.id: user for user in accounts.officers(session, None)}
    officer = officers.get(command.officer_id)
    if officer is None:
        raise Invalid("officer_id", "unknown")
    loans = loans_to_change(session, actor, _running(session, command.customer_ids))
    changed = 0
    for loan in loans.values():
        actor.require(Permission.CUSTOMERS_REASSIGN, loan.branch_id)
        if officer.branch_id not in {None, loan.branch_id}:
            raise Invalid("officer_id", "of_another_branch")
        if loan.officer_id == officer.id:
            continue
        old = officers.get(loan.officer_id or "")
        before = old.display_name if old else loan.officer_id
        loan.officer_id, loan.updated_at = officer.id, actor.now
        loan.version += 1
        record.note(
            session, actor, "loan.update", ("loan", loan.id), branch_id=loan.branch_id,
            changes={"officer_id": [before, officer.display_name]}, reason=command.reason,
        )  # fmt: skip
        record.changed(session, ("loan", loan.id), loan.branch_id, customer_id=loan.customer_id)
        changed += 1
    session.flush()
    return changed


def _running(session: Session, customer_ids: Sequence[str]) -> list[str]:
    query = (
        select(Loan.id)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .where(Loan.customer_id.in_(customer_ids), LoanState.settled_on.is_(None))
    )
    return list(session.scalars(query))
