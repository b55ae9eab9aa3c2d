"""The writes of reminders."""

from server.reminders.actions.preferences import save_wishes

__all__ = ["save_wishes"]
