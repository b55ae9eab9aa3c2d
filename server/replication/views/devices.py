"""POST /sync/v1/devices: enrols this browser for the person who is signed in."""

from __future__ import annotations

import base64
from typing import Any

from flask import jsonify, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.replication.actions.devices import EnrolDevice, enrol_device
from server.replication.views.blueprint import blueprint
from server.web.doors import writes


@blueprint.post("/devices")
@writes
def enrol(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer 201 with the device's id, the key of its receipts and the end of its lease."""
    enrolled = enrol_device(session, actor, _command(request.get_json(silent=True)))
    answer = jsonify(
        device=enrolled.device_id,
        receipt_key=base64.b64encode(enrolled.receipt_key).decode(),
        lease_until=enrolled.lease_until.isoformat(),
    )
    answer.headers["Cache-Control"] = "no-store"
    # From now on this browser is a device, which keeps its sign-in when its system kills it.
    cookie.permanent = True
    return answer, 201


def _command(given: Any) -> EnrolDevice:
    if not isinstance(given, dict):
        raise Invalid("", "json")
    values = {}
    for name in ("name", "platform", "app"):
        value = given.get(name, "")
        if not isinstance(value, str):
            raise Invalid(name, "type")
        values[name] = value
    return EnrolDevice(**values)
