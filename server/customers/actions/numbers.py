"""The running customer numbers of a branch: C, the branch's code, six digits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.accounts.models import Branch
from server.customers.models import CustomerSeries
from server.customers.queries.taken import taken_numbers
from server.domain.errors import Invalid


def take_numbers(session: Session, branch_id: str, count: int, reserved: set[str]) -> list[str]:
    """Take the next `count` numbers of a branch, jumping over those that people gave by hand.

    The series' row stays locked until the commit, so two writers never take the same number.
    `reserved` are numbers of the same batch that are not written yet.
    """
    code = session.scalar(select(Branch.code).where(Branch.id == branch_id))
    if code is None:
        raise Invalid("branch_id", "unknown")
    found: list[str] = []
    while len(found) < count:
        last = _advance(session, branch_id, count - len(found))
        numbers = [f"C{code}{each:06d}" for each in range(last - count + len(found) + 1, last + 1)]
        used = taken_numbers(session, numbers) | reserved
        found.extend(number for number in numbers if number not in used)
    return found


def _advance(session: Session, branch_id: str, count: int) -> int:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    start = dialect.insert(CustomerSeries).values(branch_id=branch_id, last=count)
    step = start.on_conflict_do_update(
        index_elements=["branch_id"], set_={"last": CustomerSeries.last + start.excluded.last}
    ).returning(CustomerSeries.last)
    return int(session.execute(step).scalar_one())
