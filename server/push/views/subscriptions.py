"""/push/v1/: a browser asks for the bank's key, subscribes, renews, unsubscribes, tries it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, jsonify, request

from server.config import ChannelSettings
from server.database import Session
from server.database.doors import in_a_transaction
from server.domain.access import Actor
from server.push import actions, queries
from server.push.forms import read_renewal, read_subscription
from server.web.doors import reads, writes

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("subscriptions", __name__, url_prefix="/push/v1")


@blueprint.get("/key")
@reads
def key(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer the public key to subscribe with: `{"key": base64url}`."""
    kept = queries.key_row(session) or in_a_transaction(
        session, lambda writing: actions.own_key(writing, actor.now)
    )
    answer = jsonify(key=kept.public)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/subscriptions")
@writes
def subscribe(session: Session, actor: Actor) -> ResponseReturnValue:
    """Take this browser's subscription: 201 with its id."""
    command = read_subscription(request.get_json(silent=True))
    row_id = actions.subscribe(session, actor, command, _settings().push_hosts)
    return jsonify(id=row_id), 201


@blueprint.post("/renewed")
@writes
def renewed(session: Session, actor: Actor) -> ResponseReturnValue:
    """Take the subscription that a browser made in place of an old one: 201 with its id."""
    old, command = read_renewal(request.get_json(silent=True))
    row_id = actions.renew(session, actor, old, command, _settings().push_hosts)
    return jsonify(id=row_id), 201


@blueprint.delete("/subscriptions/<uuid:subscription_id>")
@writes
def unsubscribe(session: Session, actor: Actor, subscription_id: UUID) -> ResponseReturnValue:
    """Drop one of one's own subscriptions: 204."""
    actions.unsubscribe(session, actor, str(subscription_id))
    return "", 204


@blueprint.post("/test")
@writes
def test(session: Session, actor: Actor) -> ResponseReturnValue:
    """Tell the person a test by all their channels: 202 with the notice and the browsers.

    Once a minute; sooner `notice` is null.
    """
    notice = actions.tell_test(session, actor)
    browsers = len(queries.subscriptions_of_person(session, actor.user_id or ""))
    return jsonify(notice=notice, devices=browsers), 202


def _settings() -> ChannelSettings:
    settings: ChannelSettings = current_app.config["CHANNELS"]
    return settings
