"""Taking the mutations of a push: one by one, or many alike at once where their kind can.

A statement costs more than what it does. Entries of one kind that stand side by side are judged
each by itself, as ever, and then written together in one savepoint. Where anything is not as usual
that is undone and each is taken alone, so what becomes of it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from server.database import record
from server.replication.actions.chunk import Chunk, key_of
from server.replication.actions.taking import (
    LOST,
    Fate,
    Judged,
    author_of,
    judge,
    settle_fate,
    take,
    what_of,
)
from server.replication.kinds import KINDS
from sync.clock import Stamp
from sync.mutation import Mutation

_MOST: Final = 500

Sent = tuple[Mutation, Stamp]


def take_all(chunk: Chunk, sent: Sequence[Sent]) -> Iterator[Fate]:
    """Take mutations in their order; gives the fate of each. Raises as `take` does."""
    for run in _runs(sent):
        if len(run) == 1:
            yield take(chunk, *run[0])
        else:
            yield from _together(chunk, run)


def _runs(sent: Sequence[Sent]) -> Iterator[list[Sent]]:
    """Neighbours of one kind and op, each of another entity, where the kind can take many."""
    run: list[Sent] = []
    ids: set[str] = set()
    for mutation, stamp in sent:
        if run and not (_goes_with(run[0][0], mutation, ids) and len(run) < _MOST):
            yield run
            run, ids = [], set()
        run.append((mutation, stamp))
        ids.add(mutation.entity_id)
    if run:
        yield run


def _goes_with(first: Mutation, mutation: Mutation, ids: set[str]) -> bool:
    kind = KINDS.get(mutation.entity)
    return (
        kind is not None
        and kind.write_many is not None
        and (mutation.entity, mutation.op) == (first.entity, first.op)
        and mutation.entity_id not in ids
    )


def _together(chunk: Chunk, run: Sequence[Sent]) -> list[Fate]:
    try:
        judged = [judge(chunk, *each) for each in run]
        written = iter(_written(chunk, [each for each in judged if isinstance(each, Judged)]))
    except LOST:
        raise
    except Exception:  # noqa: BLE001 (which one it was shows when each is taken alone)
        return [take(chunk, *each) for each in run]
    return [each if isinstance(each, Fate) else next(written) for each in judged]


def _written(chunk: Chunk, judged: Sequence[Judged]) -> list[Fate]:
    if not judged:
        return []
    write_many = judged[0].kind.write_many
    assert write_many is not None  # noqa: S101 (the run was chosen by it)
    session = chunk.session
    names = {key_of(each.mutation): author_of(chunk, each) for each in judged}
    with record.savepoint(session), record.authors(session, names):
        written = write_many(session, chunk.actor, [what_of(chunk, each) for each in judged])
    return [settle_fate(chunk, *each) for each in zip(judged, written, strict=True)]
