"""What a browser is told: one JSON object, small enough for every push service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from server.push.sending.web_push import MOST_BYTES

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """A notification. `url` is a path of the app, `badge` the count on its icon, `at` ISO."""

    id: str
    kind: str
    title: str
    body: str
    url: str
    urgent: bool
    badge: int
    at: str
    lang: str


def push_document(shown: Shown, buttons: Mapping[str, str]) -> bytes:
    """The notification as UTF-8 JSON of at most 3,993 bytes; the line is cut where it is longer."""
    content = _written(shown, buttons)
    while len(content) > MOST_BYTES and shown.body:
        excess = len(content) - MOST_BYTES
        shown = replace(shown, body=_without(shown.body, excess))
        content = _written(shown, buttons)
    return content


def _without(text: str, excess: int) -> str:
    """The text shorter by at least `excess` bytes, ended by dots where any of it is left."""
    kept = text.encode()[: -(excess + len("…".encode()))].decode(errors="ignore")
    return f"{kept}…" if kept else ""


def _written(shown: Shown, buttons: Mapping[str, str]) -> bytes:
    actions = [{"action": name, "title": title} for name, title in buttons.items()]
    document = {"v": VERSION, "tag": shown.id, **asdict(shown), "actions": actions}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
