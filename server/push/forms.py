"""From JSON of browsers and forms of administrators to commands."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from server.domain.errors import Invalid
from server.push.actions import SaveHook, Subscribe
from server.push.models import AUDIENCES, CHANNELS, HOOK_KINDS, STATES
from server.push.queries import DeliveryFilter
from server.web.entries import Entries
from server.web.language import LANGUAGES

_MOST_TEMPLATE: Final = 4000


def read_subscription(given: Any, place: str = "") -> Subscribe:
    """A subscription as browsers write it: `{endpoint, keys: {p256dh, auth}, expirationTime,
    device}`; what else there is counts for nothing. Raises `Invalid`.
    """
    found = _object(given, place)
    keys = _object(found.get("keys"), f"{place}keys")
    return Subscribe(
        endpoint=_text(found, "endpoint", place),
        p256dh=_text(keys, "p256dh", f"{place}keys."),
        auth=_text(keys, "auth", f"{place}keys."),
        expires_at=_moment(found.get("expirationTime")),
        device_id=_id(found.get("device")),
    )


def read_renewal(given: Any) -> tuple[str, Subscribe]:
    """The old endpoint ("" where the browser does not know it) and the new subscription."""
    found = _object(given, "")
    old = found.get("old")
    if old is not None and not isinstance(old, str):
        raise Invalid("old", "type")
    return old or "", read_subscription(found.get("new"), "new.")


def read_hook(entries: Entries) -> SaveHook:
    """A hook as typed; secrets that are left empty stay as they were."""
    branch = entries.text("branch_id", most=36, required=False)
    return SaveHook(
        name=entries.text("name", most=80),
        kind=entries.code("kind", HOOK_KINDS),
        audience=entries.code("audience", AUDIENCES),
        branch_id=_id(branch),
        language=entries.code("language", LANGUAGES),
        urgent_only=entries.is_set("urgent_only"),
        show_amounts=entries.is_set("show_amounts"),
        url=entries.text("url", most=2000, required=False),
        secret=entries.text("secret", most=200, required=False),
        authorization=entries.text("authorization", most=500, required=False),
        template="\n".join(entries.lines("template", most=_MOST_TEMPLATE)),
    )


def read_delivery_filter(entries: Entries) -> DeliveryFilter:
    """Which deliveries the log is asked for."""
    return DeliveryFilter(
        channel=entries.code("channel", CHANNELS, required=False),
        state=entries.code("state", STATES, required=False),
    )


def _object(given: Any, place: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Invalid(place, "json")
    return given


def _text(given: dict[str, Any], name: str, place: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{place}{name}", "type")
    return value


def _moment(value: Any) -> dt.datetime | None:
    """A browser's milliseconds; what is no moment is no expiry."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _id(value: Any) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
