"""The field work on one customer, the latest first; the caller has found the customer before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.attachments.models import Attachment
from server.customers.models import Customer
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.loans.models import Loan
from server.visits.models import Call, Promise, Visit, VisitPhoto
from server.visits.queries.shown import (
    CallShown,
    Photo,
    PromiseShown,
    VisitShown,
    call_shown,
    promise_shown,
    visit_shown,
)

VISIT: Final = "visit"
"""The kind of owner that photos of a visit have."""

_MOST_ROWS: Final = 30


def visits_of_customer(session: Session, actor: Actor, customer_id: str) -> list[VisitShown]:
    """Visits with their photos, in two statements."""
    actor.require(Permission.CUSTOMERS_READ)
    query = visit_rows().where(Visit.customer_id == customer_id)
    latest = query.order_by(Visit.visited_at.desc(), Visit.id.desc()).limit(_MOST_ROWS)
    rows = session.execute(latest).all()
    photos = photos_of(session, [row.Visit.id for row in rows])
    return [visit_shown(row, photos.get(row.Visit.id, ())) for row in rows]


def promises_of_customer(session: Session, actor: Actor, customer_id: str) -> list[PromiseShown]:
    """Promises, the latest day first."""
    actor.require(Permission.CUSTOMERS_READ)
    query = promise_rows().where(Promise.customer_id == customer_id)
    latest = query.order_by(Promise.promised_on.desc(), Promise.id.desc()).limit(_MOST_ROWS)
    return [promise_shown(row) for row in session.execute(latest)]


def calls_of_customer(session: Session, actor: Actor, customer_id: str) -> list[CallShown]:
    """Contacts sought or had."""
    actor.require(Permission.CUSTOMERS_READ)
    query = (
        select(Call, User.display_name.label("recorded_by"))
        .outerjoin(User, User.id == Call.recorded_by)
        .where(Call.customer_id == customer_id)
        .order_by(Call.called_at.desc(), Call.id.desc())
        .limit(_MOST_ROWS)
    )
    return [call_shown(row) for row in session.execute(query)]


def visit(session: Session, actor: Actor, visit_id: str) -> VisitShown:
    """One visit. Raises `NotAllowed`, and `NotFound` for none and for another branch's."""
    actor.require(Permission.CUSTOMERS_READ)
    found = session.execute(visit_rows().where(Visit.id == visit_id)).one_or_none()
    if found is None:
        raise NotFound("visit", visit_id)
    actor.require_reach("visit", visit_id, found.Visit.branch_id)
    return visit_shown(found, photos_of(session, [visit_id]).get(visit_id, ()))


def addenda_of(session: Session, visit_id: str) -> list[VisitShown]:
    """What was said about a visit later, the first first."""
    query = visit_rows().where(Visit.addendum_to == visit_id).order_by(Visit.recorded_at, Visit.id)
    return [visit_shown(row) for row in session.execute(query)]


def photos_of(session: Session, visit_ids: Collection[str]) -> dict[str, tuple[Photo, ...]]:
    """The photos of visits in their order, arrived or not."""
    if not visit_ids:
        return {}
    kept = and_(
        Attachment.owner_kind == VISIT,
        Attachment.owner_id == VisitPhoto.visit_id,
        Attachment.sha256 == VisitPhoto.sha256,
    )
    query = (
        select(VisitPhoto.visit_id, VisitPhoto.sha256, Attachment.id)
        .outerjoin(Attachment, kept)
        .where(VisitPhoto.visit_id.in_(visit_ids))
        .order_by(VisitPhoto.visit_id, VisitPhoto.place)
    )
    found: dict[str, tuple[Photo, ...]] = {}
    for visit_id, sha256, attachment_id in session.execute(query):
        found[visit_id] = (*found.get(visit_id, ()), Photo(sha256, attachment_id))
    return found


def visit_rows() -> Any:
    """Visits with the names that stand beside them."""
    return (
        select(
            Visit,
            Customer.name.label("customer_name"),
            Loan.contract_no,
            User.display_name.label("recorded_by"),
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .outerjoin(Loan, Loan.id == Visit.loan_id)
        .outerjoin(User, User.id == Visit.recorded_by)
    )


def promise_rows() -> Any:
    """Promises with the names that stand beside them."""
    return (
        select(
            Promise,
            Customer.name.label("customer_name"),
            Loan.contract_no,
            User.display_name.label("recorded_by"),
        )
        .join(Customer, Customer.id == Promise.customer_id)
        .join(Loan, Loan.id == Promise.loan_id)
        .outerjoin(User, User.id == Promise.recorded_by)
    )
