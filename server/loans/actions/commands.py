"""What may be asked of loans: the commands of the slice, as plain frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.domain.events import Event, Opening
from server.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Guarantor:
    """Somebody who guarantees a loan: a customer of the bank, or a name with numbers."""

    name: str
    customer_id: str | None = None
    id_no: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Collateral:
    """What secures a loan; `value` is fen."""

    description: str
    value: int | None = None
    valued_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class NewLoan:
    """A loan as agreed; an empty text or None means not given.

    Without a `contract_no` the product's series gives one. `opening` is the position of a loan
    taken over, `events` what happened since, money excepted (that is recorded by `repayments`);
    their ids and order are given here. `imported` turns the product's bounds and the ceiling on
    the cost from refusals into warnings: a contract that stands cannot be refused any more.
    `incomplete` names the fields that somebody accepted as missing.
    """

    customer_id: str
    branch_id: str
    product_id: str
    terms: Terms
    contract_no: str = ""
    iou_no: str = ""
    officer_id: str | None = None
    purpose: str = ""
    security: str = "credit"
    guarantors: tuple[Guarantor, ...] = ()
    collaterals: tuple[Collateral, ...] = ()
    remark: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    incomplete: tuple[str, ...] = ()
    opening: Opening | None = None
    events: tuple[Event, ...] = ()
    imported: bool = False
