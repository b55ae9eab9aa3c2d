"""What waits for somebody: counts for the queues of today's page, and the first steps of a bank."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.customers.models import Customer
from server.domain.access import Actor, Permission
from server.feedback.queries import deadline_counts
from server.intake.models import ImportRun
from server.loans.models import Loan
from server.products.models import Product
from server.repayments.queries import pending_request_count, waiting_handover_count


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue by name with how much waits in it; `urgent` is the part past its time."""

    name: str
    waiting: int
    urgent: int = 0


CountQueue = Callable[[Session, Actor], Queue | None]
"""Counts a queue, or gives None to whom it is none of their business."""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a new bank has come."""

    has_products: bool
    has_customers: bool
    has_loans: bool


def queues(
    session: Session,
    actor: Actor,
    officer_id: str | None = None,
    above: Iterable[CountQueue] = (),
) -> list[Queue]:
    """The queues that the actor may work on, the empty ones too.

    `officer_id` narrows what is incomplete to one officer's customers and loans; `above` counts
    the queues of rooms that stand above the desk.
    """
    found = [queue for count in above if (queue := count(session, actor)) is not None]
    if actor.may(Permission.REPAYMENTS_APPROVE):
        found.append(Queue("reversals", pending_request_count(session, actor)))
    if actor.may(Permission.HANDOVERS_SIGN):
        found.append(Queue("handovers", waiting_handover_count(session, actor)))
    if actor.may(Permission.FEEDBACK_LOG):
        counts = deadline_counts(session, actor)
        found.append(Queue("feedback", counts.waiting, counts.late))
    if actor.may(Permission.CUSTOMERS_READ):
        found.append(
            Queue("incomplete_customers", _incomplete(session, actor, Customer, officer_id))
        )
        found.append(Queue("incomplete_loans", _incomplete(session, actor, Loan, officer_id)))
    if actor.may(Permission.INTAKE_IMPORT):
        found.append(_imports(session, actor))
    return found


def first_steps(session: Session, actor: Actor) -> FirstSteps:
    """Whether there is anything within the actor's reach, in one statement."""
    row = session.execute(
        select(
            exists().where(Product.active),
            exists().where(_reached(Customer.branch_id, actor)),
            exists().where(_reached(Loan.branch_id, actor)),
        )
    ).one()
    return FirstSteps(*row)


def _reached(column: InstrumentedAttribute[str], actor: Actor) -> ColumnElement[bool]:
    return column.is_not(None) if actor.branch_id is None else column == actor.branch_id


def _incomplete(
    session: Session, actor: Actor, model: type[Customer | Loan], officer_id: str | None
) -> int:
    query = select(func.count()).select_from(model).where(~model.complete)
    if actor.branch_id is not None:
        query = query.where(model.branch_id == actor.branch_id)
    if officer_id is not None:
        query = query.where(model.officer_id == officer_id)
    return session.scalar(query) or 0


def _imports(session: Session, actor: Actor) -> Queue:
    """Runs under way or waiting for a decision; those that failed are urgent."""
    query = select(ImportRun.status, func.count()).group_by(ImportRun.status)
    query = query.where(ImportRun.status.not_in(("done", "cancelled")))
    if actor.branch_id is not None:
        query = query.where(ImportRun.branch_id == actor.branch_id)
    by_status = {row[0]: row[1] for row in session.execute(query)}
    failed = by_status.pop("failed", 0)
    return Queue("imports", sum(by_status.values()) + failed, failed)
