"""A device of the field app in Python: outbox, replica and cursor, speaking the HTTP contract.

It keeps the rules every client must keep: a number and a stamp for each entry, one push at a time,
nothing forgotten before it is acknowledged, rows stored with their cursor. Tests decide what the
network does between `body` and `hear`.
"""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from sync.clock import Stamp, read_stamp, receive, tick
from sync.digest import Tally, tally

Json = Any
Draft = dict[str, Any]

_SERIAL = itertools.count(1)
_NEVER = Stamp(0, 0, "")


def new_id() -> str:
    """A UUIDv7 nobody has."""
    tail = secrets.token_hex(6)
    return f"0190a000-{next(_SERIAL) % 65536:04x}-7{secrets.token_hex(2)[1:]}-8000-{tail}"


@dataclass
class Row:
    """A document the device holds, under its number; `whole`: as the server told it in a pull."""

    number: int
    document: Draft
    whole: bool = False


@dataclass
class FieldDevice:
    """One device of one signed-in person. `now_ms` is given by the test; `skew_ms` is its error.

    `client` is a browser of the test's app, or whatever answers `get` and `post` as one does.
    """

    client: Any
    device: str
    actor: str
    headers: dict[str, str] = field(default_factory=dict)
    n: int = 0
    skew_ms: int = 0
    stamp: Stamp = _NEVER
    cursor: str = ""
    outbox: list[Draft] = field(default_factory=list)
    kept: list[Draft] = field(default_factory=list)
    results: dict[str, Draft] = field(default_factory=dict)
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    wiped: bool = False
    agrees: bool = True
    repairs: int = 0

    def __post_init__(self) -> None:
        self.stamp = Stamp(self.stamp.ms, self.stamp.counter, self.device)

    # What the person does

    def write(
        self,
        now_ms: int,
        entity: str,
        entity_id: str,
        op: str,
        values: Draft,
        **more: Any,
    ) -> Draft:
        """Write an entry into the outbox, with what the person saw in its fields."""
        self.n += 1
        self.stamp = tick(self.stamp, now_ms + self.skew_ms)
        shown = self.shown(entity, entity_id) if op != "create" else {}
        draft: Draft = {
            "id": new_id(),
            "device": self.device,
            "n": self.n,
            "entity": entity,
            "entity_id": entity_id,
            "op": op,
            "base_number": self._base_number(entity, entity_id),
            "set": values,
            "was": {name: shown[name] for name in values if name in shown},
            "stamp": str(self.stamp),
            "app": "1.0.0",
            "schema": 1,
            "actor": self.actor,
            "made_at": "2026-03-10T09:30:00+08:00",
        } | more
        self.outbox.append(draft)
        return draft

    def shown(self, entity: str, entity_id: str) -> Draft:
        """The document under what waits."""
        row = self.rows.get((entity, entity_id))
        view = dict(row.document) if row else {}
        for waiting in self._waiting(entity, entity_id):
            view |= waiting["set"]
        return view

    # The push, in the two halves between which things go wrong

    def body(self, now_ms: int, most: int = 20_000) -> bytes:
        """The next push; the outbox stays as it is."""
        self.stamp = tick(self.stamp, now_ms + self.skew_ms)
        push = {"device": self.device, "clock": self.stamp.ms, "mutations": self.outbox[:most]}
        return json.dumps(push).encode()

    def send(self, body: bytes, *, packed: bool = True) -> TestResponse:
        """Let a body travel; what comes back is not heard yet."""
        headers = dict(self.headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body)
        answer: TestResponse = self.client.post(
            "/sync/v1/push", data=body, headers=headers, content_type="application/json"
        )
        return answer

    def hear(self, answer: TestResponse, now_ms: int) -> None:
        """Take the answer to a push."""
        told = answer.get_json(silent=True) or {}
        if answer.status_code == 200 and "results" in told:
            self.stamp = receive(self.stamp, read_stamp(told["stamp"]), now_ms + self.skew_ms)
            for result in told["results"]:
                self._hear_result(result)
        elif answer.status_code == 200:
            gone = set(told["quarantined"])
            self.kept += [draft for draft in self.outbox if draft["id"] in gone]
            self.outbox = [draft for draft in self.outbox if draft["id"] not in gone]
        elif answer.status_code == 403 and told.get("order") == "wipe":
            self._wipe()

    def push(self, now_ms: int, most: int = 20_000) -> TestResponse:
        """Push and hear the answer."""
        answer = self.send(self.body(now_ms, most))
        self.hear(answer, now_ms)
        return answer

    # The pull

    def ask(self, size: int | None = None) -> TestResponse:
        """Ask for the next chunk."""
        query: dict[str, Any] = {"device": self.device, "cursor": self.cursor}
        if size is not None:
            query["size"] = size
        answer: TestResponse = self.client.get(
            "/sync/v1/pull", query_string=query, headers=self.headers
        )
        return answer

    def store(self, answer: TestResponse) -> bool:
        """Store a chunk with its cursor; tell whether there are more."""
        told = answer.get_json(silent=True) or {}
        if answer.status_code == 403 and told.get("order") == "wipe":
            self._wipe()
            return False
        assert answer.status_code == 200, answer.get_data(as_text=True)
        if told["start"] == "restart":
            self.rows.clear()
        for kind, key, number, document in told["rows"]:
            held = self.rows.get((kind, key))
            if held is not None and held.number > number:
                continue
            if document is None:
                self.rows.pop((kind, key), None)
            else:
                self.rows[kind, key] = Row(number, document, whole=True)
        self.cursor = told["cursor"]
        if "tally" in told and not self.outbox:
            self.agrees = self.tally() == Tally(**told["tally"])
        return bool(told["more"])

    def pull(self) -> None:
        """Pull to the end; where the tally then differs, everything once more."""
        while self.store(self.ask()):
            pass
        if not self.agrees and not self.wiped:
            self.repairs += 1
            self.cursor, self.agrees = "", True
            while self.store(self.ask()):
                pass

    def tally(self) -> Tally:
        """How many rows it holds, and the sum of their hashes."""
        return tally((key, row.number) for (_, key), row in self.rows.items())

    def sync(self, now_ms: int) -> None:
        """Push all and pull to the end, as after a good connection."""
        if self.outbox:
            self.push(now_ms)
        if not self.wiped:
            self.pull()

    # What befalls it

    def renew(self, device: str) -> None:
        """Be another device from here: number afresh what waits, and pull everything again.

        What a copy of it pushed under the old id was left out of its pulls.
        """
        self.device = device
        self.stamp = Stamp(self.stamp.ms, self.stamp.counter, device)
        self.outbox = [
            draft | {"device": device, "n": n, "stamp": draft["stamp"][:18] + device}
            for n, draft in enumerate(self.outbox, 1)
        ]
        self.n, self.cursor = len(self.outbox), ""

    def copied(self) -> FieldDevice:
        """A second device restored from a copy of this one, under the same id."""
        return copy.deepcopy(self, {id(self.client): self.client})

    # What it keeps

    def _hear_result(self, result: Draft) -> None:
        draft = next((each for each in self.outbox if each["id"] == result["mutation"]), None)
        if draft is None:
            return
        self.outbox.remove(draft)
        self.kept.append(draft)
        self.results[draft["id"]] = result
        if "number" in result:
            self._stands(draft, result)

    def _stands(self, draft: Draft, result: Draft) -> None:
        """Write an own entry into the replica, unless a later row is there already.

        Entries of one push may bear one number; each is laid over the one before.
        """
        key = (draft["entity"], draft["entity_id"])
        held, number = self.rows.get(key), result["number"]
        if held is None and draft["op"] != "create":
            return
        if held is not None and (held.number > number or (held.number == number and held.whole)):
            return
        known = held.document if held else {"id": draft["entity_id"]}
        news = result.get("news", {})
        if {**draft["set"], **news}.get("deleted"):
            self.rows.pop(key, None)
            return
        self.rows[key] = Row(number, {**known, **draft["set"], **news})

    def _waiting(self, entity: str, entity_id: str) -> list[Draft]:
        return [
            draft
            for draft in self.outbox
            if draft["entity"] == entity and draft["entity_id"] == entity_id
        ]

    def _base_number(self, entity: str, entity_id: str) -> int:
        """The least that anything shown was based on; 0 where the replica lacks the entity."""
        row = self.rows.get((entity, entity_id))
        waiting = [int(draft["base_number"]) for draft in self._waiting(entity, entity_id)]
        return min([row.number if row else 0, *waiting])

    def _wipe(self) -> None:
        self.rows.clear()
        self.wiped = True
