"""What a person chose to do with notices, read from a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from server.database.notices import NoticeState
from server.domain.errors import Invalid
from server.domain.parsing.dates import parse_date
from server.domain.snoozing import snoozed_until
from server.notices.actions import DONE, READ, Mark
from server.reminders.queries import Wishes
from server.web.entries import Entries
from server.web.forms import FormState

CHANNELS: Final = ("web_push", "mail", "hook")
_MAIL_LENGTH: Final = 250
_LAST_HOUR: Final = 23
_DIGEST_FIRST: Final = 6
_DIGEST_LAST: Final = 20


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


def read_wishes(entries: Entries) -> Wishes:
    """How one wants to be told; what is wrong stands in `entries.state`."""
    return Wishes(
        channels=frozenset(entries.codes("channels", CHANNELS)),
        show_amounts=entries.is_set("show_amounts"),
        digest_at=entries.optional_whole("digest_at", _DIGEST_FIRST, _DIGEST_LAST),
        quiet_from=entries.whole("quiet_from", 0, _LAST_HOUR),
        quiet_until=entries.whole("quiet_until", 0, _LAST_HOUR),
        mail=entries.text("mail", most=_MAIL_LENGTH, required=False),
    )


def state_of_wishes(wishes: Wishes) -> FormState:
    """The form as it is first shown."""
    return FormState(
        {
            "channels": sorted(wishes.channels),
            "show_amounts": "1" if wishes.show_amounts else "",
            "digest_at": "" if wishes.digest_at is None else str(wishes.digest_at),
            "quiet_from": str(wishes.quiet_from),
            "quiet_until": str(wishes.quiet_until),
            "mail": wishes.mail,
        }
    )
