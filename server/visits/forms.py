"""The forms of field work: what was sent becomes a command."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

from server.customers.queries import is_id
from server.domain.errors import Invalid
from server.domain.feedback import read_words
from server.domain.fieldwork import (
    CallChannel,
    CallResult,
    Met,
    NextStep,
    PromiseChannel,
    Purpose,
)
from server.domain.parsing.dates import parse_date
from server.domain.promises import PromiseState
from server.visits.actions import LogCall, MakePromise, RecordVisit
from server.visits.models import CALL_RELATIONS
from server.visits.queries import PromiseFilter, VisitFilter
from server.web.entries import Entries

QUESTIONS: Final = {
    "many_calls": "accept_many",
    "quiet_hours": "consented",
    "too_many_calls": "consented",
}
"""Refusals that a person may answer, and the box that answers each."""

_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")
_ONE_DAY: Final = dt.timedelta(days=1)


def read_visit(entries: Entries, customer_id: str, zone: dt.tzinfo | None) -> RecordVisit:
    """The form of a visit; its pictures are added by the view."""
    ability = entries.code("ability", "12345", required=False)
    return RecordVisit(
        customer_id=customer_id,
        purpose=entries.code("purpose", tuple(Purpose)),
        visited_at=_moment(entries, "visited", zone),
        loan_id=_id(entries, "loan_id"),
        staff=entries.text("staff", most=200),
        met=entries.code("met", tuple(Met), required=False),
        findings=_words(entries, "findings"),
        ability=int(ability) if ability else None,
        next_step=entries.code("next_step", tuple(NextStep), required=False),
        next_on=entries.optional_day("next_on"),
        addendum_to=_id(entries, "addendum_to"),
    )


def read_promise(entries: Entries, customer_id: str) -> MakePromise:
    """The form of a promise."""
    loan_id = _id(entries, "loan_id")
    if loan_id is None and "loan_id" not in entries.state.errors:
        entries.refuse("loan_id", "missing")
    return MakePromise(
        customer_id=customer_id,
        loan_id=loan_id or "",
        amount=entries.money("amount"),
        promised_on=entries.day("promised_on"),
        channel=entries.code("channel", tuple(PromiseChannel)),
        note=entries.text("note", most=500, required=False),
    )


def read_call(entries: Entries, customer_id: str, zone: dt.tzinfo | None) -> LogCall:
    """The form of a contact."""
    return LogCall(
        customer_id=customer_id,
        contact_id=_id(entries, "contact_id"),
        relation=entries.code("relation", CALL_RELATIONS),
        channel=entries.code("channel", tuple(CallChannel)),
        result=entries.code("result", tuple(CallResult)),
        called_at=_moment(entries, "called", zone),
        summary=_words(entries, "summary", required=False),
        consented=entries.is_set("consented"),
        accept_many=entries.is_set("accept_many"),
    )


def at_the_form(refusal: Invalid) -> Invalid:
    """The same refusal where the form asks for it: a moment is entered as a day and a time."""
    place = {"visited_at": "visited_on", "called_at": "called_on"}.get(refusal.field)
    if place is None:
        return refusal
    known = refusal.reason == "in_future"
    reason = f"{refusal.field}.{refusal.reason}" if known else refusal.reason
    return Invalid(place, reason, **refusal.detail)


def read_visit_filter(args: Mapping[str, str], zone: dt.tzinfo | None) -> VisitFilter:
    """The filters of the list of visits, as its URL has them."""
    since, until = (parse_date(args.get(name, "")[:40]).value for name in ("from", "to"))
    purpose = args.get("purpose", "")
    return VisitFilter(
        purpose=purpose if purpose in tuple(Purpose) else "",
        officer_id=_known_id(args, "officer"),
        branch_id=_known_id(args, "branch"),
        since=_midnight(since, zone),
        until=_midnight(until + _ONE_DAY if until else None, zone),
    )


def read_promise_filter(args: Mapping[str, str]) -> PromiseFilter:
    """The filters of the list of promises, as its URL has them."""
    first, last = (parse_date(args.get(name, "")[:40]).value for name in ("from", "to"))
    state = args.get("state", "")
    return PromiseFilter(
        state=state if state in tuple(PromiseState) else "",
        officer_id=_known_id(args, "officer"),
        branch_id=_known_id(args, "branch"),
        promised_from=first,
        promised_to=last,
    )


def moment_values(name: str, at: dt.datetime) -> dict[str, str]:
    """A moment as the two fields of a form."""
    return {f"{name}_on": at.date().isoformat(), f"{name}_time": at.strftime("%H:%M")}


def _moment(entries: Entries, name: str, zone: dt.tzinfo | None) -> dt.datetime:
    day = entries.day(f"{name}_on")
    text = entries.text(f"{name}_time", most=5)
    found = _TIME.fullmatch(text)
    if text and found is None:
        entries.refuse(f"{name}_time", "time")
    at = dt.time(int(found[1]), int(found[2])) if found else dt.time()
    return dt.datetime.combine(day, at, zone)


def _midnight(day: dt.date | None, zone: dt.tzinfo | None) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, dt.time(), zone)


def _words(entries: Entries, name: str, *, required: bool = True) -> str:
    try:
        return read_words(str(entries.state.values.get(name, "")), name, required=required)
    except Invalid as refusal:
        entries.state.refuse(refusal)
        return ""


def _id(entries: Entries, name: str) -> str | None:
    value = entries.state.text(name)
    if value and not is_id(value):
        entries.refuse(name, "unknown")
    return value if is_id(value) else None


def _known_id(args: Mapping[str, str], name: str) -> str:
    value = args.get(name, "")
    return value if is_id(value) else ""
