"""What may be asked of visits, promises and calls: plain frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FromField:
    """An entry of a device: the id that the device gave it becomes the row's."""

    id: str
    device: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Position:
    """Where a visit was: degrees, and metres of accuracy."""

    lat: float
    lon: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """A visit. `staff` names who went, with commas between; `photos` are SHA-256 of pictures."""

    customer_id: str
    purpose: str
    visited_at: dt.datetime
    loan_id: str | None = None
    staff: str = ""
    met: str = ""
    findings: str = ""
    ability: int | None = None
    next_step: str = ""
    next_on: dt.date | None = None
    position: Position | None = None
    photos: tuple[str, ...] = ()
    addendum_to: str | None = None
    field: FromField | None = None


@dataclass(frozen=True, slots=True)
class MakePromise:
    """A promise to pay `amount` fen on a loan by the end of a day."""

    customer_id: str
    loan_id: str
    amount: int
    promised_on: dt.date
    channel: str
    note: str = ""
    field: FromField | None = None


@dataclass(frozen=True, slots=True)
class LogCall:
    """A contact sought or had. `consented`: the debtor agreed to be called now, or so often.
    `accept_many` says that a person saw the warning.
    """

    customer_id: str
    contact_id: str | None
    relation: str
    channel: str
    result: str
    called_at: dt.datetime
    summary: str = ""
    consented: bool = False
    accept_many: bool = False
    field: FromField | None = None
