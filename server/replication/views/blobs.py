"""/sync/v1/blobs: photos and signatures by tus 1.0 (core, creation, expiration, checksum).

A part that is cut off on its way is kept as far as it came. Every refusal is JSON with a code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Final, TypeVar

from flask import Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected
from werkzeug.http import http_date

from server.database import Session
from server.database.doors import in_a_transaction
from server.database.extension import current_session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.files import MAX_FILE_BYTES
from server.replication.actions import blobs
from server.replication.views.blueprint import blueprint
from server.replication.views.hello import BLOB_BYTES
from server.web.programs import refuse

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,expiration,checksum"
ALGORITHMS: Final = ("sha256", "sha1")
_PART: Final = "application/offset+octet-stream"
_STEP: Final = 64 * 1024
_CHECKSUM_MISMATCH: Final = 460
_NEVER_RIGHT: Final = frozenset({"sha256", "file_kind", "file_too_large"})
"""Refusals of a whole file that no further part can mend."""

_STATUS: Final = {"file_kind": 415, "file_too_large": 413, "too_many": 429, "too_long": 413}

Answer = TypeVar("Answer")


class _Refused(Exception):
    """A request that tus does not know. `headers` go with the answer."""

    def __init__(self, code: str, status: int, **headers: str) -> None:
        super().__init__(code)
        self.code, self.status = code, status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@blueprint.route("/blobs", methods=["OPTIONS"], provide_automatic_options=False)
def blob_options() -> ResponseReturnValue:
    """Say what is understood."""
    answer = Response(status=204)
    answer.headers["Tus-Version"] = VERSION
    answer.headers["Tus-Extension"] = EXTENSIONS
    answer.headers["Tus-Max-Size"] = str(MAX_FILE_BYTES)
    answer.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return _tus(answer)


@blueprint.post("/blobs")
def begin_blob() -> ResponseReturnValue:
    """Begin an upload: 201 with its address and how much of it is here already."""

    def work() -> Response:
        command = _announced()
        stand = _in_a_transaction(
            lambda session, actor: blobs.begin_upload(session, actor, command)
        )
        answer = _standing(stand, 201)
        answer.headers["Location"] = url_for("replication.blob_stand", upload_id=stand.id)
        return answer

    return _answered(work)


@blueprint.route("/blobs/<upload_id>", methods=["HEAD"], provide_automatic_options=False)
def blob_stand(upload_id: str) -> ResponseReturnValue:
    """Say how much of an upload is here."""

    def work() -> Response:
        answer = _standing(blobs.stand_of(current_session(), g.actor, upload_id), 200)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return _answered(work)


@blueprint.patch("/blobs/<upload_id>")
def add_to_blob(upload_id: str) -> ResponseReturnValue:
    """Take a part; with the last one the file is looked at."""

    def work() -> Response:
        offset, content = _offset(), _part()
        return _standing(_take(upload_id, offset, content), 204)

    return _answered(work)


def _take(upload_id: str, offset: int, content: bytes) -> blobs.Stand:
    folder = current_app.config["DATA_DIR"]
    try:
        return _in_a_transaction(
            lambda session, actor: blobs.add_part(
                session, actor, upload_id, offset, content, folder
            )
        )
    except Invalid as refusal:
        if refusal.reason in _NEVER_RIGHT:
            _in_a_transaction(
                lambda session, actor: blobs.end_upload(session, actor, upload_id, folder)
            )
        raise


def _in_a_transaction(work: Callable[[Session, Actor], Answer]) -> Answer:
    actor: Actor = g.actor
    return in_a_transaction(current_session(), lambda session: work(session, actor))


def _answered(work: Callable[[], Response]) -> ResponseReturnValue:
    """The answer to a request in the one version we speak, or its refusal."""
    try:
        if request.headers.get("Tus-Resumable") != VERSION:
            raise _Refused("version", 412, Tus_Version=VERSION)
        return _tus(work())
    except _Refused as refused:
        answer, status = refuse(refused.code, refused.status)
        answer.headers.update(refused.headers)
        return _tus(answer), status
    except blobs.OffsetDiffers as differs:
        answer, status = refuse("offset", 409, expected=differs.arrived)
        answer.headers["Upload-Offset"] = str(differs.arrived)
        return _tus(answer), status
    except blobs.DeviceGone as gone:
        wipe = {"order": "wipe"} if gone.kind == "lost" else {}
        answer, status = refuse("revoked", 403, **wipe)
        return _tus(answer), status
    except Invalid as refusal:
        status = _STATUS.get(refusal.reason, 422)
        answer, status = refuse(refusal.reason, status, field=refusal.field)
        return _tus(answer), status


def _tus(answer: Response) -> Response:
    answer.headers["Tus-Resumable"] = VERSION
    return answer


def _standing(stand: blobs.Stand, status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Upload-Offset"] = str(stand.arrived)
    if status == 200:
        answer.headers["Upload-Length"] = str(stand.length)
    if stand.arrived < stand.length:
        answer.headers["Upload-Expires"] = http_date(stand.expires_at)
    return answer


def _announced() -> blobs.BeginUpload:
    if "Upload-Defer-Length" in request.headers:
        raise _Refused("length", 400)
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    return blobs.BeginUpload(
        device_id=told.get("device", ""),
        sha256=told.get("sha256", "").lower(),
        media_type=told.get("filetype", ""),
        length=_whole("Upload-Length"),
    )


def _metadata(text: str) -> dict[str, str]:
    """`key base64,key base64`; what cannot be read is refused."""
    found = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise _Refused("metadata", 400) from None
    return found


def _offset() -> int:
    if request.mimetype != _PART:
        raise _Refused("content_type", 415)
    return _whole("Upload-Offset")


def _whole(header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise _Refused(header.lower().replace("-", "_"), 400)
    return int(text)


def _part() -> bytes:
    """The body, or as much of it as came before the line was cut."""
    if (request.content_length or 0) > BLOB_BYTES:
        raise _Refused("too_long", 413)
    pieces, size = list[bytes](), 0
    try:
        while piece := request.stream.read(_STEP):
            pieces.append(piece)
            size += len(piece)
            if size > BLOB_BYTES:
                raise _Refused("too_long", 413)
    except ClientDisconnected:
        pass
    content = b"".join(pieces)
    _check_sum(content)
    return content


def _check_sum(content: bytes) -> None:
    """Hold a part to its `Upload-Checksum`, if it has one."""
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return
    algorithm, _, told = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise _Refused("checksum_algorithm", 400)
    made = base64.b64encode(hashlib.new(algorithm, content, usedforsecurity=False).digest())
    if not hmac.compare_digest(made, told.encode()):
        raise _Refused("checksum", _CHECKSUM_MISMATCH)
