"""What every entry of field work is asked: whose customer and loan, and when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.customers.queries import find_customer
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.loans.models import Loan
from server.visits.actions.commands import FromField

_OLDEST: Final = dt.timedelta(days=366)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def customer_to_write(session: Session, actor: Actor, customer_id: str) -> Customer:
    """The customer of an entry. Raises `NotAllowed`, `NotFound`."""
    actor.require(Permission.VISITS_RECORD)
    customer = find_customer(session, actor, customer_id)
    actor.require(Permission.VISITS_RECORD, customer.branch_id)
    return customer


def check_loan(session: Session, customer_id: str, loan_id: str | None) -> None:
    """Raise `Invalid("loan_id", "unknown")` for a loan of somebody else."""
    if loan_id is None:
        return
    owner = session.scalar(select(Loan.customer_id).where(Loan.id == loan_id))
    if owner != customer_id:
        raise Invalid("loan_id", "unknown")


def check_codes(*asked: tuple[str, str, Collection[str]]) -> None:
    """Raise `Invalid(field, "unknown" | "missing")` for a code that is none of its field's."""
    for field, code, known in asked:
        if code not in known:
            raise Invalid(field, "unknown" if code else "missing")


def moment_of(actor: Actor, at: dt.datetime, field: str, source: FromField | None) -> dt.datetime:
    """When it was, in the bank's timezone.

    A device whose clock is ahead is not refused: then it was now. Raises `Invalid(field,
    "in_future" | "out_of_range")` for other entries.
    """
    if at > actor.now:
        if source is None:
            raise Invalid(field, "in_future")
        at = actor.now
    if source is None and at < actor.now - _OLDEST:
        raise Invalid(field, "out_of_range")
    return at.astimezone(actor.now.tzinfo)


def check_photos(photos: tuple[str, ...]) -> tuple[str, ...]:
    """The names of pictures, each once. Raises `Invalid("photos", …)`."""
    for photo in photos:
        if not _SHA256.fullmatch(photo):
            raise Invalid("photos", "format")
    return tuple(dict.fromkeys(photos))
