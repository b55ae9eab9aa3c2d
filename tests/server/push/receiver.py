"""A push service, a gateway and a chat robot on the loopback: they answer what a test tells them.

`Browser` is what stands behind a push service: it makes the keys and reads the messages, by
`http_ece`, which is not what the server writes them with.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class Came:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Says:
    """One answer: a status, headers, a body; or `drip`, which sends a byte in each `seconds`."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip: float = 0.0
    hang: float = 0.0


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # of 24 that connect at once, five would be let in


class Receiver:
    """`answers` are given one after the other; the last one is repeated."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.came: list[Came] = []
        self.answers: list[Says] = [Says()]
        self.at_each: Callable[[Came], None] = lambda _came: None
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.scheme = "http"
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    def url(self, path: str = "/push/one") -> str:
        return self.origin + path

    def say(self, *answers: Says | int) -> None:
        self.answers = [Says(each) if isinstance(each, int) else each for each in answers]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", "0"))
        names = {name.lower(): value for name, value in handler.headers.items()}
        came = Came(handler.path, names, handler.rfile.read(length))
        with self._lock:
            self.came.append(came)
            said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.at_each(came)
        try:
            time.sleep(said.hang)
            if said.drip:
                self._drip(handler, said)
                return
            handler.send_response(said.status)
            for name, value in said.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(said.body)))
            handler.end_headers()
            handler.wfile.write(said.body)
        except OSError:
            handler.close_connection = True

    def _drip(self, handler: BaseHTTPRequestHandler, said: Says) -> None:
        handler.close_connection = True
        for byte in b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nX-Slow: " + b"x" * 1000:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(said.drip)


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for as long as the block runs."""
    receiver = Receiver(context)
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


class Browser:
    """The keys of a subscription, and what reads its messages."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, **more: Any) -> dict[str, Any]:
        """As a browser writes it."""
        keys = {"p256dh": in_url(self.point), "auth": in_url(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys, "expirationTime": None, **more}

    def read(self, came: Came) -> dict[str, Any]:
        """What a request says, decrypted."""
        assert came.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(
            came.body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )
        said: dict[str, Any] = json.loads(plain)
        return said


def claims_of(came: Came, public_key: str) -> dict[str, Any]:
    """The claims of the VAPID token, after its signature was verified by the bank's key."""
    scheme, _, rest = came.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert parts["k"] == public_key
    head, claims, signed = parts["t"].split(".")
    assert json.loads(out_of_url(head)) == {"alg": "ES256", "typ": "JWT"}
    raw = out_of_url(signed)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), out_of_url(public_key))
    signature = encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    )
    key.verify(signature, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    found: dict[str, Any] = json.loads(out_of_url(claims))
    return found


def in_url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def out_of_url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
