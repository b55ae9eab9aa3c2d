"""Web push: a message encrypted for one browser (RFC 8291) and signed for its service (RFC 8292).

`webpush` encrypts and signs. What it leaves open is done here: the audience of the token keeps its
port, the time to live belongs to the message and not to the sender, and what no service takes (more
than 3,993 bytes) is refused before it is sent.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from server.push.sending.addresses import check_url
from server.push.sending.keys import public_pem
from server.push.sending.outcome import Fate, Outcome, of_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.push.sending.connecting import Outside

MOST_BYTES: Final = 3993
"""Of a message before it is encrypted; with 103 bytes of encryption the 4,096 of RFC 8030."""

TOKEN_LASTS: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class Message:
    """What one browser is told. `ttl` in seconds; `topic` has at most 32 characters of base64url:
    a message takes the place of one of the same topic that still waits at the push service.
    """

    endpoint: str
    p256dh: str
    auth: str
    content: bytes
    ttl: int
    urgent: bool
    topic: str


class WebPushSender:
    """Sends messages in the name of the bank. `contact` is a mail address for the push services."""

    def __init__(self, outside: Outside, private: str, contact: str) -> None:
        # It brings pydantic, 17 MB: only the processes that send load it.
        from webpush import WebPush  # noqa: PLC0415

        self._outside = outside
        self._ready = WebPush(
            private_key=private.encode(),
            public_key=public_pem(private),
            subscriber=contact,
            expiration=TOKEN_LASTS,
        )

    def send(self, message: Message, now: dt.datetime) -> Outcome:
        """Send one message and say what became of it."""
        if len(message.content) > MOST_BYTES:
            return Outcome(Fate.REFUSED, "too_long")
        answer = self._outside.posted(lambda: (message.endpoint, *self._made(message)))
        if isinstance(answer, Outcome):
            return answer
        return of_status(answer.status, answer.headers.get("retry-after", ""), now)

    def _made(self, message: Message) -> tuple[bytes, Mapping[str, str]]:
        url = check_url(message.endpoint, self._outside.allowed)
        # The library builds the audience from scheme and host: here the host brings its port.
        host = url.netloc.decode()
        keys = SimpleNamespace(p256dh=message.p256dh, auth=message.auth)
        address = SimpleNamespace(scheme=url.scheme, host=host)
        made = self._ready.get(message.content, SimpleNamespace(endpoint=address, keys=keys))
        return made.encrypted, {
            "authorization": made.headers["authorization"],
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(message.ttl),
            "urgency": "high" if message.urgent else "normal",
            "topic": message.topic,
        }
