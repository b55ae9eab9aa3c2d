"""The desk's page of devices: who carries what, when it was heard, what it keeps; revoking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.replication.actions.devices import revoke_device
from server.replication.queries import devices as queries
from server.web.doors import reads, writes
from server.web.forms import FormState
from server.web.messages import message_for

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("fleet", __name__)


@blueprint.get("/devices")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the devices within reach, the one heard last first."""
    return render_template(
        "replication/devices.html",
        lines=queries.devices_of(session, actor),
        altered=queries.altered_entries(session, actor),
        empty=FormState(),
    )


@blueprint.post("/devices/<uuid:device_id>/revocation")
@writes
def revoke(session: Session, actor: Actor, device_id: UUID) -> ResponseReturnValue:
    """Take a device's access away, or tell that it was lost."""
    kind, reason = request.form.get("kind", ""), request.form.get("reason", "")
    try:
        revoke_device(session, actor, str(device_id), kind, reason)
    except Invalid as refusal:
        session.rollback()
        flash(message_for(refusal), "bad")
        return redirect(url_for("fleet.index"), 303)
    flash(_("设备已停用。它下次联系时会清除数据。"), "good")
    return redirect(url_for("fleet.index"), 303)
