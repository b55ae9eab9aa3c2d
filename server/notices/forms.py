"""What a person chose to do with notices, read from a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from server.database.notices import NoticeState
from server.domain.errors import Invalid
from server.domain.parsing.dates import parse_date
from server.domain.snoozing import snoozed_until
from server.notices.actions import DONE, READ, Mark


def read_mark(form: Mapping[str, str], now: dt.datetime) -> Mark:
    """`do` is `done`, `back` or a choice of when (`server.domain.snoozing`), `on` its day.

    Raises `Invalid("snooze", …)`.
    """
    choice = form.get("do", "")
    if choice == "done":
        return DONE
    if choice == "back":
        return READ
    return Mark(NoticeState.SNOOZED, snoozed_until(choice, now, _day(form.get("on", ""))))


def _day(text: str) -> dt.date | None:
    reading = parse_date(text)
    if reading.flag is not None:
        raise Invalid("snooze", "unreadable")
    return reading.value
