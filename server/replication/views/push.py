"""POST /sync/v1/push and /sync/v1/sealed: a body is read before the database is asked for anything.

A whole push is refused for its size, its form, its numbers or its device alone; what is wrong with
one entry is said in that entry's result.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from server.crypto.keyring import SealBroken
from server.crypto.sealing import unseal
from server.database import Session
from server.database.doors import in_a_transaction
from server.database.extension import current_session
from server.domain.access import Actor
from server.replication.actions.push import Answer, DeviceRefused, take_push
from server.replication.documents.warming import make_written
from server.replication.views.asking import packed
from sync.errors import Clone, Gap, Malformed
from sync.push import MAX_MUTATIONS, MAX_PUSH_BYTES, Push, read_push
from sync.reading import read_device, read_object

blueprint = Blueprint("push", __name__, url_prefix="/sync/v1")

MAX_RATIO: Final = 200
_RATIO_FROM: Final = 1024 * 1024
_STEP: Final = 64 * 1024
_STAMP_HEAD: Final = 18
"""Characters of a stamp before its device."""
_GZIP: Final = 16 + zlib.MAX_WBITS


class _TooLong(Exception):
    """The body is longer than any push may be; `limit` is the bound it broke."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


@blueprint.post("/push")
def push() -> ResponseReturnValue:
    """Take mutations and answer each, after the commit."""
    return _answered(lambda: _read(_body()))


@blueprint.post("/sealed")
def sealed() -> ResponseReturnValue:
    """Take entries sealed to the server, after a PIN was forgotten; answered as a push."""
    return _answered(lambda: _read(_unsealed(_body())))


def _answered(read: Callable[[], Push]) -> ResponseReturnValue:
    try:
        given = read()
        return _told(_taken(given))
    except _TooLong as refused:
        return jsonify(error="too_long", limit=refused.limit), 413
    except Malformed as refused:
        return jsonify(error="malformed", field=refused.field, reason=refused.reason), 422
    except Gap as gap:
        return jsonify(error="gap", expected=gap.expected), 409
    except Clone:
        return jsonify(error="clone"), 409
    except DeviceRefused as refused:
        if refused.reason == "not_yours":
            return jsonify(error="not_yours"), 403
        return jsonify(error="revoked", order="wipe"), 403


def _taken(given: Push) -> Answer:
    actor: Actor = replace(g.actor, origin=f"device:{given.device}")
    server_ms = int(actor.now.timestamp() * 1000)

    def work(session: Session) -> Answer:
        answer = take_push(session, actor, given, server_ms)
        make_written(session, actor, answer.wrote)
        return answer

    return in_a_transaction(current_session(), work)


def _told(answer: Answer) -> ResponseReturnValue:
    if answer.quarantined is not None:
        return jsonify(quarantined=list(answer.quarantined))
    told = {"results": list(answer.results), "stamp": answer.stamp, "last": answer.last}
    return packed(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _body() -> bytes:
    """The body, decompressed; never more of it in memory than a push may have."""
    raw = request.get_data(cache=False)
    if request.headers.get("Content-Encoding", "").lower() != "gzip":
        if len(raw) > MAX_PUSH_BYTES:
            raise _TooLong(MAX_PUSH_BYTES)
        return raw
    return _decompressed(raw)


def _decompressed(raw: bytes) -> bytes:
    press, parts, size, rest = zlib.decompressobj(_GZIP), list[bytes](), 0, raw
    try:
        while rest and not press.eof:
            part = press.decompress(rest, _STEP)
            rest = press.unconsumed_tail
            parts.append(part)
            size += len(part)
            if size > MAX_PUSH_BYTES or (size > _RATIO_FROM and size > MAX_RATIO * len(raw)):
                raise _TooLong(MAX_PUSH_BYTES)
    except zlib.error:
        raise Malformed("", "gzip") from None
    if not press.eof:
        raise Malformed("", "gzip")
    return b"".join(parts)


def _read(body: bytes) -> Push:
    try:
        return read_push(body)
    except Malformed as refused:
        if refused.reason == "too_many":
            raise _TooLong(MAX_MUTATIONS) from None
        raise


def _unsealed(body: bytes) -> bytes:
    """The body of the push that the sealed entries make, in their order."""
    try:
        given = read_object("", json.loads(body))
    except (ValueError, RecursionError):
        raise Malformed("", "json") from None
    device, items = read_device("device", given.get("device")), given.get("items")
    if not isinstance(items, list):
        raise Malformed("items", "type")
    push = {
        "device": device,
        "clock": int(time.time() * 1000),  # that of a locked device is not known: it is believed
        "mutations": [_opened(device, place, each) for place, each in enumerate(items)],
    }
    return json.dumps(push).encode()


def _opened(device: str, place: int, item: object) -> Mapping[str, Any]:
    """The entry in `{n, sealed}` as the n-th of this device.

    It was sealed before it had a number, perhaps under a device id that is gone with its PIN.
    """
    given = read_object(f"items.{place}", item)
    sealed_text = given.get("sealed")
    try:
        opened = json.loads(unseal(sealed_text if isinstance(sealed_text, str) else ""))
    except SealBroken:
        raise Malformed(f"items.{place}", "sealed") from None
    except (ValueError, RecursionError):
        raise Malformed(f"items.{place}", "json") from None
    entry = {**read_object(f"items.{place}", opened), "device": device, "n": given.get("n")}
    stamp = entry.get("stamp")
    if isinstance(stamp, str):
        entry["stamp"] = stamp[:_STAMP_HEAD] + device
    return entry
