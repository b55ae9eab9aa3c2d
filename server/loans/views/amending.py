"""Amending a loan: the form, what it would change, recording it, undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.loans import actions, forms, queries
from server.loans.views.pages import blueprint, loan_context
from server.web.doors import reads, writes
from server.web.forms import FormState

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/loans/<uuid:loan_id>/amendments/<kind>")
@reads
def new_amendment(session: Session, actor: Actor, loan_id: UUID, kind: str) -> ResponseReturnValue:
    """Show the form of an amendment."""
    loan = _loan(session, actor, loan_id, kind)
    state = FormState({"value_on": actor.today.isoformat()})
    return render_template("loans/amend.html", **_context(session, actor, loan, kind, state))


@blueprint.post("/loans/<uuid:loan_id>/amendments/<kind>")
@writes
def amend(session: Session, actor: Actor, loan_id: UUID, kind: str) -> ResponseReturnValue:
    """Show what an amendment would change (`step=preview`), or record it."""
    loan = _loan(session, actor, loan_id, kind)
    entered = forms.read_amendment(request.form, kind, actor.today)
    preview = None
    if entered.event is not None:
        try:
            preview = actions.preview_amendment(session, actor, loan.id, entered.event)
            if request.form.get("step") != "preview":
                actions.amend_loan(session, actor, loan.id, entered.event, entered.reason)
                flash(_("调整已记录。"), "success")
                return redirect(url_for("loans.show", loan_id=loan.id, tab="events"), 303)
        except Invalid as refusal:
            entered.state.refuse(refusal)
    context = _context(session, actor, loan, kind, entered.state)
    status = 422 if entered.state.errors else 200
    return render_template("loans/amend.html", preview=preview, **context), status


@blueprint.get("/loans/<uuid:loan_id>/events/<uuid:event_id>/reversal")
@reads
def new_reversal(
    session: Session, actor: Actor, loan_id: UUID, event_id: UUID
) -> ResponseReturnValue:
    """Show the form that undoes an amendment."""
    return _reversal_page(session, actor, str(loan_id), str(event_id), FormState())


@blueprint.post("/loans/<uuid:loan_id>/events/<uuid:event_id>/reversal")
@writes
def reverse(session: Session, actor: Actor, loan_id: UUID, event_id: UUID) -> ResponseReturnValue:
    """Undo an amendment."""
    state = FormState({"reason": request.form.get("reason", "")})
    try:
        actions.reverse_amendment(session, actor, str(loan_id), str(event_id), state.text("reason"))
    except Invalid as refusal:
        state.refuse(refusal)
        return _reversal_page(session, actor, str(loan_id), str(event_id), state), 422
    flash(_("该项调整已冲正。"), "success")
    return redirect(url_for("loans.show", loan_id=loan_id, tab="events"), 303)


def _reversal_page(
    session: Session, actor: Actor, loan_id: str, event_id: str, state: FormState
) -> str:
    loan = queries.loan(session, actor, loan_id)
    actor.require(Permission.LOANS_AMEND, loan.branch_id)
    found = [each for each in queries.entries_of(session, loan.id) if each.id == event_id]
    if not found:
        raise NotFound("loan_event", event_id)
    sheet = queries.statement_on(session, loan, actor.today)
    context = loan_context(session, actor, loan, sheet)
    return render_template("loans/reverse.html", form=state, entry=found[0], **context)


def _loan(session: Session, actor: Actor, loan_id: UUID, kind: str) -> Any:
    if kind not in actions.AMENDMENT_KINDS:
        raise NotFound("amendment", kind[:20])
    loan = queries.loan(session, actor, str(loan_id))
    actor.require(Permission.LOANS_AMEND, loan.branch_id)
    return loan


def _context(
    session: Session, actor: Actor, loan: Any, kind: str, state: FormState
) -> dict[str, Any]:
    sheet = queries.statement_on(session, loan, actor.today)
    return {"form": state, "kind": kind, **loan_context(session, actor, loan, sheet)}
