"""How one wants to be told: channels, hours, what a lock screen shows, and one's browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.notices.forms import read_wishes, state_of_wishes
from server.push import actions as push
from server.push.queries import subscriptions_of_person
from server.reminders.actions import save_wishes
from server.reminders.queries import wishes_of
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("wishes", __name__, url_prefix="/account/notices")


@blueprint.get("")
@reads
def show(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the own wishes, this browser and the others."""
    return _page(session, actor, state_of_wishes(wishes_of(session, actor)))


@blueprint.post("")
@writes
def save(session: Session, actor: Actor) -> ResponseReturnValue:
    """Keep the wishes."""
    entries = Entries(request.form)
    wishes = read_wishes(entries)
    if not entries.state.errors:
        try:
            save_wishes(session, actor, wishes)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("提醒方式已保存。"), "good")
            return redirect(url_for("wishes.show"), 303)
    return _page(session, actor, entries.state), 422


@blueprint.post("/browsers/<uuid:subscription_id>/removal")
@writes
def remove(session: Session, actor: Actor, subscription_id: UUID) -> ResponseReturnValue:
    """Tell one of the own browsers nothing any more."""
    push.unsubscribe(session, actor, str(subscription_id))
    flash(_("这台设备不再收到提醒。"), "good")
    return redirect(url_for("wishes.show"), 303)


def _page(session: Session, actor: Actor, form: FormState) -> str:
    browsers = subscriptions_of_person(session, actor.user_id or "")
    return render_template("notices/wishes.html", form=form, browsers=browsers)
