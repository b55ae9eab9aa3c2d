"""A device as the protocol knows it: it writes, pushes and pulls, and holds documents."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from benchmarks.sync.link import Link
from server.database import new_id
from sync.chunks import ChunkSize
from sync.clock import Stamp, tick
from sync.digest import tally
from sync.mutation import Mutation, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_APP: Final = "bench"


@dataclass(slots=True)
class Device:
    """What one device has: its documents by (kind, id) with their numbers, and what waits."""

    link: Link
    id: str
    user: str = ""
    cursor: str = ""
    documents: dict[tuple[str, str], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    waiting: list[Mutation] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)
    _written: int = 0
    _stamp: Stamp = field(init=False)

    def __post_init__(self) -> None:
        self._stamp = Stamp(0, 0, self.id)
        self.greet()

    def greet(self) -> None:
        """Say hello: it gives the token that every push carries."""
        asked = {"device": self.id, "waiting": len(self.waiting), "app": _APP}
        hello = self.link.get(f"/sync/v1/hello?{urlencode(asked)}")
        self.link.csrf, self.user = hello["csrf"], hello["user"]["id"]

    def write(
        self, entity: str, entity_id: str, op: str, fields: Mapping[str, Any], base: int = 0
    ) -> None:
        """Write one entry into the queue."""
        now = time.time_ns() // 1_000_000
        self._stamp = tick(self._stamp, now)
        self._written += 1
        self.waiting.append(
            Mutation(
                id=new_id(),
                device=self.id,
                n=self._written,
                entity=entity,
                entity_id=entity_id,
                op=op,
                base_number=base,
                writes=fields,
                was=self._seen(entity, entity_id, fields) if op == "edit" else {},
                stamp=self._stamp,
                app=_APP,
                schema=1,
                actor=self.user,
                made_at=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            )
        )

    def edit(self, entity: str, entity_id: str, fields: Mapping[str, Any]) -> None:
        """Edit what this device holds."""
        number, _ = self.documents[entity, entity_id]
        self.write(entity, entity_id, "edit", fields, base=number)

    def push(self) -> list[dict[str, Any]]:
        """Send all that waits; the results of this push."""
        self._stamp = tick(self._stamp, time.time_ns() // 1_000_000)
        body = {
            "device": self.id,
            "clock": self._stamp.ms,
            "mutations": [as_json(each) for each in self.waiting],
        }
        answer = self.link.post("/sync/v1/push", body, compressed=True)
        results: list[dict[str, Any]] = answer["results"]
        sent, self.waiting = self.waiting, []
        for mutation, result in zip(sent, results, strict=True):
            self._learn(mutation, result)
        return results

    def pull(self, size: ChunkSize = ChunkSize()) -> list[tuple[str, str]]:  # noqa: B008 (frozen)
        """Pull until there is no more; gives (kind, id) of what came. Every answer is quick."""
        came = []
        while True:
            asked = {"device": self.id, "cursor": self.cursor, "size": size.size}
            answer = self.link.get(f"/sync/v1/pull?{urlencode(asked)}")
            for kind, key, number, document in answer["rows"]:
                if document is None:
                    self.documents.pop((kind, key), None)
                else:
                    self.documents[kind, key] = (number, document)
                came.append((kind, key))
            self.cursor, size = answer["cursor"], size.after_quick()
            if not answer["more"]:
                self.tally = answer.get("tally") or {}
                return came

    def agrees(self) -> bool:
        """Whether this device holds exactly the rows that the server counts."""
        rows = tally((key, number) for (_, key), (number, _) in self.documents.items())
        return self.tally == {"count": rows.count, "total": rows.total}

    def _learn(self, mutation: Mutation, result: dict[str, Any]) -> None:
        """What a device writes it knows: the row of that number is not sent to it again."""
        number = result.get("number")
        if number is not None:
            key = (mutation.entity, mutation.entity_id)
            _, known = self.documents.get(key, (0, {}))
            news = result.get("news", {})
            self.documents[key] = (number, {**known, **mutation.writes, **news})

    def _seen(self, entity: str, entity_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        _, document = self.documents.get((entity, entity_id), (0, {}))
        return {name: document[name] for name in fields if name in document}
