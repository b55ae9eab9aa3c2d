"""Addresses that programs ask, not people: every refusal is JSON, and nothing is redirected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import jsonify, request

if TYPE_CHECKING:
    from flask import Response

_PLACES: Final = ("/sync/", "/push/")


def asked_by_program() -> bool:
    """Whether the current request is to one of these addresses."""
    return request.path.startswith(_PLACES)


def refuse(code: str, status: int, **more: Any) -> tuple[Response, int]:
    """A refusal as programs read it: `{"error": code, ...}`."""
    return jsonify({"error": code, **more}), status
