"""GET /sync/v1/hello: server and device tell each other how they stand, before anything else."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any, Final

from flask import current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from server import VERSION
from server.crypto.sealing import public_point
from server.database import Session, record
from server.database.doors import in_a_transaction
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.replication.actions.devices import Contact, is_news, touch_device
from server.replication.actions.life import begin_life
from server.replication.kinds import SCHEMA
from server.replication.queries.devices import own_device
from server.replication.queries.feed import life_of_feed
from server.replication.views.blueprint import blueprint
from server.web.doors import reads
from sync.push import MAX_MUTATIONS, MAX_PUSH_BYTES

BLOB_BYTES: Final = 1024 * 1024
"""The most of a photo that one request brings."""

_STATES: Final = {None: "active", "access": "revoked", "lost": "lost"}


@blueprint.get("/hello")
@reads
def hello(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer the time, a CSRF token, the person, the device's state and the limits."""
    actor.require(Permission.FIELD_USE)
    device = _device(session, actor)
    life = life_of_feed(session) or in_a_transaction(
        session, lambda writing: begin_life(writing, actor.now)
    )
    answer = jsonify(
        server_ms=int(actor.now.timestamp() * 1000),
        csrf=generate_csrf(),
        user=_person(actor),
        device=device,
        epoch=life.epoch,
        hi=record.last_number(session),
        limits={
            "push_bytes": MAX_PUSH_BYTES,
            "push_mutations": MAX_MUTATIONS,
            "blob_bytes": BLOB_BYTES,
        },
        app=VERSION,
        schema=SCHEMA,
        seal_key=base64.b64encode(public_point()).decode(),
        zone=str(current_app.config["TIMEZONE"]),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _device(session: Session, actor: Actor) -> dict[str, Any] | None:
    """The device as it stands after this greeting; None where it is not this person's."""
    device_id, contact = request.args.get("device", ""), _contact(actor.now)
    try:
        device = own_device(session, actor, device_id)
        if is_news(device, contact, actor):
            device = in_a_transaction(
                session, lambda writing: touch_device(writing, actor, device_id, contact)
            )
    except NotFound:
        return None
    return {
        "id": device.id,
        "state": _STATES[device.revoked_kind],
        "lease_until": device.lease_until.isoformat(),
    }


def _contact(now: dt.datetime) -> Contact:
    """What the device says of itself; what cannot be read is not believed."""
    oldest = request.args.get("oldest", "")
    try:
        oldest_at = dt.datetime.fromisoformat(oldest) if oldest else None
    except ValueError:
        oldest_at = None
    if oldest_at is not None:
        oldest_at = None if oldest_at.tzinfo is None else min(oldest_at, now)
    waiting = request.args.get("waiting", 0, type=int)
    return Contact(waiting, oldest_at, request.args.get("app", ""))


def _person(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.user_id,
        "name": actor.name,
        "role": str(actor.role),
        "branch_id": actor.branch_id,
        "branch_name": current_user.branch_name or "",
        "language": g.language,
    }
