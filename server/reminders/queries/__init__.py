"""Reads of reminders: how people want to be told, what is due for whom, what still holds."""

from server.reminders.queries.holding import still_true, text_holds
from server.reminders.queries.preferences import Wishes, digest_hours, readers_of, wishes_of

__all__ = ["Wishes", "digest_hours", "readers_of", "still_true", "text_holds", "wishes_of"]
