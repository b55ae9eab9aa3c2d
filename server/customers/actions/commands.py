"""What may be asked of customers: the commands of the slice, as plain frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

NEED: Final[Mapping[str, tuple[str, ...]]] = {
    "person": ("id_no", "mobile"),
    "company": ("id_no", "mobile"),
}
"""Standard fields without which a customer of that kind is incomplete; a name is always needed."""

SEALED: Final = ("id_no", "bank_card", "monthly_income")
"""Single fields that are stored sealed; contacts and addresses are sealed as well."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach the customer. `id` names the stored one; with it, no `value` means unchanged.

    kind: mobile, landline, email, wechat. relation: self, spouse, emergency, work, other.
    """

    kind: str
    value: str
    relation: str = "self"
    person_name: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address. `id` as in `Contact`. kind: home, household, work, business, other."""

    address: str
    kind: str = "home"
    id: str | None = None


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer as entered; an empty text or None means not given.

    `kind` is person (`id_no` a resident ID number) or company (`id_no` a credit code). Without a
    `customer_no` the branch's series gives one. `monthly_income` is fen. `extra` holds the bank's
    own fields by key. `id_evidence` says why a credit code that fails its check is right.
    `incomplete` names the fields of `NEED` that somebody accepted as missing. `id` is the one that
    a device gave; without it the server makes one. The ids of contacts and addresses likewise.
    """

    kind: str
    name: str
    branch_id: str
    officer_id: str | None = None
    customer_no: str = ""
    id_no: str = ""
    id_expiry_on: dt.date | None = None
    gender: str | None = None
    birth_on: dt.date | None = None
    spouse_name: str = ""
    bank_card: str = ""
    contacts: tuple[Contact, ...] = ()
    addresses: tuple[Address, ...] = ()
    employer: str = ""
    occupation: str = ""
    monthly_income: int | None = None
    remark: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    id_evidence: str = ""
    incomplete: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class EditCustomer:
    """What a customer is to be. `version` is the one that was seen when the edit began.

    `values` holds all fields; branch and kind are not changed by an edit. `keep` names those of
    `SEALED` that stay as they are (a form shows them masked and sends nothing back). `made` names
    the contacts and addresses whose ids a device made: they are new and keep them.
    """

    customer_id: str
    version: int
    values: NewCustomer
    keep: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReassignCustomers:
    """Hand customers to another officer of the same branch."""

    customer_ids: tuple[str, ...]
    officer_id: str
    reason: str = ""
