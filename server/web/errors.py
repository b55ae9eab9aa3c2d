"""Error pages, and how refusals that no view caught become answers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from flask import Flask, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from server.database import record
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.web.messages import message_for
from server.web.programs import asked_by_program, refuse

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

STALE_PAGE = 419
"""The code of the page told for a CSRF token that no longer holds; the answer itself is a 400."""

_PAGE = "errors/error.html"
_HTTP_CODES: Final = {404: "not_found", 405: "method", 413: "too_long"}


def init_errors(app: Flask) -> None:
    """Register a page for each kind of refusal."""
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(Conflict, _conflict)
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(HTTPException, _http)


def _not_allowed(refusal: NotAllowed) -> ResponseReturnValue:
    _audit("access.refused", ("permission", refusal.permission))
    if asked_by_program():
        return refuse("not_allowed", 403, permission=refusal.permission)
    return render_template(_PAGE, code=403), 403


def _not_found(refusal: NotFound) -> ResponseReturnValue:
    _audit("access.not_found", (refusal.kind, refusal.key[:64]))
    if asked_by_program():
        return refuse("not_found", 404, kind=refusal.kind)
    return render_template(_PAGE, code=404), 404


def _invalid(refusal: Invalid) -> ResponseReturnValue:
    if asked_by_program():
        return refuse("invalid", 422, field=refusal.field, reason=refusal.reason)
    return render_template(_PAGE, code=400, detail=message_for(refusal)), 400


def _conflict(_refusal: Conflict) -> ResponseReturnValue:
    if asked_by_program():
        return refuse("conflict", 409)
    return render_template(_PAGE, code=409), 409


def _stale_page(_error: CSRFError) -> ResponseReturnValue:
    if asked_by_program():
        return refuse("csrf", 400)
    return render_template(_PAGE, code=STALE_PAGE), 400


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if error.code >= 500:
        return _broken(error.code)
    if asked_by_program():
        return refuse(_HTTP_CODES.get(error.code, "refused"), error.code)
    answer = render_template(_PAGE, code=error.code), error.code
    headers = [(name, value) for name, value in error.get_headers() if name == "Allow"]
    return (*answer, headers)


def _broken(code: int) -> ResponseReturnValue:
    """Tell a failure without what failed: a number stands on the page and beside it in the log.

    The database may be what failed, so the page asks for no person (`g.no_person`).
    """
    reference = secrets.token_hex(4)
    current_app.logger.error("reference %s: %s %s", reference, request.method, request.path)
    g.no_person = True
    if asked_by_program():
        return refuse("broken", code, reference=reference)
    return render_template(_PAGE, code=code, reference=reference), code


def _audit(action: str, entity: tuple[str, str]) -> None:
    """Write that somebody asked for what is not theirs, in a transaction of its own."""
    actor = getattr(g, "actor", None)
    if actor is None:
        return
    session = current_session()
    begin_writing(session)
    path = request.path[:200]
    record.note(session, actor, action, entity, branch_id=actor.branch_id, reason=path)
    session.commit()
