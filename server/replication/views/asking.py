"""What the endpoints for reading share: who asks with which device, and how an answer leaves."""

from __future__ import annotations

from flask import Response, current_app, request

from server.covers.queries import lent_to
from server.database import Session
from server.database.doors import in_a_transaction
from server.database.engine import begin_reading
from server.domain.access import Actor
from server.replication.actions.keeping import keep_rows
from server.replication.builders import builders
from server.replication.documents import Chunk, Reader
from server.replication.documents.press import ENCODINGS, Press
from server.replication.queries.devices import own_device
from server.replication.queries.feed import Scope
from server.web.programs import refuse

LOST = "lost"


class DeviceRevoked(Exception):
    """The device may read no more. `kind` is `access` or `lost`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def reader_who_asks(session: Session, actor: Actor) -> Reader:
    """The device named in the address, read within a snapshot that begins here.

    Raises `NotAllowed`, `NotFound`, `DeviceRevoked`.
    """
    begin_reading(session)
    device = own_device(session, actor, request.args.get("device", ""))
    if device.revoked_kind is not None:
        raise DeviceRevoked(device.revoked_kind)
    return Reader(
        device_id=device.id,
        scope=Scope(device.user_id, actor.branch_id, lent_to(session, device.user_id, actor.today)),
        builders=builders(current_app.config["BANK_NAME"]),
        today=actor.today,
        encoding=_encoding(),
    )


def revoked(refusal: DeviceRevoked) -> tuple[Response, int]:
    """The answer to a revoked device; a lost one is told to wipe itself unasked."""
    if refusal.kind == LOST:
        return refuse("revoked", 403, order="wipe")
    return refuse("revoked", 403)


def sent(session: Session, reader: Reader, chunk: Chunk) -> Response:
    """The answer as it leaves, after what was built for it is kept."""
    session.rollback()
    if chunk.made:
        in_a_transaction(session, lambda writing: keep_rows(writing, chunk.made))
    return _answer(chunk.body, reader.encoding)


def packed(text: str) -> Response:
    """Some JSON as it travels, compressed as the device can unpack it."""
    encoding = _encoding()
    press = Press(encoding)
    press.add(text.encode())
    return _answer(press.finish(), encoding)


def _answer(body: bytes, encoding: str) -> Response:
    answer = Response(body, mimetype="application/json")
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _encoding() -> str:
    offered = request.accept_encodings
    return next((each for each in ENCODINGS if offered[each] > 0), "")
