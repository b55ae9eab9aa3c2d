"""Two who may be one person, field by field: what is equal is found on the whole values, what is
told of them is masked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.customers.queries.detail import (
    MASKED_INCOME,
    CustomerDetail,
    customer_detail,
    mask_reach,
)
from server.customers.queries.found import find_customer
from server.domain.access import Actor, Permission
from server.domain.masking import mask_address, mask_id

COMPARED: Final = (
    "name",
    "id_no",
    "id_expiry_on",
    "gender",
    "birth_on",
    "spouse_name",
    "bank_card",
    "employer",
    "occupation",
    "monthly_income",
    "remark",
)
"""The fields that are laid side by side, in their order."""

_WORK: Final = frozenset({"employer", "occupation", "monthly_income"})


class Sign(StrEnum):
    """How two values stand to each other."""

    SAME = "same"
    DIFFERS = "differs"
    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two customers, masked. `shared` has the ids of contacts and addresses that both have.

    `obstacle` is the reason for which `merge_customers` would refuse them, or empty.
    """

    first: CustomerDetail
    second: CustomerDetail
    signs: Mapping[str, Sign]
    shared: frozenset[str]
    obstacle: str


@dataclass(frozen=True, slots=True)
class ClaimedField:
    """A field of a new customer as a device sent it, masked, and how it stands to the other's."""

    name: str
    value: Any
    sign: Sign


def compare_customers(session: Session, actor: Actor, first_id: str, second_id: str) -> Comparison:
    """Lay two customers side by side. Raises `NotAllowed`, and `NotFound` for one out of reach."""
    actor.require(Permission.CONFLICTS_SETTLE)
    first = find_customer(session, actor, first_id)
    second = find_customer(session, actor, second_id)
    return Comparison(
        customer_detail(session, actor, first_id),
        customer_detail(session, actor, second_id),
        {name: sign_of(_value(first, name), _value(second, name)) for name in COMPARED},
        frozenset(_shared(first, second)),
        _obstacle(first, second),
    )


def compare_claim(
    session: Session, actor: Actor, claimed: Mapping[str, Any], customer_id: str
) -> list[ClaimedField]:
    """Lay what a device sent of a new customer beside one who stands. Raises as `find_customer`."""
    row = find_customer(session, actor, customer_id)
    return [
        ClaimedField(name, _masked(name, value), _claimed_sign(row, name, value))
        for name, value in claimed.items()
    ]


def sign_of(first: Any, second: Any) -> Sign:
    """How two values stand to each other; empty text and None are no value."""
    if first in ("", None) and second in ("", None):
        return Sign.NEITHER
    if second in ("", None):
        return Sign.FIRST
    if first in ("", None):
        return Sign.SECOND
    return Sign.SAME if first == second else Sign.DIFFERS


def _value(row: Customer, name: str) -> Any:
    """A whole value, to be compared and not to be shown."""
    return getattr(row.employment, name, None) if name in _WORK else getattr(row, name)


def _shared(first: Customer, second: Customer) -> Iterator[str]:
    for one in first.contacts:
        for other in second.contacts:
            if (one.value_index, one.relation) == (other.value_index, other.relation):
                yield from (one.id, other.id)
    for here in first.addresses:
        for there in second.addresses:
            if here.address == there.address:
                yield from (here.id, there.id)


def _obstacle(first: Customer, second: Customer) -> str:
    if first.id == second.id:
        return "same"
    if first.branch_id != second.branch_id:
        return "of_another_branch"
    if first.kind != second.kind:
        return "another_kind"
    return "different_id_no" if first.id_no and second.id_no else ""


def _claimed_sign(row: Customer, name: str, value: Any) -> Sign:
    match name:
        case "mobile":
            known = [each.value for each in row.contacts if each.relation == "self"]
        case "address":
            known = [each.address for each in row.addresses]
        case _ if name in COMPARED or name == "kind":
            known = [_as_sent(_value(row, name))]
        case _:
            return Sign.FIRST
    if value in known and value not in ("", None):
        return Sign.SAME
    return sign_of(_as_sent(value), next((each for each in known if each), None))


def _as_sent(value: Any) -> Any:
    """As a device says it: dates as text, money as text of its fen."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else value


def _masked(name: str, value: Any) -> Any:
    if not value:
        return ""
    match name:
        case "id_no":
            return mask_id(str(value))
        case "mobile":
            return mask_reach("mobile", str(value))
        case "address":
            return mask_address(str(value))
        case "monthly_income":
            return MASKED_INCOME
    return value
