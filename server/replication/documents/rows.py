"""The rows of a pull as JSON text: opened where they were made before, otherwise built now."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from server.crypto import keyring
from server.replication.builders import Builder
from server.replication.queries.feed import FeedRow

_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class MadeRow:
    """A row that was built, sealed for the next who asks; None where there is no such entity."""

    kind: str
    id: str
    number: int
    sealed: bytes | None


@dataclass(slots=True)
class RowTexts:
    """Gives rows as text and remembers what it had to build."""

    session: Session
    builders: Mapping[str, Builder]
    today: dt.date
    made: list[MadeRow] = field(default_factory=list)

    def of(self, rows: Sequence[FeedRow]) -> list[bytes]:
        """The text of each row, as UTF-8: `[kind, id, number, document or null]`."""
        built = self._build([row for row in rows if row.is_held and row.body is None])
        opened = keyring.active().open_bytes
        texts = []
        for row in rows:
            if not row.is_held:
                texts.append(_text(row, None))
            elif row.body is None:
                texts.append(built[row.kind, row.id])
            else:
                texts.append(opened(row.body, _place(row)))
        return texts

    @property
    def missing(self) -> set[tuple[str, str]]:
        """(kind, id) of what the feed speaks of and nobody has."""
        return {(each.kind, each.id) for each in self.made if each.sealed is None}

    def _build(self, rows: Sequence[FeedRow]) -> dict[tuple[str, str], bytes]:
        wanted: dict[str, list[FeedRow]] = {}
        for row in rows:
            wanted.setdefault(row.kind, []).append(row)
        texts = {}
        for kind, asked in wanted.items():
            found = self.builders[kind](self.session, [row.id for row in asked], self.today)
            for row in asked:
                document = found.get(row.id)
                text = texts[kind, row.id] = _text(row, document)
                sealed = keyring.active().seal_bytes(text, _place(row)) if document else None
                self.made.append(MadeRow(kind, row.id, row.number, sealed))
        return texts


def _text(row: FeedRow, document: dict[str, Any] | None) -> bytes:
    return _JSON.encode([row.kind, row.id, row.number, document]).encode()


def _place(row: FeedRow) -> str:
    return f"documents.body:{row.kind}:{row.id}:{row.number}"
