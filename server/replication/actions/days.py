"""A loan's sums move by the day: each morning the feed tells anew of those that somebody holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from server.database import record
from server.database.models import Change
from server.domain.access import Actor
from server.loans.documents.devices import DAYS_AHEAD
from server.loans.models import Loan, LoanState
from server.replication.models.devices import PortfolioDay
from server.replication.queries.devices import portfolios_with_devices

HEARD_WITHIN = dt.timedelta(days=30)
_RETOLD_AT_ONCE = 500


def is_rolled(session: Session, portfolio: str, today: dt.date) -> bool:
    """Whether the loans of a portfolio were told anew for today."""
    day = session.scalar(select(PortfolioDay.day).where(PortfolioDay.portfolio == portfolio))
    return day is not None and day >= today


def roll_day(session: Session, portfolio: str, today: dt.date) -> int:
    """Tell anew of the loans of a portfolio that owe something now or soon; how many.

    The first of the day does it; others find it done.
    """
    if not _claim(session, portfolio, today):
        return 0
    rows = session.execute(_loans_due(portfolio, today)).all()
    for row in rows:
        record.changed(session, ("loan", row.id), row.branch_id, customer_id=row.customer_id)
    return len(rows)


def roll_next_day(session: Session, actor: Actor) -> int:
    """Roll one portfolio that a device reads and that is not rolled yet; 0 when all are.

    A step of the night's job: 1 where there was one, whatever it held.
    """
    since = actor.now - HEARD_WITHIN
    for portfolio in portfolios_with_devices(session, since, actor.today):
        if not is_rolled(session, portfolio, actor.today):
            roll_day(session, portfolio, actor.today)
            return 1
    return 0


def retell_renamed(session: Session, actor: Actor) -> int:
    """Tell anew of loans whose product changed after they were told last: they show its name.

    A step of the night's job; only what devices hold, 0 when nothing is left. What is due soon is
    told anew each morning anyway.
    """
    portfolios = portfolios_with_devices(session, actor.now - HEARD_WITHIN, actor.today)
    loan, product = aliased(Change), aliased(Change)
    rows = session.execute(
        select(Loan.id, Loan.branch_id, Loan.customer_id)
        .join(loan, (loan.entity == "loan") & (loan.entity_id == Loan.id))
        .join(product, (product.entity == "product") & (product.entity_id == Loan.product_id))
        .where(loan.portfolio.in_(list(portfolios)), ~loan.gone, loan.number < product.number)
        .order_by(Loan.id)
        .limit(_RETOLD_AT_ONCE)
    ).all()
    for row in rows:
        record.changed(session, ("loan", row.id), row.branch_id, customer_id=row.customer_id)
    return len(rows)


def _loans_due(portfolio: str, today: dt.date) -> Any:
    """A day stands still for a loan that owes nothing within the days its document tells."""
    until = today + dt.timedelta(days=DAYS_AHEAD)
    return (
        select(Loan.id, Loan.branch_id, Loan.customer_id)
        .join(LoanState, LoanState.loan_id == Loan.id)
        .join(Change, (Change.entity == "loan") & (Change.entity_id == Loan.id))
        .where(
            Change.portfolio == portfolio,
            LoanState.settled_on.is_(None),
            or_(
                LoanState.total_due > 0,
                LoanState.unpaid_due_on <= until,
                LoanState.next_due_on <= until,
            ),
        )
        .order_by(Loan.id)
    )


def _claim(session: Session, portfolio: str, today: dt.date) -> bool:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    claim = (
        dialect.insert(PortfolioDay)
        .values(portfolio=portfolio, day=today)
        .on_conflict_do_update(
            index_elements=["portfolio"],
            set_={"day": today},
            where=PortfolioDay.day < today,
        )
        .returning(PortfolioDay.portfolio)
    )
    return session.scalar(claim) is not None
