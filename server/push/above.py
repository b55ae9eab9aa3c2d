"""What the channels must know from rooms above: handed in once, when the app is made.

Who reads a notice and how that person wants it; the words; whether a notice still holds. The
channels ask again just before they send, so that nobody is told of what was paid meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from server.database.notices import Notice
from server.domain.reminding import after_the_quiet

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from server.push.models import OutgoingText

ALL_CHANNELS = frozenset(("web_push", "mail", "hook"))


@dataclass(frozen=True, slots=True)
class Reader:
    """An active person, and how that person wants to be told.

    `mail` is an address or "". Between `quiet_from` and `quiet_to`, times of the bank's day that
    may lie over midnight, nothing makes a sound; both None: no such hours.
    """

    user_id: str
    name: str
    language: str = "zh"
    channels: frozenset[str] = ALL_CHANNELS
    show_amounts: bool = False
    mail: str = ""
    quiet_from: dt.time | None = None
    quiet_to: dt.time | None = None


class Said(Protocol):
    """A title and a line, text without markup."""

    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...


class SaysWords(Protocol):
    """Says a notice in `zh` or `en`."""

    def __call__(
        self, kind: str, params: Mapping[str, Any], language: str, *, show_amounts: bool
    ) -> Said: ...


@dataclass(frozen=True, slots=True)
class Above:
    """`readers` leaves out whoever is no longer active. `buttons` gives the words of a
    notification's buttons (`open`, `snooze`, `done`) in a language. `still_true` and `text_holds`
    say whether a notice or a text may still leave.
    """

    readers: Callable[[Session, Collection[str]], Mapping[str, Reader]]
    words: SaysWords
    buttons: Callable[[str], Mapping[str, str]]
    still_true: Callable[[Session, Notice], bool] = lambda _session, _notice: True
    text_holds: Callable[[Session, OutgoingText], bool] = lambda _session, _text: True


_installed: list[Above] = []


def install(above: Above) -> None:
    """Hand in what the channels need; the last one stands."""
    _installed[:] = [above]


def active() -> Above:
    """What was handed in. Raises `RuntimeError` before `install`."""
    if not _installed:
        raise RuntimeError("nothing is handed in to the channels")
    return _installed[0]


def silent_until(reader: Reader, now: dt.datetime) -> dt.datetime | None:
    """The end of the quiet hours that `now`, in the bank's timezone, lies in; None outside."""
    if reader.quiet_from is None or reader.quiet_to is None:
        return None
    moved = after_the_quiet(now, reader.quiet_from, reader.quiet_to)
    return None if moved == now else moved
