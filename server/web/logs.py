"""What is logged and how: a line for people, or JSON for a collector; never a person's data.

A request is told by its route (`/loans/<uuid:loan_id>`), so that no address with an id or a search
gets into the log, and by the id of who asked, not the name. Of a failure stand the type and the
places in the code: the words of an error may hold a phone number.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from flask import g, has_request_context, request

if TYPE_CHECKING:
    from flask import Flask, Response

REQUEST_ID: Final = "X-Request-ID"
_LINE: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_UNTOLD: Final = frozenset({"static", "operations.live", "operations.ready", "operations.metrics"})
_SLOW_MS: Final = 1000

log = logging.getLogger("taizhang.requests")


def configure_logs(*, as_json: bool) -> None:
    """Send the log of this process to its standard error. For the process, not for an app."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if as_json else _TextFormatter(_LINE))
    handler.addFilter(_tell_request)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("taizhang").setLevel(logging.INFO)


def init_logs(app: Flask) -> None:
    """Give each request an id, answer it, and log the request's end."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The id of the current request: as the proxy in front gave it, or a new one."""
    found: str | None = g.get("request_id")
    if found is None:
        given = request.headers.get(REQUEST_ID, "")
        found = g.request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    return found


def told_exception(error: BaseException | None) -> str:
    """An exception and what caused it: types and places, no words and no values."""
    told: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)
        places = "".join(f"\n  {each.filename}:{each.lineno} {each.name}" for each in frames)
        told.append(f"{_type_of(error)}{places}")
        error = error.__cause__ or error.__context__
    return "\ncaused by ".join(told)


def _begin() -> None:
    g.begun = time.perf_counter()
    request_id()


def _end(answer: Response) -> Response:
    answer.headers[REQUEST_ID] = request_id()
    if request.endpoint in _UNTOLD:
        return answer
    ms = round((time.perf_counter() - g.get("begun", time.perf_counter())) * 1000, 1)
    route = request.url_rule.rule if request.url_rule else "-"
    method = request.method if request.method in _METHODS else "-"
    log.log(
        logging.WARNING if answer.status_code >= 500 or ms > _SLOW_MS else logging.INFO,
        "%s %s %d %.1f ms",
        method,
        route,
        answer.status_code,
        ms,
        extra={"method": method, "route": route, "status": answer.status_code, "ms": ms},
    )
    return answer


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


def _tell_request(record: logging.LogRecord) -> bool:
    """Add who asked, and in which request, to a record that is made in one."""
    if has_request_context():
        actor = g.get("actor")
        record.request_id = request_id()
        record.user_id = actor.user_id if actor is not None else None
    return True


def _type_of(error: BaseException) -> str:
    """The type, with the code of the database where it has one: that holds no data."""
    name = type(error).__name__
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return f"{name} ({code})" if code else name


class _TextFormatter(logging.Formatter):
    """One line a record, the request behind it."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the name that logging calls)
        return told_exception(ei[1])

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the same)
        told = super().formatMessage(record)
        asked = getattr(record, "request_id", None)
        user = getattr(record, "user_id", None)
        return "".join(
            (told, f" request={asked}" if asked else "", f" user={user}" if user else "")
        )


def _json_formatter() -> logging.Formatter:
    """The formatter of JSON lines; its library is loaded only where it is asked for."""
    from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 (most never need it)

    class Formatter(JsonFormatter):
        def formatException(self, ei: Any) -> str:  # noqa: N802 (the name that logging calls)
            return told_exception(ei[1])

    return Formatter(
        "%(levelname)s %(name)s %(message)s",
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
        timestamp="time",
        json_ensure_ascii=False,
    )
