"""Do two sides hold the same rows? A count and a sum that needs no order, by scope and by group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

GROUPS: Final = 256
_BYTES: Final = 6
_MODULUS: Final = 1 << (8 * _BYTES)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and the sum of their hashes modulo 2^48 (exact in a browser's numbers)."""

    count: int = 0
    total: int = 0

    def with_row(self, entity_id: str, number: int) -> Tally:
        """The tally with one row more."""
        return Tally(self.count + 1, (self.total + row_hash(entity_id, number)) % _MODULUS)

    def without_row(self, entity_id: str, number: int) -> Tally:
        """The tally with one row less."""
        return Tally(self.count - 1, (self.total - row_hash(entity_id, number)) % _MODULUS)


def row_hash(entity_id: str, number: int) -> int:
    """The first 48 bits of SHA-256 over `id:number`."""
    return int.from_bytes(hashlib.sha256(f"{entity_id}:{number}".encode()).digest()[:_BYTES], "big")


def group_of(entity_id: str) -> int:
    """The group, 0 to 255, of a UUID: its last two digits.

    The first ones of a UUIDv7 are its time: all rows of many years would fall into one group.
    """
    return int(entity_id[-2:], 16)


def tally(rows: Iterable[tuple[str, int]]) -> Tally:
    """The tally of rows (id, number)."""
    count = total = 0
    for entity_id, number in rows:
        count += 1
        total += row_hash(entity_id, number)
    return Tally(count, total % _MODULUS)


def sum_of(tallies: Iterable[Tally]) -> Tally:
    """The tally of all rows of several tallies, none of which is in two of them."""
    count = total = 0
    for each in tallies:
        count += each.count
        total += each.total
    return Tally(count, total % _MODULUS)


def by_scope(rows: Iterable[tuple[str, str, int]]) -> dict[str, Tally]:
    """The tally of each scope over rows (scope, id, number)."""
    found: dict[str, list[tuple[str, int]]] = {}
    for scope, entity_id, number in rows:
        found.setdefault(scope, []).append((entity_id, number))
    return {scope: tally(held) for scope, held in found.items()}


def by_group(rows: Iterable[tuple[str, int]]) -> dict[int, Tally]:
    """The tally of each group that has rows (id, number)."""
    found: dict[int, list[tuple[str, int]]] = {}
    for entity_id, number in rows:
        found.setdefault(group_of(entity_id), []).append((entity_id, number))
    return {group: tally(held) for group, held in found.items()}


def differing(ours: Mapping[int, Tally], theirs: Mapping[int, Tally]) -> tuple[int, ...]:
    """The groups to fetch again, in order."""
    empty = Tally()
    groups = ours.keys() | theirs.keys()
    return tuple(sorted(g for g in groups if ours.get(g, empty) != theirs.get(g, empty)))
