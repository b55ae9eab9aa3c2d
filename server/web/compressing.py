"""Pages travel compressed by gzip, each with a random number of bytes that mean nothing.

Whoever can make a browser ask for pages and sees how long the encrypted answers are could guess a
secret in them letter by letter, where what he sends is shown beside it (BREACH). The sign-in cookie
does not travel with what other sites ask for (`SameSite=Lax`), except a page that opens whole; and
the filler hides what a right guess saves, as decision 22 tells.
"""

from __future__ import annotations

import gzip
import io
import secrets
from typing import TYPE_CHECKING, Final

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

_TYPES: Final = frozenset({"text/html", "application/manifest+json"})
_LEAST: Final = 500
"""Bytes below which compressing wins nothing."""
_FILLER: Final = 100
"""At most so many bytes of filler."""
_LEVEL: Final = 6


def init_compressing(app: Flask) -> None:
    """Compress each page that a browser takes compressed."""
    app.after_request(compressed)


def compressed(answer: Response) -> Response:
    """The same answer, in fewer bytes where it can be."""
    if answer.mimetype not in _TYPES or answer.is_streamed or answer.direct_passthrough:
        return answer
    answer.vary.add("Accept-Encoding")
    body = answer.get_data()
    is_taken = request.accept_encodings.quality("gzip") > 0
    if len(body) < _LEAST or not is_taken or answer.headers.get("Content-Encoding"):
        return answer
    answer.set_data(_pressed(body))
    answer.headers["Content-Encoding"] = "gzip"
    if "ETag" in answer.headers:
        answer.headers["ETag"] = f"W/{answer.headers['ETag'].removeprefix('W/')}"
    return answer


def _pressed(body: bytes) -> bytes:
    """The filler is the name of the file that gzip's head may tell; browsers pass it over."""
    out = io.BytesIO()
    filler = "x" * secrets.randbelow(_FILLER)
    with gzip.GzipFile(filler, "wb", _LEVEL, out, mtime=0) as press:
        press.write(body)
    return out.getvalue()
