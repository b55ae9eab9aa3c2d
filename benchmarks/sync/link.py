"""HTTP as a device speaks it: one kept connection, compressed both ways, every byte counted."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

import zstandard

from server.demo.people import PASSWORD

_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_GZIP: Final = 31
_TIMEOUT: Final = 120


class Refused(RuntimeError):
    """An answer that was not meant: its status and its body."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status}: {body[:300].decode(errors='replace')}")
        self.status = status


@dataclass(slots=True)
class Link:
    """A connection of one browser. `sent` and `received` count the bytes of bodies."""

    port: int
    cookie: str = ""
    csrf: str = ""
    sent: int = 0
    received: int = 0
    requests: int = 0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def get(self, path: str) -> Any:
        """Ask for JSON."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: Any, *, compressed: bool = False) -> Any:
        """Send JSON, or a text as it is, and read the JSON that comes back, if any."""
        text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.csrf}
        if compressed:
            press = zlib.compressobj(6, wbits=_GZIP)
            text = press.compress(text) + press.flush()
            headers["Content-Encoding"] = "gzip"
        return self._ask("POST", path, text, headers)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        told = {"Accept-Encoding": "gzip, zstd", "Cookie": self.cookie, **headers}
        self.requests += 1
        self.sent += len(body or b"")
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=_TIMEOUT
                )
            try:
                self._connection.request(method, path, body, told)
                answer = self._connection.getresponse()
                break
            except (http.client.HTTPException, OSError):
                # The server had closed a connection that was idle.
                self.close()
                if attempt == 2:
                    raise
        came = answer.read()
        self.received += len(came)
        if answer.status >= 400:
            raise Refused(answer.status, came)
        if not came:
            return None
        return json.loads(_plain(came, answer.headers.get("Content-Encoding", "")))


def _plain(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return zlib.decompress(body, wbits=_GZIP)
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return body


def sign_in(port: int, username: str) -> str:
    """Sign somebody in as a browser does; gives the cookies to send."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{port}/sign-in"
    page = opener.open(address, timeout=_TIMEOUT).read().decode()
    token = _TOKEN.search(page)
    form = {"username": username, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    answer = opener.open(address, urllib.parse.urlencode(form).encode(), timeout=_TIMEOUT)
    if answer.geturl().endswith("/sign-in"):
        raise RuntimeError(f"{username} was not let in")
    return "; ".join(f"{each.name}={each.value}" for each in jar)
