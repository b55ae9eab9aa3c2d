"""/handovers: cash that was handed in, against what stands in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.repayments import actions, queries
from server.web.doors import reads, writes
from server.web.forms import FormState

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("handovers", __name__)


@blueprint.get("/handovers")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show what waits for a signature, and the latest decided."""
    return _queue(session, actor, FormState(), "")


@blueprint.post("/handovers/<uuid:handover_id>/signature")
@writes
def sign(session: Session, actor: Actor, handover_id: UUID) -> ResponseReturnValue:
    """Sign for the cash."""
    return _decide(session, actor, str(handover_id), is_signed=True)


@blueprint.post("/handovers/<uuid:handover_id>/refusal")
@writes
def refuse(session: Session, actor: Actor, handover_id: UUID) -> ResponseReturnValue:
    """Give the cash back, with a reason."""
    return _decide(session, actor, str(handover_id), is_signed=False)


def _decide(
    session: Session, actor: Actor, handover_id: str, *, is_signed: bool
) -> ResponseReturnValue:
    state = FormState({"note": request.form.get("note", "")})
    act = actions.sign_handover if is_signed else actions.refuse_handover
    try:
        act(session, actor, handover_id, state.text("note"))
    except Invalid as refusal:
        state.refuse(refusal)
        return _queue(session, actor, state, handover_id), 422
    flash(_("已签收。") if is_signed else _("已退回，客户经理会收到通知。"), "good")
    return redirect(url_for("handovers.index"), 303)


def _queue(session: Session, actor: Actor, state: FormState, at: str) -> str:
    return render_template(
        "repayments/handovers.html",
        form=state,
        at=at,
        empty=FormState(),
        me=actor.user_id,
        waiting=queries.list_handovers(session, actor, waiting=True),
        decided=queries.list_handovers(session, actor, waiting=False),
    )
