"""Handing customers to another officer, with their running loans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from server.customers.actions import ReassignCustomers, reassign_customers
from server.customers.queries import is_id
from server.customers.views import blueprint
from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.loans.actions import HandOverLoans, hand_over_loans
from server.web.doors import writes
from server.web.messages import message_for

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.post("/customers/reassignment", endpoint="reassign")
@writes
def reassign(session: Session, actor: Actor) -> ResponseReturnValue:
    """Hand the chosen customers to another officer, and their running loans when asked to."""
    ids = tuple(each for each in request.form.getlist("ids") if is_id(each))
    officer_id, reason = request.form.get("officer_id", ""), request.form.get("reason", "")[:300]
    loans = 0
    try:
        if not is_id(officer_id):
            raise Invalid("officer_id", "missing")
        command = ReassignCustomers(ids, officer_id, reason)
        changed = reassign_customers(session, actor, command)
        if request.form.get("loans"):
            loans = hand_over_loans(session, actor, HandOverLoans(ids, officer_id, reason))
    except Invalid as refusal:
        session.rollback()
        flash(_("客户经理没有更换：%(reason)s", reason=message_for(refusal)), "bad")
        return redirect(url_for("customers.index"), 303)
    flash(
        ngettext("%(num)d 位客户已更换客户经理。", "%(num)d 位客户已更换客户经理。", changed),
        "good",
    )
    if loans:
        told = ngettext("%(num)d 笔未结清贷款一并移交。", "%(num)d 笔未结清贷款一并移交。", loans)
        flash(told, "good")
    return redirect(url_for("customers.index"), 303)
