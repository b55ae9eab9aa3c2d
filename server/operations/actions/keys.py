"""Renewing seals: whatever is sealed under an older key is sealed under the newest, bit by bit.

A step opens some hundred values and seals them again in one transaction; nothing else of the row
changes, nor any blind index (its key has no versions). A value that somebody changed meanwhile is
left: it is under the newest key already. What was broken off goes on with what is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from server.crypto import keyring
from server.crypto.keyring import VERSION_BYTES, SealBroken
from server.database import record
from server.database.types import place
from server.domain.access import Actor
from server.operations.seals import (
    SealedColumn,
    Stores,
    file_version,
    head_of,
    sealed_columns,
)

log = logging.getLogger("taizhang.keys")

VALUES_A_STEP: Final = 500
FILES_A_STEP: Final = 10

Step = Callable[[Session, Actor], int]


@dataclass(slots=True)
class _Part:
    """How far one part is renewed in this run."""

    told: str
    renewed: int = 0
    broken: int = 0


@dataclass(slots=True)
class KeyRotation:
    """The job: `work(session, actor)` is one step, 0 when all stands under the newest key."""

    stores: Stores
    _steps: Iterator[Step] | None = field(default=None, init=False)

    def __call__(self, session: Session, actor: Actor) -> int:
        """Renew the next values; gives how many were looked at."""
        old = old_versions()
        if not old:
            return 0
        if self._steps is None:
            self._steps = self._all(old)
        for step in self._steps:
            try:
                done = step(session, actor)
            except BaseException:
                self._steps = None
                raise
            if done:
                return done
        self._steps = None
        return 0

    def _all(self, old: frozenset[int]) -> Iterator[Step]:
        """Steps without end for each part in turn, until a part has none left."""
        for column in sealed_columns():
            yield from _until_done(_ColumnRenewal(column, old, _Part(column.told)))
        yield from _until_done(
            lambda session, _actor: self.stores.forget(session, old, VALUES_A_STEP)
        )
        yield from _until_done(_FileRenewal(self.stores, old, _Part("files")))


def old_versions() -> frozenset[int]:
    """The versions of the keys that are kept only to open what was sealed before."""
    ring = keyring.active()
    return frozenset(ring.ciphers) - {ring.newest}


def _until_done(work: Step) -> Iterator[Step]:
    """The same step again and again until it has done nothing."""
    left = [1]

    def step(session: Session, actor: Actor) -> int:
        left[0] = work(session, actor)
        return left[0]

    while left[0]:
        yield step


@dataclass(slots=True)
class _ColumnRenewal:
    """Goes through a column by id."""

    column: SealedColumn
    old: frozenset[int]
    part: _Part
    after: str = ""

    def __call__(self, session: Session, actor: Actor) -> int:
        rows = self._next(session)
        if not rows:
            _note(session, actor, self.part)
            return 0
        changed = [each for each in (self._sealed_anew(row) for row in rows) if each]
        if changed:
            session.connection().execute(self._write(), changed)
        self.part.renewed += len(changed)
        self.part.broken += len(rows) - len(changed)
        self.after = rows[-1].id
        return len(rows)

    def _next(self, session: Session) -> list[Any]:
        table, sealed = self.column.table, self.column.table.c[self.column.column]
        versions = [version.to_bytes(VERSION_BYTES, "big") for version in sorted(self.old)]
        query = select(table.c.id, sealed.label("sealed")).where(head_of(sealed).in_(versions))
        if self.after:
            query = query.where(table.c.id > self.after)
        return list(session.execute(query.order_by(table.c.id).limit(VALUES_A_STEP)))

    def _sealed_anew(self, row: Any) -> dict[str, Any] | None:
        where, ring = place(self.column.table.name, self.column.name, row.id), keyring.active()
        try:
            plain = ring.open_bytes(row.sealed, where)
        except SealBroken:
            return None
        return {"key": row.id, "was": row.sealed, "becomes": ring.seal_bytes(plain, where)}

    def _write(self) -> Any:
        table, name = self.column.table, self.column.column
        return (
            update(table)
            .where(table.c.id == bindparam("key"), table.c[name] == bindparam("was"))
            .values({name: bindparam("becomes")})
        )


@dataclass(slots=True)
class _FileRenewal:
    """Goes through the sealed files of the data folder."""

    stores: Stores
    old: frozenset[int]
    part: _Part
    left: Iterator[tuple[Path, str]] | None = None

    def __call__(self, session: Session, actor: Actor) -> int:
        if self.left is None:
            self.left = self.stores.files()
        looked = 0
        for path, where in self.left:
            if file_version(path) not in self.old:
                continue
            looked += 1
            self._seal_anew(path, where)
            if looked == FILES_A_STEP:
                return looked
        if not looked:
            _note(session, actor, self.part)
        return looked

    def _seal_anew(self, path: Path, where: str) -> None:
        try:
            plain = keyring.active().open_bytes(path.read_bytes(), where)
        except FileNotFoundError:
            return
        except (OSError, SealBroken):
            self.part.broken += 1
            return
        if path.exists():
            self.stores.write(path, plain, where)
            self.part.renewed += 1


def _note(session: Session, actor: Actor, part: _Part) -> None:
    """Tell the audit of a part that is done, if there was anything."""
    if part.broken:
        log.warning("%d values of %s do not open and were left", part.broken, part.told)
    if not part.renewed:
        return
    changes: dict[str, list[Any]] = {
        "sealed_place": [None, part.told],
        "count": [None, part.renewed],
        "broken": [None, part.broken],
    }
    entity = ("keyring", str(keyring.active().newest))
    record.note(session, actor, "keys.rotate", entity, branch_id=actor.branch_id, changes=changes)
