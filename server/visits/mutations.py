"""Offline field work: names of entries to actions. All of it is written once and never edited."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.customers.queries import is_id
from server.database.kinds import Found, MutationKind, Write, Written
from server.domain.access import Actor
from server.domain.errors import Invalid
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
from sync.values import Json

_ONCE: Final = KindRules(insert_only=True)
_Documents = Callable[[Session, list[str], dt.date], dict[str, dict[str, Any]]]


def _write_visit(session: Session, actor: Actor, write: Write) -> Written:
    fields = _Fields(write.fields)
    command = RecordVisit(
        customer_id=fields.id("customer_id"),
        purpose=fields.text("purpose"),
        visited_at=fields.moment("visited_at"),
        loan_id=fields.optional_id("loan_id"),
        staff=fields.text("staff"),
        met=fields.text("met"),
        findings=fields.text("findings"),
        ability=fields.optional_whole("ability"),
        next_step=fields.text("next_step"),
        next_on=fields.optional_day("next_on"),
        position=fields.position("position"),
        photos=fields.texts("photos"),
        addendum_to=fields.optional_id("addendum_to"),
        field=_source(write),
    )
    record_visit(session, actor, command)
    return Written()


def _write_promise(session: Session, actor: Actor, write: Write) -> Written:
    fields = _Fields(write.fields)
    command = MakePromise(
        customer_id=fields.id("customer_id"),
        loan_id=fields.id("loan_id"),
        amount=fields.whole("amount"),
        promised_on=fields.day("promised_on"),
        channel=fields.text("channel"),
        note=fields.text("note"),
        field=_source(write),
    )
    row = session.get_one(Promise, make_promise(session, actor, command))
    return Written({"state": row.state, "made_on": row.made_on.isoformat()})


def _write_call(session: Session, actor: Actor, write: Write) -> Written:
    fields = _Fields(write.fields)
    command = LogCall(
        customer_id=fields.id("customer_id"),
        contact_id=fields.optional_id("contact_id"),
        relation=fields.text("relation"),
        channel=fields.text("channel"),
        result=fields.text("result"),
        called_at=fields.moment("called_at"),
        summary=fields.text("summary"),
        consented=fields.flag("consented"),
        field=_source(write),
    )
    log_call(session, actor, command)
    return Written()


def _source(write: Write) -> FromField:
    return FromField(write.entity_id, write.device, write.made_at)


def _finder(model: type[Any], documents: _Documents) -> Callable[..., Found | None]:
    def find(session: Session, actor: Actor, entity_id: str) -> Found | None:
        query = (
            select(model.branch_id, Customer.officer_id)
            .join(Customer, Customer.id == model.customer_id)
            .where(model.id == entity_id)
        )
        row = session.execute(query).one_or_none()
        if row is None:
            return None
        values = documents(session, [entity_id], actor.today)[entity_id]
        return Found(values, row.branch_id, row.officer_id)

    return find


class _Fields:
    """The fields of an entry as typed values; a missing one is empty.

    Each reader raises `Invalid(field, "missing" | "format")`.
    """

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """A text; None counts as empty."""
        value = self._fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Invalid(name, "format")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._fields.get(name) or []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Invalid(name, "format")
        return tuple(value)

    def id(self, name: str) -> str:
        """The id of a row; it must be there."""
        value = self.optional_id(name)
        if value is None:
            raise Invalid(name, "missing")
        return value

    def optional_id(self, name: str) -> str | None:
        """The id of a row, or None."""
        text = self.text(name)
        if text and not is_id(text):
            raise Invalid(name, "format")
        return text or None

    def whole(self, name: str) -> int:
        """A whole number; it must be there."""
        value = self.optional_whole(name)
        if value is None:
            raise Invalid(name, "missing")
        return value

    def optional_whole(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self._fields.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise Invalid(name, "format")

    def flag(self, name: str) -> bool:
        """Whether it is said."""
        return self._fields.get(name) is True

    def day(self, name: str) -> dt.date:
        """A civil date; it must be there."""
        value = self.optional_day(name)
        if value is None:
            raise Invalid(name, "missing")
        return value

    def optional_day(self, name: str) -> dt.date | None:
        """A civil date, or None."""
        text = self.text(name)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            raise Invalid(name, "INVALID_DATE") from None

    def moment(self, name: str) -> dt.datetime:
        """A moment with its zone; it must be there."""
        text = self.text(name)
        if not text:
            raise Invalid(name, "missing")
        try:
            at = dt.datetime.fromisoformat(text)
            if at.tzinfo is not None:
                return at.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
        raise Invalid(name, "format")

    def position(self, name: str) -> Position | None:
        """Degrees and metres. The wire has no fractions, so they come as text."""
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise Invalid(name, "format")
        try:
            lat, lon, accuracy = (
                float(value.get(each) or 0) for each in ("lat", "lon", "accuracy")
            )
        except (TypeError, ValueError):
            raise Invalid(name, "format") from None
        if not (abs(lat) <= 90 and abs(lon) <= 180 and accuracy >= 0 and math.isfinite(accuracy)):
            raise Invalid(name, "format")
        return Position(lat, lon, accuracy)


KINDS: Final[Mapping[str, MutationKind]] = {
    "visit": MutationKind(
        _ONCE,
        _finder(Visit, visit_documents),
        _write_visit,
        known=frozenset(
            {
                "customer_id", "loan_id", "purpose", "visited_at", "staff", "met", "findings",
                "ability", "next_step", "next_on", "position", "photos", "addendum_to",
            }
        ),
    ),
    "promise": MutationKind(
        _ONCE,
        _finder(Promise, promise_documents),
        _write_promise,
        known=frozenset({"customer_id", "loan_id", "amount", "promised_on", "channel", "note"}),
    ),
    "call": MutationKind(
        _ONCE,
        _finder(Call, call_documents),
        _write_call,
        known=frozenset(
            {
                "customer_id", "contact_id", "relation", "channel", "result", "summary",
                "called_at", "consented",
            }
        ),
    ),
}  # fmt: skip
