"""/repayments/verify: whether a receipt that somebody shows is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from server.database import Session
from server.domain.access import Actor
from server.repayments import forms, queries
from server.repayments.views.payments import blueprint
from server.web.doors import reads
from server.web.entries import Entries

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/repayments/verify")
@reads
def verify(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form, and with `?code=` what can be said of the receipt."""
    entries = Entries(request.args)
    shown = forms.read_receipt(entries) if request.args.get("code") is not None else None
    answer = None
    if shown is not None and not entries.state.errors:
        answer = queries.verify_receipt(session, actor, shown)
    return render_template(
        "repayments/verify.html", form=entries.state, shown=shown, answer=answer
    ), 422 if entries.state.errors else 200
