"""Changing what only describes a loan, and terms on which nothing has happened yet.

An import uses it for a ledger that comes again with better words. Terms of a loan with a history
are changed by amendments, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from server.accounts import queries as accounts
from server.database import record
from server.database.bulk import insert_rows
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.money import yuan
from server.domain.terms import Terms
from server.loans.actions.booking import collateral_rows, guarantor_rows
from server.loans.actions.checks import MAX_REMARK, clean
from server.loans.actions.commands import Collateral, Guarantor
from server.loans.actions.numbers import taken_ious
from server.loans.actions.states import refresh_states
from server.loans.models import SECURITY_KINDS, Loan, LoanCollateral, LoanEvent, LoanGuarantor
from server.loans.queries import columns_of, loan_to_change, terms_of

_LIMITS: Final = {"purpose": 200, "remark": MAX_REMARK, "iou_no": 60}


@dataclass(frozen=True, slots=True)
class DescribeLoan:
    """What a loan is to say. `values` holds columns of `loans` by name: officer_id, iou_no,
    purpose, security, remark, extra, incomplete. `guarantors` and `collaterals` are added to
    those that stand. `terms` replaces terms on which nothing has happened.
    """

    loan_id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    guarantors: tuple[Guarantor, ...] = ()
    collaterals: tuple[Collateral, ...] = ()
    terms: Terms | None = None


def describe_loan(session: Session, actor: Actor, command: DescribeLoan) -> dict[str, list[Any]]:
    """Change a loan's description and say what changed: `{field: [old, new]}`.

    Raises `NotAllowed`, `NotFound`, `Invalid`; `Invalid("terms", "loan_has_history")` for terms
    of a loan to which something has happened.
    """
    loan = loan_to_change(session, actor, command.loan_id)
    actor.require(Permission.LOANS_WRITE, loan.branch_id)
    changes = _described(session, loan, command)
    if command.terms is not None and command.terms != terms_of(loan):
        changes.update(_with_terms(session, actor, loan, command.terms))
    if command.guarantors or command.collaterals:
        changes.update(_with_parties(session, loan, command))
    if changes:
        loan.version += 1
        loan.updated_at = actor.now
        session.flush()
        record.note(
            session, actor, "loan.update", ("loan", loan.id), branch_id=loan.branch_id,
            changes=_named(session, changes),
        )  # fmt: skip
        record.changed(session, ("loan", loan.id), loan.branch_id, customer_id=loan.customer_id)
    return changes


def _named(session: Session, changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The changes as the audit tells them: officers by name."""
    if "officer_id" not in changes:
        return changes
    ids = changes["officer_id"]
    names = accounts.names_by_id(session, {each for each in ids if each})
    return {**changes, "officer_id": [names.get(each, each) for each in ids]}


def _described(session: Session, loan: Loan, command: DescribeLoan) -> dict[str, list[Any]]:
    changes: dict[str, list[Any]] = {}
    for name, value in command.values.items():
        new = clean(value, name, _LIMITS[name]) if name in _LIMITS and value else value
        old = getattr(loan, name)
        if old == new or (not old and not new):
            continue
        if name == "security" and new not in SECURITY_KINDS:
            raise Invalid("security", "unknown")
        if name == "iou_no" and taken_ious(session, [new]):
            raise Invalid("iou_no", "taken")
        setattr(loan, name, new or (None if name in {"iou_no", "officer_id"} else new))
        changes[name] = [old, new]
    loan.complete = not loan.incomplete
    return changes


def _with_terms(session: Session, actor: Actor, loan: Loan, terms: Terms) -> dict[str, list[Any]]:
    happened = select(func.count()).select_from(LoanEvent).where(LoanEvent.loan_id == loan.id)
    if session.scalar(happened):
        raise Invalid("terms", "loan_has_history")
    old = terms_of(loan)
    for name, value in columns_of(terms).items():
        setattr(loan, name, value)
    session.flush()
    refresh_states(session, [loan], actor.today)
    return {
        name: [_told(name, getattr(old, name)), _told(name, getattr(terms, name))]
        for name in Terms.__slots__
        if name != "workdays" and getattr(old, name) != getattr(terms, name)
    }


def _told(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if name in {"principal", "tolerance"}:
        return yuan(value)
    return value if isinstance(value, int) else str(value)


def _with_parties(session: Session, loan: Loan, command: DescribeLoan) -> dict[str, list[Any]]:
    """Add guarantors and collateral that are not there by name."""
    names = {each.name for each in loan.guarantors}
    things = {each.description for each in loan.collaterals}
    guarantors = [each for each in command.guarantors if each.name not in names]
    collaterals = [each for each in command.collaterals if each.description not in things]
    for model, rows in (
        (LoanGuarantor, guarantor_rows(loan.id, guarantors, len(names))),
        (LoanCollateral, collateral_rows(loan.id, collaterals, len(things))),
    ):
        table = model.__table__
        if isinstance(table, Table):
            insert_rows(session, table, rows)
    session.expire(loan, ["guarantors", "collaterals"])
    changes: dict[str, list[Any]] = {}
    if guarantors:
        changes["guarantors"] = [sorted(names), [each.name for each in guarantors]]
    if collaterals:
        changes["collaterals"] = [sorted(things), [each.description for each in collaterals]]
    return changes
