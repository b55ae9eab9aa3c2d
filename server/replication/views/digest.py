"""GET /sync/v1/digest: where a device and the server differ, and the rows of what differs."""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.replication.documents import digest_of, rows_of_groups
from server.replication.documents.comparing import GROUPS_AT_ONCE
from server.replication.views.asking import reader_who_asks, sent
from server.replication.views.blueprint import blueprint
from server.web.doors import reads
from sync.digest import GROUPS


@blueprint.get("/digest")
@reads
def digest(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer the tallies of all groups, or with `groups=3,17` the rows and ids of these."""
    asked = request.args.get("groups")
    groups = None if asked is None else _read_groups(asked)
    reader = reader_who_asks(session, actor)
    if groups is None:
        return jsonify(groups=digest_of(session, reader))
    return sent(session, reader, rows_of_groups(session, reader, groups))


def _read_groups(text: str) -> set[int]:
    """Raises `Invalid("groups", …)` for what is no list of a few groups."""
    words = text.split(",")
    if not all(word.isascii() and word.isdecimal() and len(word) <= 3 for word in words):
        raise Invalid("groups", "shape")
    groups = {int(word) for word in words}
    if max(groups) >= GROUPS:
        raise Invalid("groups", "out_of_range")
    if len(groups) > GROUPS_AT_ONCE:
        raise Invalid("groups", "too_many", most=GROUPS_AT_ONCE)
    return groups
