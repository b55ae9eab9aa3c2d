"""Who is told: the customer's officer, whoever covers that officer, else the branch's managers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.covers.queries import covered_on
from server.domain.access import Role


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who may be told."""

    id: str
    name: str
    role: Role
    branch_id: str | None

    @property
    def oversees(self) -> bool:
        """Whether the whole branch (or bank) is this person's business."""
        return self.role is Role.MANAGER

    @property
    def decides(self) -> bool:
        """Whether payments, reversals and complaints wait for this person."""
        return self.role in (Role.REVIEWER, Role.MANAGER)


class Staff:
    """The active people of the bank, and who stands in for whom on one day."""

    def __init__(self, people: Iterable[Person], covered: dict[str, list[str]]) -> None:
        """`covered` names for an officer the colleagues who cover that day."""
        self.people = {each.id: each for each in people}
        self.covered = covered

    def responsible(self, officer_id: str | None, branch_id: str) -> Sequence[str]:
        """Who is told of a customer of that officer and branch; somebody, if there is anybody."""
        told = self.stand_in(officer_id)
        return told or self._managers(branch_id) or self._managers(None)

    def stand_in(self, officer_id: str | None) -> Sequence[str]:
        """The colleagues who cover an officer, else that officer, if still there."""
        if officer_id is None:
            return ()
        covering = [each for each in self.covered.get(officer_id, ()) if each in self.people]
        if covering:
            return covering
        return (officer_id,) if officer_id in self.people else ()

    def deciding(self, branch_id: str, but: str | None) -> Sequence[str]:
        """Reviewers and managers of a branch, without the one a complaint is about."""
        return [
            each.id
            for each in self.people.values()
            if each.decides and each.branch_id == branch_id and each.id != but
        ] or [each for each in self._managers(None) if each != but]

    def of_role(self, role: Role) -> Sequence[Person]:
        """All of one role."""
        return [each for each in self.people.values() if each.role is role]

    def _managers(self, branch_id: str | None) -> Sequence[str]:
        return [each.id for each in self.of_role(Role.MANAGER) if each.branch_id == branch_id]


def staff_on(session: Session, today: dt.date) -> Staff:
    """The active staff, in two statements."""
    rows = session.execute(
        select(User.id, User.display_name, User.role, User.branch_id)
        .where(User.active)
        .order_by(User.id)
    )
    people = [Person(row[0], row[1], Role(row[2]), row[3]) for row in rows]
    return Staff(people, covered_on(session, today))
