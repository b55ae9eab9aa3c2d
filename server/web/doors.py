"""The two doors into a view: `reads` and `writes`. The door commits, nothing inside does.

A view behind a door takes `(session, actor, **url values)`. `writes` begins the write transaction
before the view reads anything, and commits before the answer leaves; an answer of 400 or more, or
an exception, rolls back.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from flask import g, make_response

from server.database.engine import begin_writing
from server.database.extension import current_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from server.domain.access import Actor

P = ParamSpec("P")
_FIRST_REFUSAL = 400


def public(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Mark a view that answers without sign-in; all others ask for it."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def is_public(view: Callable[..., Any] | None) -> bool:
    """Whether a view function was marked by `public`."""
    return bool(getattr(view, "is_public", False))


def reads(
    view: Callable[Concatenate[Session, Actor, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Open the door of a page that changes nothing."""

    @functools.wraps(view)
    def door(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(current_session(), g.actor, *args, **kwargs)

    return door


def writes(
    view: Callable[Concatenate[Session, Actor, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Open the door of an act: one write transaction, committed before the answer leaves."""

    @functools.wraps(view)
    def door(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        session = current_session()
        begin_writing(session)
        try:
            answer: Response = make_response(view(session, g.actor, *args, **kwargs))
        except BaseException:
            session.rollback()
            raise
        if answer.status_code < _FIRST_REFUSAL:
            session.commit()
        else:
            session.rollback()
        return answer

    return door
