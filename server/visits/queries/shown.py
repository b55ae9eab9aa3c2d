"""What pages show of field work: visits, promises, calls; sealed words opened."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from server.domain.promises import PromiseState
from server.visits.models import Call, Promise, Visit


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a visit; `attachment_id` is None while it is still on its way."""

    sha256: str
    attachment_id: str | None


@dataclass(frozen=True, slots=True)
class VisitShown:
    """A visit with its customer; `position` is `{lat, lon, accuracy}` or None."""

    id: str
    customer_id: str
    customer_name: str
    branch_id: str
    loan_id: str | None
    contract_no: str | None
    purpose: str
    visited_at: dt.datetime
    staff: str
    met: str
    findings: str
    ability: int | None
    next_step: str
    next_on: dt.date | None
    position: dict[str, float] | None
    outside_rules: tuple[str, ...]
    addendum_to: str | None
    from_field: bool
    recorded_by: str | None
    recorded_at: dt.datetime
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class PromiseShown:
    """A promise with its customer and what came of it; money in fen."""

    id: str
    customer_id: str
    customer_name: str
    loan_id: str
    contract_no: str
    amount: int
    received: int
    made_on: dt.date
    promised_on: dt.date
    channel: str
    note: str
    state: PromiseState
    from_field: bool
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class CallShown:
    """A contact that was sought or had."""

    id: str
    relation: str
    channel: str
    result: str
    summary: str
    called_at: dt.datetime
    consented: bool
    outside_rules: tuple[str, ...]
    from_field: bool
    recorded_by: str | None


def position_of(row: Visit) -> dict[str, float] | None:
    """Where a visit was, opened."""
    sealed = row.position
    if sealed is None:
        return None
    where: dict[str, float] = json.loads(sealed)
    return where


def visit_shown(found: Any, photos: tuple[Photo, ...] = ()) -> VisitShown:
    """A row of `rows.visit_rows` as a page shows it."""
    row: Visit = found.Visit
    return VisitShown(
        id=row.id,
        customer_id=row.customer_id,
        customer_name=found.customer_name,
        branch_id=row.branch_id,
        loan_id=row.loan_id,
        contract_no=found.contract_no,
        purpose=row.purpose,
        visited_at=row.visited_at,
        staff=row.staff,
        met=row.met,
        findings=row.findings or "",
        ability=row.ability,
        next_step=row.next_step,
        next_on=row.next_on,
        position=position_of(row),
        outside_rules=tuple(row.outside_rules),
        addendum_to=row.addendum_to,
        from_field=row.device is not None,
        recorded_by=found.recorded_by,
        recorded_at=row.recorded_at,
        photos=photos,
    )


def promise_shown(found: Any) -> PromiseShown:
    """A promise as a page shows it."""
    row: Promise = found.Promise
    return PromiseShown(
        id=row.id,
        customer_id=row.customer_id,
        customer_name=found.customer_name,
        loan_id=row.loan_id,
        contract_no=found.contract_no,
        amount=row.amount,
        received=row.received,
        made_on=row.made_on,
        promised_on=row.promised_on,
        channel=row.channel,
        note=row.note,
        state=PromiseState(row.state),
        from_field=row.device is not None,
        recorded_by=found.recorded_by,
    )


def call_shown(found: Any) -> CallShown:
    """A contact as a page shows it."""
    row: Call = found.Call
    return CallShown(
        id=row.id,
        relation=row.relation,
        channel=row.channel,
        result=row.result,
        summary=row.summary or "",
        called_at=row.called_at,
        consented=row.consented,
        outside_rules=tuple(row.outside_rules),
        from_field=row.device is not None,
        recorded_by=found.recorded_by,
    )
