"""The server of the world: the engine's functions over dictionaries instead of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sync.clock import Stamp, correct, offset
from sync.conflict import Conflict, conflict_id
from sync.entity import Entity
from sync.errors import Clone, Gap, Malformed
from sync.feed import (
    Cursor,
    Feed,
    Start,
    first_number_after_restore,
    read_cursor,
    start_of,
    write_cursor,
)
from sync.merge import Stamped, merge, settled
from sync.mutation import Mutation, hash_of, read_mutation
from sync.order import Sent, Step, walk
from sync.outcome import Outcome, Result
from sync.policy import read_rules
from sync.push import read_push
from tests.sync.simulation.oracle import Oracle

KEY = b"the key of the simulated office"
ROWS_A_PULL = 4
RULES = read_rules(
    {
        "customer": {
            "fields": {"phone": "lww", "risk": "server", "visit": "max", "tags": "union"},
            "default": "hold",
        },
        "repayment": {"insert_only": True},
    }
)


@dataclass(frozen=True)
class Row:
    """A conflict row as it stands in the feed."""

    conflict: Conflict
    entity_id: str
    number: int
    is_open: bool


@dataclass
class Books:
    """All that a backup holds."""

    number: int = 0
    entities: dict[str, Entity] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    latest: dict[str, Stamp] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Books:
        """A copy that later changes leave alone; what the dictionaries hold is frozen."""
        return Books(
            number=self.number,
            entities=dict(self.entities),
            rows=dict(self.rows),
            hashes=dict(self.hashes),
            results=dict(self.results),
            last=dict(self.last),
            latest=dict(self.latest),
            merged=dict(self.merged),
        )


class Office:
    """Answers pushes and pulls; can be backed up and restored."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.books = Books()
        self.life = 1
        self.now_ms = 1_780_000_000_000
        self.altered: list[str] = []

    @property
    def epoch(self) -> str:
        """The name of this life of the database."""
        return f"life-{self.life}"

    def push(self, body: bytes) -> dict[str, Any]:
        """Take a push in one transaction and answer it."""
        push = read_push(body)
        last = self.books.last.get(push.device, 0)
        sent = [Sent(header.n, header.id, header.digest) for header in push.headers]
        try:
            judged = walk(last, sent, self.books.hashes)
        except Gap as gap:
            return {"epoch": self.epoch, "gap": gap.expected}
        except Clone as clone:
            return {"epoch": self.epoch, "clone": clone.n}
        difference = offset(push.clock, self.now_ms)
        for step, raw in zip(judged.steps, push.envelopes, strict=True):
            self._take(step, raw, difference)
        self.books.last[push.device] = judged.last
        results = [self.books.results[header.id].as_json() for header in push.headers]
        return {"epoch": self.epoch, "results": results, "ms": self.now_ms}

    def write(self, raw: dict[str, Any]) -> Result:
        """What somebody at the desk writes."""
        self._take(Step.ACCEPT, raw, 0)
        return self.books.results[raw["id"]]

    def pull(self, token: str | None, given: frozenset[int]) -> dict[str, Any]:
        """The next rows after a cursor without those whose number the device was given."""
        feed = Feed(self.epoch, "bank", self.books.number, 0, 1)
        cursor = None if token is None else read_cursor(token, KEY)
        if cursor is None or start_of(cursor, feed) is Start.RESTART:
            cursor = Cursor(self.epoch, "bank", 0, feed.hi, 1)
        found = sorted(
            (row for row in self._feed() if row["number"] > cursor.after),
            key=lambda row: row["number"],
        )
        page, more = found[:ROWS_A_PULL], len(found) > ROWS_A_PULL
        after = page[-1]["number"] if more else feed.hi
        return {
            "epoch": self.epoch,
            "rows": [row for row in page if row["number"] not in given],
            "cursor": write_cursor(replace(cursor, after=after), KEY),
            "more": more,
        }

    def restore(self, backup: Books) -> None:
        """Go back to a backup: the days since are lost and another life begins."""
        self.books = backup.copy()
        self.books.number = first_number_after_restore(backup.number, self.now_ms // 1000)
        self.life += 1
        self.oracle.lives = self.life

    def _take(self, step: Step, raw: Mapping[str, Any], difference: int) -> None:
        if step is Step.ALTERED:
            self.altered.append(raw["id"])
        if step is not Step.ACCEPT:
            return
        try:
            result = self._merge(read_mutation(raw), difference)
        except Malformed as refused:
            result = Result(raw["id"], Outcome.REJECTED, reason=f"{refused.field} {refused.reason}")
        self.books.hashes[raw["id"]] = hash_of(raw)
        self.books.results[raw["id"]] = result
        self.books.merged[raw["id"]] = self.books.merged.get(raw["id"], 0) + 1

    def _merge(self, mutation: Mutation, difference: int) -> Result:
        stamp = self._stamp(mutation, difference)
        before = self.books.entities.get(mutation.entity_id)
        merged = merge(before, mutation, RULES, stamp)
        if merged.outcome in (Outcome.HELD, Outcome.REJECTED):
            return Result(mutation.id, merged.outcome, reason=merged.reason)
        kept = [
            row.conflict for row in self.books.rows.values() if row.entity_id == mutation.entity_id
        ]
        self.oracle.check(before, mutation, merged, kept)
        number = None
        if merged.fields:
            number = self._next()
            to = Stamped(number, stamp)
            self.books.entities[mutation.entity_id] = settled(before, mutation, merged, to)
        rows = tuple(self._keep(conflict, mutation) for conflict in merged.conflicts)
        if merged.settles in self.books.rows:
            row = self.books.rows[merged.settles]
            self.books.rows[merged.settles] = replace(row, number=self._next(), is_open=False)
        return Result(mutation.id, merged.outcome, number, merged.news, rows)

    def _stamp(self, mutation: Mutation, difference: int) -> Stamp:
        latest = self.books.latest.get(mutation.device)
        stamp = correct(mutation.stamp, difference, self.now_ms, after=latest)
        self.books.latest[mutation.device] = stamp
        return stamp

    def _keep(self, conflict: Conflict, mutation: Mutation) -> str:
        row_id = conflict_id(mutation.id, conflict.field)
        row = Row(conflict, mutation.entity_id, self._next(), conflict.is_open)
        self.books.rows[row_id] = row
        return row_id

    def _next(self) -> int:
        self.books.number += 1
        return self.books.number

    def _feed(self) -> list[dict[str, Any]]:
        entities = [document_of(entity) for entity in self.books.entities.values()]
        return entities + [row_of(row_id, row) for row_id, row in self.books.rows.items()]


def document_of(entity: Entity) -> dict[str, Any]:
    """An entity as a device holds it."""
    return {
        "kind": entity.kind,
        "id": entity.id,
        "number": entity.number,
        "fields": {name: state.value for name, state in entity.fields.items()},
        "authors": {name: state.mutation for name, state in entity.fields.items()},
    }


def row_of(row_id: str, row: Row) -> dict[str, Any]:
    """A conflict as a device holds it."""
    shown = row.conflict
    return {
        "kind": "conflict",
        "id": row_id,
        "number": row.number,
        "entity_id": row.entity_id,
        "field": shown.field,
        "kept": shown.kept,
        "other": shown.other,
        "is_open": row.is_open,
    }
