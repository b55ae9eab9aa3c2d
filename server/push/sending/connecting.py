"""Requests to addresses that others chose: checked when typed, and again at each connection.

A name may lead to a public address when it is checked and to an internal one a second later, so
what counts is the address that is connected to. Redirects are not followed, no proxy of the
environment is used, and a request has one deadline for all its parts: an answer that drips in
byte by byte ends with it. Of a long answer only the beginning is read.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

from server.push.sending.addresses import AddressRefused, check_url, is_allowed, is_public
from server.push.sending.outcome import Fate, Outcome

SECONDS: Final = 15.0
"""For a whole request: connecting, TLS, sending, and what is read of the answer."""

CONNECT_SECONDS: Final = 5.0
RESTS: Final = 30.0
MOST_ANSWER: Final = 16 * 1024
_BEFORE_SENDING: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

for _name in ("httpx", "httpcore"):
    # They write each address into the log, and an address here is as good as a password.
    logging.getLogger(_name).setLevel(logging.WARNING)

_ends_at: ContextVar[float] = ContextVar("ends_at")


class HostRests(Exception):
    """The host did not answer a moment ago; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request: status, headers, and at most `MOST_ANSWER` bytes of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which to try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Outside:
    """A client for such requests; threads may share it. `allowed` is as of `check_url`."""

    def __init__(
        self,
        allowed: Iterable[str] = (),
        *,
        seconds: float = SECONDS,
        context: ssl.SSLContext | None = None,
        resolver: Resolve = resolve,
        rests: float = RESTS,
    ) -> None:
        self.allowed = frozenset(allowed)
        self._rests = rests
        self._resting: dict[str, float] = {}
        self._seconds = seconds
        transport = _Transport(
            _Guard(self.allowed, resolver), context or httpx.create_ssl_context()
        )
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "taizhang", "accept-encoding": "identity"},
        )

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send and read the answer. Raises `AddressRefused`, `HostRests`, `httpx.TransportError`.

        A host that did not answer is left alone for a while, so that a hundred messages to a dead
        one do not wait a hundred times.
        """
        target = check_url(url, self.allowed)
        if self._resting.get(target.host, 0.0) > time.monotonic():
            raise HostRests(target.host)
        try:
            return self._posted(target, content, headers)
        except httpx.TransportError:
            self._resting[target.host] = time.monotonic() + self._rests
            raise

    def posted(
        self, make: Callable[[], tuple[str, bytes, Mapping[str, str]]], *, once: bool = False
    ) -> Answer | Outcome:
        """The answer to a request that `make` gives as of `post`, or what its absence means.

        Where a second request would be taken for another message (`once`), one that may have
        arrived is not tried again.
        """
        try:
            return self.post(*make())
        except AddressRefused as refused:
            return Outcome(Fate.REFUSED, f"address_{refused.reason}")
        except HostRests:
            return Outcome(Fate.LATER, "host_rests")
        except _BEFORE_SENDING as failure:
            return Outcome(Fate.LATER, _code(failure))
        except httpx.TransportError as failure:
            return Outcome(Fate.UNKNOWN if once else Fate.LATER, _code(failure))

    def _posted(self, target: httpx.URL, content: bytes, headers: Mapping[str, str]) -> Answer:
        token = _ends_at.set(time.monotonic() + self._seconds)
        try:
            request = self._client.stream("POST", target, content=content, headers=dict(headers))
            with request as answer:
                return Answer(answer.status_code, answer.headers, _beginning(answer))
        finally:
            _ends_at.reset(token)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _beginning(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_raw():
        parts.append(part)
        size += len(part)
        if size >= MOST_ANSWER:
            break
    return b"".join(parts)[:MOST_ANSWER]


class _Transport(httpx.HTTPTransport):
    """httpx's own transport over connections that are made by the guard."""

    def __init__(self, guard: _Guard, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=32,
            max_keepalive_connections=16,
            keepalive_expiry=30,
            network_backend=guard,
        )


class _Guard(httpcore.NetworkBackend):
    """Connects to public addresses alone, or to hosts that the operator named."""

    def __init__(self, allowed: frozenset[str], resolver: Resolve) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers."""
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("name") from error
        if not is_allowed(host, port, self._allowed) and not all(map(is_public, addresses)):
            raise AddressRefused("internal")
        failure: Exception = httpcore.ConnectError("name")
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, _left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Timed(stream)
        raise failure


class _Timed(httpcore.NetworkStream):
    """A connection each of whose waits ends with the deadline of its request."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come."""
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on under TLS."""
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """Ask the connection under this one."""
        return self._inner.get_extra_info(info)


def _left(timeout: float | None) -> float:
    """The seconds until the deadline, or fewer. Raises `httpcore.ReadTimeout` after it."""
    left = _ends_at.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("deadline")
    return left if timeout is None else min(timeout, left)


def _code(failure: httpx.TransportError) -> str:
    """`ConnectTimeout` as `connect_timeout`; the failure's own text may name the address."""
    name = type(failure).__name__
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name).lstrip("_")
