"""A device of the world: a replica, a queue, and the rules every client must keep."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

from sync.clock import Stamp, receive, tick
from tests.sync.builders import uuid7
from tests.sync.simulation.oracle import Oracle, Shown

Draft = dict[str, Any]

_SERIAL = itertools.count(1)


def new_id() -> str:
    """An id nobody has."""
    return uuid7(next(_SERIAL))


def new_device() -> str:
    """A device id nobody has."""
    return f"phone-{next(_SERIAL)}"


class Phone:
    """Documents by id with their numbers, conflicts by id, what waits and what was acknowledged."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.device = new_device()
        self.hands: tuple[str, ...] = (self.device,)
        self.n = 0
        self.skew_ms = 0
        self.stamp = Stamp(0, 0, self.device)
        self.epoch: str | None = None
        self.cursor: str | None = None
        self.given: set[int] = set()
        self.documents: dict[str, Draft] = {}
        self.conflicts: dict[str, Draft] = {}
        self.queue: list[Draft] = []
        self.kept: list[Draft] = []
        self.outcomes: dict[str, str] = {}

    def copied(self) -> Phone:
        """A second phone restored from a copy of this one: the same device id and queue."""
        twin = copy.copy(self)
        self.hands, twin.hands = (*self.hands, new_id()), (*self.hands, new_id())
        twin.given = set(self.given)
        twin.documents, twin.conflicts = copy.deepcopy((self.documents, self.conflicts))
        twin.queue, twin.kept = list(self.queue), list(self.kept)
        twin.outcomes = dict(self.outcomes)
        return twin

    def shown(self, entity_id: str) -> dict[str, Shown]:
        """What the screen shows of an entity: the replica under what waits."""
        document = self.documents.get(entity_id, {"fields": {}, "authors": {}})
        view = {
            name: Shown(value, document["authors"].get(name))
            for name, value in document["fields"].items()
        }
        for waiting in self._waiting(entity_id):
            view |= {name: Shown(value, waiting["id"]) for name, value in waiting["set"].items()}
        return view

    def customers(self) -> list[str]:
        """The customers on the screen, in a fixed order."""
        waiting = {draft["entity_id"] for draft in self.queue if draft["entity"] == "customer"}
        held = {i for i, document in self.documents.items() if document["kind"] == "customer"}
        return sorted(waiting | held)

    def write(self, now_ms: int, op: str, entity_id: str, values: Draft, **more: Any) -> None:
        """Write a mutation into the queue."""
        shown = self.shown(entity_id)
        self.n += 1
        self.stamp = tick(self.stamp, now_ms + self.skew_ms)
        draft = {
            "id": new_id(),
            "device": self.device,
            "n": self.n,
            "entity": "customer",
            "entity_id": entity_id,
            "op": op,
            "base_number": self._base_number(entity_id),
            "set": values,
            "was": {name: shown[name].value for name in values if name in shown},
            "stamp": str(self.stamp),
            "app": "1",
            "schema": 1,
            "actor": "officer",
            "made_at": "2026-05-01T09:30:00+08:00",
        } | more
        self.oracle.wrote(draft, shown, self.hands)
        self.queue.append(draft)

    def body(self, now_ms: int, most: int) -> bytes:
        """The next push."""
        self.stamp = tick(self.stamp, now_ms + self.skew_ms)
        push = {"device": self.device, "clock": self.stamp.ms, "mutations": self.queue[:most]}
        return json.dumps(push).encode()

    def hear_push(self, reply: dict[str, Any], now_ms: int) -> None:
        """Take the answer to a push."""
        if self.epoch is not None and reply["epoch"] != self.epoch:
            self._begin_again(reply["epoch"])
        if "results" not in reply:
            self._repair(reply.get("gap"))
            return
        heard = Stamp(reply["ms"], 0, "office")
        self.stamp = receive(self.stamp, heard, now_ms + self.skew_ms)
        for result in reply["results"]:
            self._hear(result)

    def pull(self, ask: Callable[[str | None, frozenset[int]], dict[str, Any]]) -> bool:
        """Ask for the next rows and store them with the cursor; tell whether there are more."""
        given = frozenset(self.given)
        reply = ask(self.cursor, given)
        if reply["epoch"] != self.epoch:
            self._begin_again(reply["epoch"])
            reply = ask(None, frozenset())
        for row in reply["rows"]:
            held = self.conflicts if row["kind"] == "conflict" else self.documents
            if row["number"] > held.get(row["id"], {"number": 0})["number"]:
                held[row["id"]] = row
        self.cursor = reply["cursor"]
        if not reply["more"]:
            self.given -= given
        return bool(reply["more"])

    def _waiting(self, entity_id: str) -> list[Draft]:
        return [draft for draft in self.queue if draft["entity_id"] == entity_id]

    def _base_number(self, entity_id: str) -> int:
        """The least anything shown was based on; nothing where the replica lacks the entity."""
        held = int(self.documents.get(entity_id, {"number": 0})["number"])
        waiting = [int(draft["base_number"]) for draft in self._waiting(entity_id)]
        return min([held, *waiting])

    def _begin_again(self, epoch: str) -> None:
        """Another life of the server: nothing it said before counts, all that is kept waits."""
        self.epoch, self.cursor = epoch, None
        self.given, self.documents, self.conflicts = set(), {}, {}
        self.queue, self.kept = self.kept + self.queue, []
        if any(draft["device"] != self.device for draft in self.queue):
            self._renumber()

    def _repair(self, gap: int | None) -> None:
        """A gap that can be filled is; otherwise, and for a copied phone: a new device id."""
        if gap is not None and self.kept:
            self.queue, self.kept = self.kept + self.queue, []
        numbers = [draft["n"] for draft in self.queue]
        own = all(draft["device"] == self.device for draft in self.queue)
        whole = numbers == list(range(numbers[0], self.n + 1))
        if gap is None or not (own and whole and numbers[0] <= gap):
            self._renumber()

    def _renumber(self) -> None:
        """Take a new device id and number afresh what waits; the ids of mutations stay."""
        self.device = new_device()
        self.stamp = Stamp(self.stamp.ms, self.stamp.counter, self.device)
        self.queue = [
            draft | {"device": self.device, "n": n, "stamp": draft["stamp"][:18] + self.device}
            for n, draft in enumerate(self.queue, 1)
        ]
        self.n = len(self.queue)

    def _hear(self, result: dict[str, Any]) -> None:
        draft = next((draft for draft in self.queue if draft["id"] == result["mutation"]), None)
        if draft is None:
            return
        self.queue.remove(draft)
        self.kept.append(draft)
        self.outcomes[draft["id"]] = result["outcome"]
        if "number" in result:
            self._stands(draft, result["number"], result.get("news", {}))

    def _stands(self, draft: Draft, number: int, news: Draft) -> None:
        """Write what became of an own mutation into the replica, unless a later row is there.

        The news tell what is new since the mutation's base: without that the row must be pulled.
        """
        held = self.documents.get(draft["entity_id"])
        if held["number"] >= number if held else draft["base_number"] > 0:
            return
        fields, authors = (held["fields"], held["authors"]) if held else ({}, {})
        own = dict.fromkeys(draft["set"], draft["id"])
        self.documents[draft["entity_id"]] = {
            "kind": draft["entity"],
            "id": draft["entity_id"],
            "number": number,
            "fields": {**fields, **draft["set"], **news},
            "authors": {**authors, **own, **dict.fromkeys(news)},
        }
        self.given.add(number)
