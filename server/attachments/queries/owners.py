"""What a file may belong to, and who may see or add files there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from server.domain.access import Permission

READING: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "customer": Permission.CUSTOMERS_READ,
        "loan": Permission.LOANS_READ,
        "feedback": Permission.FEEDBACK_LOG,
        "product": Permission.PRODUCTS_READ,
        "visit": Permission.CUSTOMERS_READ,
        "repayment": Permission.LOANS_READ,
    }
)
WRITING: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "customer": Permission.CUSTOMERS_WRITE,
        "loan": Permission.LOANS_WRITE,
        "feedback": Permission.FEEDBACK_LOG,
        "product": Permission.PRODUCTS_MANAGE,
        "visit": Permission.VISITS_RECORD,
        "repayment": Permission.REPAYMENTS_RECORD,
    }
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The row a file belongs to; whoever makes one has checked that the actor may see it.

    `branch_id` is None for what belongs to the whole bank.
    """

    kind: str
    id: str
    branch_id: str | None
