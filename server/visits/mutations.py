"""Offline field work: names of entries to actions. All of it is written once and never edited."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.customers.queries import is_id
from server.database.kinds import Found, MutationKind, Write, Written, untold
from server.database.parts import in_parts
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.written import (
    Fields,
    day_of,
    flag_of,
    needed_day,
    needed_text,
    needed_whole,
    text_of,
    whole_of,
)
from server.visits.actions import (
    FromField,
    LogCall,
    MakePromise,
    Position,
    RecordVisit,
    log_call,
    make_promise,
    record_visit,
)
from server.visits.documents import call_documents, promise_documents, visit_documents
from server.visits.models import Call, Promise, Visit
from sync.policy import KindRules

_ONCE: Final = KindRules(insert_only=True)
_Documents = Callable[[Session, list[str], dt.date], dict[str, dict[str, Any]]]


def _write_visit(session: Session, actor: Actor, write: Write) -> None:
    fields = write.fields
    command = RecordVisit(
        customer_id=_needed_id(fields, "customer_id"),
        purpose=text_of(fields, "purpose"),
        visited_at=_moment(fields, "visited_at"),
        loan_id=_id(fields, "loan_id"),
        staff=text_of(fields, "staff"),
        met=text_of(fields, "met"),
        findings=text_of(fields, "findings"),
        ability=whole_of(fields, "ability"),
        next_step=text_of(fields, "next_step"),
        next_on=day_of(fields, "next_on"),
        position=_position(fields),
        photos=_photos(fields),
        addendum_to=_id(fields, "addendum_to"),
        field=_source(write),
    )
    record_visit(session, actor, command)


def _write_promise(session: Session, actor: Actor, write: Write) -> None:
    fields = write.fields
    command = MakePromise(
        customer_id=_needed_id(fields, "customer_id"),
        loan_id=_needed_id(fields, "loan_id"),
        amount=needed_whole(fields, "amount"),
        promised_on=needed_day(fields, "promised_on"),
        channel=text_of(fields, "channel"),
        note=text_of(fields, "note"),
        field=_source(write),
    )
    make_promise(session, actor, command)


def _write_call(session: Session, actor: Actor, write: Write) -> None:
    fields = write.fields
    command = LogCall(
        customer_id=_needed_id(fields, "customer_id"),
        contact_id=_id(fields, "contact_id"),
        relation=text_of(fields, "relation"),
        channel=text_of(fields, "channel"),
        result=text_of(fields, "result"),
        called_at=_moment(fields, "called_at"),
        summary=text_of(fields, "summary"),
        consented=flag_of(fields, "consented"),
        field=_source(write),
    )
    log_call(session, actor, command)


def _source(write: Write) -> FromField:
    return FromField(write.entity_id, write.device, write.made_at)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of field work: its table, what a device holds of it, and the action."""

    model: type[Any]
    documents: _Documents
    act: Callable[[Session, Actor, Write], None]
    fields: frozenset[str]
    tells_creation: bool = False

    def find(self, session: Session, actor: Actor, entity_id: str) -> Found | None:
        return self.find_many(session, actor, [entity_id]).get(entity_id)

    def find_many(self, session: Session, actor: Actor, ids: Collection[str]) -> dict[str, Found]:
        found: dict[str, Found] = {}
        wanted = sorted(ids)
        for part in in_parts(wanted):
            query = (
                select(self.model.id, self.model.branch_id, Customer.officer_id)
                .join(Customer, Customer.id == self.model.customer_id)
                .where(self.model.id.in_(part))
            )
            rows = session.execute(query).all()
            values = self.documents(session, [row.id for row in rows], actor.today) if rows else {}
            for row in rows:
                found[row.id] = Found(values[row.id], row.branch_id, row.officer_id)
        return found

    def write(self, session: Session, actor: Actor, write: Write) -> Written:
        return self.write_many(session, actor, [write])[0]

    def write_many(self, session: Session, actor: Actor, writes: Sequence[Write]) -> list[Written]:
        """Each by its action; what the documents have of their own is read for all at once."""
        for write in writes:
            self.act(session, actor, write)
        ids = [write.entity_id for write in writes]
        found = self.documents(session, ids, actor.today) if self.tells_creation else {}
        return [Written(untold(found.get(write.entity_id, {}), write.fields)) for write in writes]

    def as_kind(self) -> MutationKind:
        return MutationKind(
            _ONCE,
            self.find,
            self.write,
            known=self.fields,
            tells_creation=self.tells_creation,
            find_many=self.find_many,
            write_many=self.write_many,
        )


def _needed_id(fields: Fields, name: str) -> str:
    found = _id(fields, name)
    if found is None:
        raise Invalid(name, "missing")
    return found


def _id(fields: Fields, name: str) -> str | None:
    text = text_of(fields, name)
    if text and not is_id(text):
        raise Invalid(name, "type")
    return text or None


def _moment(fields: Fields, name: str) -> dt.datetime:
    text = needed_text(fields, name)
    try:
        at = dt.datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid(name, "moment")


def _photos(fields: Fields) -> tuple[str, ...]:
    value = fields.get("photos") or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Invalid("photos", "type")
    return tuple(value)


def _position(fields: Fields) -> Position | None:
    """Degrees and metres. The wire has no fractions, so degrees come as text."""
    value = fields.get("position")
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Invalid("position", "type")
    try:
        lat, lon, accuracy = (float(value.get(each) or 0) for each in ("lat", "lon", "accuracy"))
    except (TypeError, ValueError):
        raise Invalid("position", "type") from None
    if not (abs(lat) <= 90 and abs(lon) <= 180 and 0 <= accuracy < math.inf):
        raise Invalid("position", "out_of_range")
    return Position(lat, lon, accuracy)


_VISIT: Final = _Kind(
    Visit,
    visit_documents,
    _write_visit,
    frozenset(
        {
            *("customer_id", "loan_id", "purpose", "visited_at", "staff", "met", "findings"),
            *("ability", "next_step", "next_on", "position", "photos", "addendum_to"),
        }
    ),
)
"""Its photos arrive later and its place has fractions: the device pulls what became of it."""

_PROMISE: Final = _Kind(
    Promise,
    promise_documents,
    _write_promise,
    frozenset({"customer_id", "loan_id", "amount", "promised_on", "channel", "note"}),
    tells_creation=True,
)
_CALL: Final = _Kind(
    Call,
    call_documents,
    _write_call,
    frozenset(
        {
            *("customer_id", "contact_id", "relation", "channel", "result", "summary"),
            *("called_at", "consented"),
        }
    ),
    tells_creation=True,
)

KINDS: Final[Mapping[str, MutationKind]] = {
    "visit": _VISIT.as_kind(),
    "promise": _PROMISE.as_kind(),
    "call": _CALL.as_kind(),
}
"""By the name on the wire."""
