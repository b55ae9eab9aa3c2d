"""Signed requests to other programs: a gateway for text messages, a chat robot, a bank's own.

The signature is HMAC-SHA256 under the hook's secret over `<unix seconds>.<body>`, in the header
`Taizhang-Signature: t=<unix seconds>,v1=<hex>`. Chat robots sign by their own rules.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from server.domain.errors import Invalid
from server.push.sending.outcome import Fate, Outcome, of_status

if TYPE_CHECKING:
    from server.push.sending.connecting import Answer, Outside

REPEATABLE: Final = frozenset(("json",))
"""Kinds whose receiver is told an Idempotency-Key, so that a request may be sent again."""

PLACES: Final = ("phone", "text", "title", "body", "id", "time")
"""What a gateway's template may name, as `{phone}`."""

_PLACE: Final = re.compile("{(" + "|".join(PLACES) + ")}")

_MOST_ROBOT_BYTES: Final = 2000
_TOO_FAST: Final = frozenset((-1, 45009, 45033, 130101, 90018))
_ROBOT_PAUSE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a hook leads, of which kind it is, and its secrets."""

    kind: str
    url: str
    secret: str = ""
    authorization: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a hook tells. `id` is the delivery's: a receiver that has seen it drops the second.

    `to` names a member of staff (`user`, `name`) or where a text goes (`phone` or `mail`).
    """

    id: str
    about: str
    kind: str
    title: str
    body: str
    url: str
    urgent: bool
    language: str
    at: str
    type: str = "notice"
    to: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """All of it as one text."""
        return "\n".join(each for each in (self.title, self.body, self.url) if each)


class HookSender:
    """Sends to hooks."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def send(self, target: Target, told: Told, now: dt.datetime) -> Outcome:
        """Send one request and say what became of it."""
        content = body_for(target, told)
        url, headers = target.url, headers_for(target, told, content, now)
        if target.kind == "dingtalk" and target.secret:
            url = _signed_address(target, now)
        answer = self._outside.posted(
            lambda: (url, content, headers), once=target.kind not in REPEATABLE
        )
        return answer if isinstance(answer, Outcome) else _judged(target.kind, answer, now)


def body_for(target: Target, told: Told) -> bytes:
    """The body of a request, UTF-8."""
    if target.kind in ("wecom", "dingtalk"):
        content: Any = {"msgtype": "text", "text": {"content": _cut(told.text, _MOST_ROBOT_BYTES)}}
    elif target.kind == "sms":
        content = filled(json.loads(target.template), told)
    else:
        content = {
            "v": 1,
            "delivery": told.id,
            "id": told.about,
            "type": told.type,
            "kind": told.kind,
            "title": told.title,
            "body": told.body,
            "url": told.url,
            "urgent": told.urgent,
            "lang": told.language,
            "at": told.at,
            "to": dict(told.to) if told.to else None,
        }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def headers_for(target: Target, told: Told, content: bytes, now: dt.datetime) -> Mapping[str, str]:
    """The headers of a request: the key of idempotency, and the signature where there is one."""
    headers = {"content-type": "application/json; charset=utf-8", "idempotency-key": told.id}
    if target.kind in ("json", "sms") and target.secret:
        headers["taizhang-signature"] = signature(target.secret, content, int(now.timestamp()))
    if target.authorization:
        headers["authorization"] = target.authorization
    return headers


def signature(secret: str, content: bytes, seconds: int) -> str:
    """The value of `Taizhang-Signature` for a body sent at a moment."""
    signed = hmac.digest(secret.encode(), f"{seconds}.".encode() + content, "sha256")
    return f"t={seconds},v1={signed.hex()}"


def check_template(text: str) -> str:
    """The template of a gateway: JSON with `{phone}` and `{text}` somewhere in its texts.

    Raises `Invalid("template", ...)`.
    """
    try:
        template = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("template", "not_json") from None
    if not isinstance(template, dict):
        raise Invalid("template", "not_an_object")
    written = json.dumps(template, ensure_ascii=False)
    if "{phone}" not in written or "{text}" not in written:
        raise Invalid("template", "places")
    return text


def filled(template: Any, told: Told) -> Any:
    """A template with its places filled in; what is filled in cannot change its form."""
    values = {
        "phone": (told.to or {}).get("phone", ""),
        "text": told.body if told.type == "text" else told.text,
        "title": told.title,
        "body": told.body,
        "id": told.id,
        "time": told.at,
    }
    return _filled(template, values)


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _filled(each, values) for name, each in part.items()}
    if isinstance(part, list):
        return [_filled(each, values) for each in part]
    if not isinstance(part, str):
        return part
    return _PLACE.sub(lambda found: values[found[1]], part)


def _signed_address(target: Target, now: dt.datetime) -> str:
    """DingTalk's way: the moment and its signature stand in the address."""
    moment = int(now.timestamp() * 1000)
    signed = hmac.digest(target.secret.encode(), f"{moment}\n{target.secret}".encode(), "sha256")
    mark = "&" if "?" in target.url else "?"
    sign = quote_plus(base64.b64encode(signed))
    return f"{target.url}{mark}timestamp={moment}&sign={sign}"


def _judged(kind: str, answer: Answer, now: dt.datetime) -> Outcome:
    outcome = of_status(answer.status, answer.headers.get("retry-after", ""), now)
    if outcome.fate is Fate.GONE:
        return Outcome(Fate.REFUSED, outcome.error)
    if outcome.fate is Fate.SENT and kind in ("wecom", "dingtalk"):
        return _robot_said(answer.body)
    return outcome


def _robot_said(body: bytes) -> Outcome:
    """Chat robots answer 200 also where they refuse; a code tells."""
    try:
        code = json.loads(body)["errcode"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Outcome(Fate.REFUSED, "robot_answer")
    if code == 0:
        return Outcome(Fate.SENT)
    if not isinstance(code, int):
        return Outcome(Fate.REFUSED, "robot_answer")
    if code in _TOO_FAST:
        return Outcome(Fate.LATER, f"robot_{code}", _ROBOT_PAUSE)
    return Outcome(Fate.REFUSED, f"robot_{code}")


def _cut(text: str, most: int) -> str:
    """As much of a text as fits into `most` bytes of UTF-8."""
    return text.encode()[:most].decode(errors="ignore")
