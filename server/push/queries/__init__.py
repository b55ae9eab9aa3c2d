"""Reads of the channels: the key, subscriptions, hooks, deliveries."""

from server.push.queries.deliveries import (
    DeliveryFilter,
    DeliveryLine,
    deliveries,
    is_anything_due,
    outcomes_of,
    text_id_of,
    unread_of,
    waiting_deliveries,
)
from server.push.queries.targets import (
    active_hooks,
    browsers_by_id,
    endpoint_index,
    hook,
    hook_named,
    hooks,
    key_row,
    own_subscription,
    subscription_by_endpoint,
    subscriptions_of,
    subscriptions_of_person,
    summary,
)

__all__ = [
    "DeliveryFilter",
    "DeliveryLine",
    "active_hooks",
    "browsers_by_id",
    "deliveries",
    "endpoint_index",
    "hook",
    "hook_named",
    "hooks",
    "is_anything_due",
    "key_row",
    "outcomes_of",
    "own_subscription",
    "subscription_by_endpoint",
    "subscriptions_of",
    "subscriptions_of_person",
    "summary",
    "text_id_of",
    "unread_of",
    "waiting_deliveries",
]
