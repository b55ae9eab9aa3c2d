"""The body of a push: one device, its clock, and mutations in the order it wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from sync.clock import MAX_MS
from sync.errors import Malformed
from sync.mutation import Header, read_header
from sync.reading import read_device, read_object, read_whole
from sync.values import Json

MAX_PUSH_BYTES: Final = 8 * 1024 * 1024
MAX_MUTATIONS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Push:
    """A push whose every mutation can at least be stored.

    `clock` is the time (ms) of the stamp the device took for this push, `envelopes` the mutations
    as they came, `headers` what was read of each.
    """

    device: str
    clock: int
    envelopes: tuple[Mapping[str, Json], ...]
    headers: tuple[Header, ...]


def read_push(body: bytes) -> Push:
    """Read a decompressed body. Raises Malformed: the only reason to refuse a push for its form."""
    given = read_object("", _parse(body))
    device = read_device("device", given.get("device"))
    clock = read_whole("clock", given.get("clock"), most=MAX_MS)
    envelopes = given.get("mutations")
    if not isinstance(envelopes, list):
        raise Malformed("mutations", "type")
    if len(envelopes) > MAX_MUTATIONS:
        raise Malformed("mutations", "too_many")
    headers = tuple(_header(device, place, raw) for place, raw in enumerate(envelopes))
    return Push(device, clock, tuple(envelopes), headers)


def _header(device: str, place: int, raw: object) -> Header:
    try:
        header = read_header(raw)
    except Malformed as refused:
        raise Malformed(f"mutations.{place}.{refused.field}", refused.reason) from None
    except RecursionError:
        raise Malformed(f"mutations.{place}.", "too_deep") from None
    if header.device != device:
        raise Malformed(f"mutations.{place}.device", "other_device")
    return header


def _parse(body: bytes) -> object:
    if len(body) > MAX_PUSH_BYTES:
        raise Malformed("", "too_long")
    try:
        return json.loads(body, object_pairs_hook=_once, parse_constant=_refuse)
    except Malformed:
        raise
    except (ValueError, RecursionError):
        raise Malformed("", "json") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("", "repeated_key")
    return found


def _refuse(_constant: str) -> NoReturn:
    raise Malformed("", "json")
