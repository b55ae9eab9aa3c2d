"""The writes of reminders."""

from server.reminders.actions.preferences import save_wishes
from server.reminders.actions.reading import read_text
from server.reminders.actions.running import remind
from server.reminders.actions.tasks import remind_tasks
from server.reminders.actions.texts import remind_customers, text_key

__all__ = ["read_text", "remind", "remind_customers", "remind_tasks", "save_wishes", "text_key"]
