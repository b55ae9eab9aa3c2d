"""What the server answers under `/field/`: setting a device up, and waking the worker.

Every other page of the field app is made by the worker, from the same templates. These two come
from the server because there is no worker yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, abort, current_app, request
from flask_login import current_user

from server.domain.access import Permission
from server.field.rendering import render_field
from server.web.appearance import TEXT_COOKIE, TEXT_SIZES, THEME_COOKIE, THEMES, known
from server.web.doors import public, reads
from server.web.language import LANGUAGES, current_language

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from server.database import Session
    from server.domain.access import Actor

blueprint = Blueprint("field", __name__, url_prefix="/field")

_LARGEST_PATH: Final = 2000


@blueprint.get("/start")
@reads
def start(_session: Session, actor: Actor) -> ResponseReturnValue:
    """Set this browser up for the person who is signed in."""
    actor.require(Permission.FIELD_USE)
    return _page("field/start.html", person={"name": current_user.name}, languages=list(LANGUAGES))


@blueprint.get("/")
@blueprint.get("/<path:path>")
@public
def waken(path: str = "") -> ResponseReturnValue:
    """Start the worker, which answers this address itself from then on."""
    if len(path) > _LARGEST_PATH:
        abort(404)
    return _page("field/waking.html")


def _page(name: str, **context: Any) -> str:
    return render_field(name, {"shell": _shell(), **context})


def _shell() -> dict[str, Any]:
    return {
        "language": current_language(),
        "theme": known(request.cookies.get(THEME_COOKIE), THEMES),
        "text_size": known(request.cookies.get(TEXT_COOKIE), TEXT_SIZES),
        "bank_name": current_app.config["BANK_NAME"],
    }
