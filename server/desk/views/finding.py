"""The search box at the head of every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from server.database import Session
from server.desk import queries
from server.desk.views.blueprint import blueprint
from server.domain.access import Actor
from server.web.doors import reads

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/search")
@reads
def search(session: Session, actor: Actor) -> ResponseReturnValue:
    """Find customers and loans: a page of its own, or only the findings while typing."""
    text = request.args.get("q", "").strip()[:500]
    found = queries.find(session, actor, text)
    is_fragment = bool(request.headers.get("HX-Request"))
    template = "desk/_found.html" if is_fragment else "desk/search.html"
    return render_template(template, found=found, searched=text, search_text=text)
