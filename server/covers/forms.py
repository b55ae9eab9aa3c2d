"""The form of a cover: what was typed becomes a command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from server.covers.actions import GiveCover
from server.customers.queries import is_id
from server.domain.errors import Invalid
from server.domain.parsing.dates import parse_date
from server.web.forms import FormState, read_form

FIELDS = ("officer_id", "colleague_id", "from_on", "until_on", "reason")


def read_cover(form: Mapping[str, str]) -> tuple[FormState, GiveCover | None]:
    """The state of the form, and the command where all of it could be read."""
    state = read_form(form, FIELDS)
    for name in ("officer_id", "colleague_id"):
        if not state.text(name):
            state.refuse(Invalid(name, "missing"))
        elif not is_id(state.text(name)):
            state.refuse(Invalid(name, "unknown"))
    days = {name: _day(state, name) for name in ("from_on", "until_on")}
    from_on, until_on = days["from_on"], days["until_on"]
    if state.errors or from_on is None or until_on is None:
        return state, None
    people = (state.text("officer_id"), state.text("colleague_id"))
    return state, GiveCover(*people, from_on, until_on, state.text("reason"))


def _day(state: FormState, name: str) -> dt.date | None:
    typed = state.text(name)
    if not typed:
        state.refuse(Invalid(name, "missing"))
        return None
    read = parse_date(typed[:40])
    if read.value is None:
        state.refuse(Invalid(name, "INVALID_DATE"))
    return read.value
