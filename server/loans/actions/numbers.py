"""The running contract numbers: the product's code, the year, five digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.database.parts import in_parts
from server.loans.models import Loan, LoanSeries


def take_numbers(
    session: Session, product: tuple[str, str], year: int, count: int, reserved: set[str]
) -> list[str]:
    """Take the next `count` contract numbers of a product (id, code) in a year.

    The series' row stays locked until the commit, so two writers never take the same number;
    numbers that people gave by hand are jumped over, as are those `reserved` by the same batch.
    """
    product_id, code = product
    found: list[str] = []
    while len(found) < count:
        wanted = count - len(found)
        last = _advance(session, product_id, year, wanted)
        numbers = [f"{code}{year}{each:05d}" for each in range(last - wanted + 1, last + 1)]
        used = taken_numbers(session, numbers) | reserved
        found.extend(number for number in numbers if number not in used)
    return found


def taken_numbers(session: Session, numbers: Sequence[str]) -> set[str]:
    """Those of the contract numbers that a loan has already."""
    return _standing(session, Loan.contract_no, numbers)


def taken_ious(session: Session, numbers: Sequence[str]) -> set[str]:
    """Those of the IOU numbers (借据号) that a loan has already."""
    return _standing(session, Loan.iou_no, numbers)


def _standing(session: Session, column: Any, numbers: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in in_parts(numbers):
        query = select(column).where(column.in_(some))
        found.update(session.scalars(query))
    return found


def _advance(session: Session, product_id: str, year: int, count: int) -> int:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    start = dialect.insert(LoanSeries).values(product_id=product_id, year=year, last=count)
    step = start.on_conflict_do_update(
        index_elements=["product_id", "year"],
        set_={"last": LoanSeries.last + start.excluded.last},
    ).returning(LoanSeries.last)
    return int(session.execute(step).scalar_one())
