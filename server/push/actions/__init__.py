"""The writes of the channels: the key, subscriptions, hooks, and the way of a delivery."""

from server.push.actions.delivering import deliver_next
from server.push.actions.forgetting import sweep_deliveries
from server.push.actions.hooks import (
    SaveHook,
    note_trial,
    save_hook,
    set_hook_active,
    trial_call,
)
from server.push.actions.keys import own_key, renew_key
from server.push.actions.queueing import CustomerText, queue_notices, queue_text, tell_test
from server.push.actions.subscriptions import (
    Subscribe,
    drop_of_device,
    renew,
    subscribe,
    unsubscribe,
)

__all__ = [
    "CustomerText",
    "SaveHook",
    "Subscribe",
    "deliver_next",
    "drop_of_device",
    "note_trial",
    "own_key",
    "queue_notices",
    "queue_text",
    "renew",
    "renew_key",
    "save_hook",
    "set_hook_active",
    "subscribe",
    "sweep_deliveries",
    "tell_test",
    "trial_call",
    "unsubscribe",
]
