"""/covers: which colleague looks after whose customers, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.covers import actions, forms, queries
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.web.doors import reads, writes
from server.web.forms import FormState
from server.web.messages import message_for

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("covers", __name__)


@blueprint.get("/covers")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the covers within reach, over the form of a new one; to others their own."""
    return _page(session, actor, FormState({"from_on": actor.today.isoformat()}))


@blueprint.post("/covers")
@writes
def give(session: Session, actor: Actor) -> ResponseReturnValue:
    """Let a colleague look after an officer's customers."""
    state, command = forms.read_cover(request.form)
    if command is not None:
        try:
            actions.give_cover(session, actor, command)
        except Invalid as refusal:
            session.rollback()
            state.refuse(refusal)
    if state.errors:
        return _page(session, actor, state), 422
    flash(_("代管已安排，两位同事会收到通知。"), "good")
    return redirect(url_for("covers.index"), 303)


@blueprint.post("/covers/<uuid:cover_id>/end")
@writes
def end(session: Session, actor: Actor, cover_id: UUID) -> ResponseReturnValue:
    """End a cover before its last day."""
    try:
        actions.end_cover(session, actor, str(cover_id), request.form.get("reason", ""))
    except Invalid as refusal:
        session.rollback()
        flash(message_for(refusal), "bad")
        return redirect(url_for("covers.index"), 303)
    flash(_("代管已结束。代管人的设备下次同步时会移除这些客户。"), "good")
    return redirect(url_for("covers.index"), 303)


def _page(session: Session, actor: Actor, form: FormState) -> str:
    may_give = actor.may(Permission.COVERS_GIVE)
    people = [
        (key, f"{name}（{branch or _('总行')}）")
        for key, name, branch in (queries.people(session, actor) if may_give else ())
    ]
    return render_template(
        "covers/index.html",
        lines=queries.covers(session, actor),
        people=people,
        may_give=may_give,
        form=form,
        empty=FormState(),
    )
