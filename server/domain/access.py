"""Who may do what, on which branch: the matrix of docs/guides/access.md as code.

An act is permitted when the actor's role holds the permission and the row's branch is within the
actor's reach: the own branch, or every branch for staff of the head office (`branch_id` None).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from server.domain.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """The six roles of a bank's staff."""

    OFFICER = "officer"
    REVIEWER = "reviewer"
    RISK = "risk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """The acts that are checked; the part before the dot is the slice that checks them."""

    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    CUSTOMERS_REASSIGN = "customers.reassign"
    CUSTOMERS_REVEAL = "customers.reveal"
    COVERS_GIVE = "covers.give"
    LOANS_READ = "loans.read"
    LOANS_WRITE = "loans.write"
    LOANS_AMEND = "loans.amend"
    REPAYMENTS_RECORD = "repayments.record"
    REPAYMENTS_REVERSE = "repayments.reverse"
    REPAYMENTS_APPROVE = "repayments.approve"
    VISITS_RECORD = "visits.record"
    HANDOVERS_SIGN = "handovers.sign"
    FEEDBACK_LOG = "feedback.log"
    FEEDBACK_ANSWER = "feedback.answer"
    INTAKE_IMPORT = "intake.import"
    REPORTS_EXPORT = "reports.export"
    PRODUCTS_READ = "products.read"
    PRODUCTS_MANAGE = "products.manage"
    USERS_MANAGE = "users.manage"
    FIELD_USE = "field.use"
    DEVICES_MANAGE = "devices.manage"
    CONFLICTS_SETTLE = "conflicts.settle"
    OPERATIONS_MANAGE = "operations.manage"
    AUDIT_READ = "audit.read"


_P = Permission
_READ: Final = frozenset({_P.CUSTOMERS_READ, _P.LOANS_READ, _P.PRODUCTS_READ})
_FIELD: Final = _READ | {
    _P.CUSTOMERS_WRITE,
    _P.CUSTOMERS_REVEAL,
    _P.LOANS_WRITE,
    _P.REPAYMENTS_RECORD,
    _P.REPAYMENTS_REVERSE,
    _P.VISITS_RECORD,
    _P.FEEDBACK_LOG,
    _P.FIELD_USE,
}
_REVIEW: Final = _FIELD | {
    _P.CUSTOMERS_REASSIGN,
    _P.LOANS_AMEND,
    _P.REPAYMENTS_APPROVE,
    _P.HANDOVERS_SIGN,
    _P.CONFLICTS_SETTLE,
    _P.FEEDBACK_ANSWER,
    _P.INTAKE_IMPORT,
    _P.REPORTS_EXPORT,
}

MATRIX: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.OFFICER: _FIELD,
        Role.REVIEWER: _REVIEW,
        Role.RISK: _READ
        | {
            _P.CUSTOMERS_REVEAL,
            _P.VISITS_RECORD,
            _P.FEEDBACK_LOG,
            _P.FEEDBACK_ANSWER,
            _P.REPORTS_EXPORT,
        },
        Role.MANAGER: _REVIEW | {_P.COVERS_GIVE, _P.DEVICES_MANAGE, _P.AUDIT_READ},
        Role.ADMINISTRATOR: frozenset(
            {
                _P.PRODUCTS_READ,
                _P.PRODUCTS_MANAGE,
                _P.USERS_MANAGE,
                _P.COVERS_GIVE,
                _P.DEVICES_MANAGE,
                _P.OPERATIONS_MANAGE,
                _P.AUDIT_READ,
            }
        ),
        Role.AUDITOR: _READ | {_P.REPORTS_EXPORT, _P.AUDIT_READ},
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, a command or a job.

    `branch_id` None reaches every branch. `now` is the moment of the act, told in the bank's
    timezone, and `today` its civil date there, read from the clock once, at the door. `origin`
    says which door that was (`web`, `cli`, `job`, `device:<id>`); it is written into the audit.
    """

    user_id: str | None
    name: str
    role: Role
    branch_id: str | None
    now: datetime
    today: date
    origin: str = "web"

    def may(self, permission: Permission) -> bool:
        """Whether the role holds the permission (on some branch)."""
        return permission in MATRIX[self.role]

    def reaches(self, branch_id: str) -> bool:
        """Whether rows of that branch are within this actor's reach."""
        return self.branch_id is None or self.branch_id == branch_id

    def require(self, permission: Permission, branch_id: str | None = None) -> None:
        """Refuse with `NotAllowed` unless the act is permitted (on that branch, if given)."""
        if not self.may(permission) or (branch_id is not None and not self.reaches(branch_id)):
            raise NotAllowed(permission)

    def require_reach(self, kind: str, key: str, branch_id: str) -> None:
        """Refuse with `NotFound`: what lies out of reach does not exist for this actor."""
        if not self.reaches(branch_id):
            raise NotFound(kind, key)
