"""GET /sync/v1/events: waits until there is something to pull.

A waiting request holds a thread, so only a few may wait at once in a process; the others are
answered at once and come back by their own timer.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from server.database import Session
from server.domain.access import Actor
from server.replication.queries.feed import Scope, has_news
from server.replication.views.asking import reader_who_asks
from server.replication.views.blueprint import blueprint
from server.web.doors import reads

WAITING_AT_ONCE: Final = 4
WAITS_S: Final = 25.0
_LOOKS_EVERY_S: Final = 1.0
_places: Final = threading.BoundedSemaphore(WAITING_AT_ONCE)


@blueprint.get("/events")
@reads
def events(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer `{"news": true}` as soon as something came after the number `after`, else 204."""
    scope = reader_who_asks(session, actor).scope
    after = request.args.get("after", 0, type=int)
    if _has_news(session, scope, after):
        return jsonify(news=True)
    if not _places.acquire(blocking=False):
        return "", 204
    try:
        return jsonify(news=True) if _comes(session, scope, after) else ("", 204)
    finally:
        _places.release()


def _comes(session: Session, scope: Scope, after: int) -> bool:
    until = time.monotonic() + WAITS_S
    while time.monotonic() < until:
        time.sleep(_LOOKS_EVERY_S)
        if _has_news(session, scope, after):
            return True
    return False


def _has_news(session: Session, scope: Scope, after: int) -> bool:
    """Look, and give the connection back while waiting."""
    found = has_news(session, scope, after)
    session.rollback()
    return found
