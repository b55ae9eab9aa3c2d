"""Reads of reminders: how people want to be told, what is due for whom, what still holds."""

from server.reminders.queries.holding import still_true, text_holds
from server.reminders.queries.preferences import Wishes, digest_hours, readers_of, wishes_of
from server.reminders.queries.sent import TextShown, text_shown, texts_on, told_on

__all__ = [
    "TextShown",
    "Wishes",
    "digest_hours",
    "readers_of",
    "still_true",
    "text_holds",
    "text_shown",
    "texts_on",
    "told_on",
    "wishes_of",
]
