"""Bringing in a file: chunk by chunk, with a commit every few, so that a stop loses little.

Two processes share the work where that pays: a child reads and prepares rows (pure work), the
parent lays them beside what stands and writes. A row that is in already is unchanged the next
time, so a run that was killed is simply run again.
"""

from __future__ import annotations

import gc
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from server.database import record
from server.database.engine import begin_writing, is_writing
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.ledger.rows import Fault
from server.intake.actions.ahead import Ahead, prepared_chunks
from server.intake.actions.laying import CREATED, REFUSED, Memory, Outcome, lay_rows
from server.intake.actions.opening import Opened
from server.intake.actions.prepare import Prepared, Setting

_CHUNKS_A_COMMIT: Final = 5
"""Every commit writes the pages of every index anew, so five cost little more than one."""
_CHILD_FROM_ROWS: Final = 3000
_MOST_REFUSED: Final = 100_000


@dataclass(slots=True)
class Totals:
    """What became of the rows so far; `refused` keeps those that did not go in."""

    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    refused: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: list[Outcome]) -> None:
        """Count a chunk."""
        self.done += len(outcomes)
        for each in outcomes:
            self.counts[each.outcome] += 1
            if each.outcome == REFUSED and len(self.refused) < _MOST_REFUSED:
                self.refused.append(each)


@dataclass(frozen=True, slots=True)
class Steps:
    """What happens around the chunks; after a commit, `goes_on` False stops the run."""

    each_chunk: Callable[[list[Outcome], Totals], None] = lambda _outcomes, _totals: None
    goes_on: Callable[[Totals], bool] = lambda _totals: True
    chunks_a_commit: int = _CHUNKS_A_COMMIT


def run_rows(
    session: Session,
    actor: Actor,
    opened: Opened,
    setting: Setting,
    *,
    dry: bool = False,
    steps: Steps | None = None,
    rows: int | None = None,
) -> Totals:
    """Bring all rows of an opened file in, or only say what would become of them (`dry`).

    Commits after every few chunks. `rows` is how many there are, if known: many are prepared in a
    process of their own.
    """
    for permission in (
        Permission.INTAKE_IMPORT,
        Permission.CUSTOMERS_WRITE,
        Permission.LOANS_WRITE,
    ):
        actor.require(permission)
    totals, memory, steps = Totals(), Memory(), steps or Steps()
    with _without_pauses():
        source = _source(opened, setting, rows or 0, actor, session)
        try:
            for number, chunk in enumerate(source.chunks, 1):
                if not is_writing(session):
                    begin_writing(session)
                outcomes = _lay_chunk(session, actor, chunk, memory, dry=dry)
                totals.add(outcomes)
                source.learn(outcomes)
                steps.each_chunk(outcomes, totals)
                if number % steps.chunks_a_commit == 0:
                    session.commit()
                    session.expunge_all()
                    if not steps.goes_on(totals):
                        break
            session.commit()
        finally:
            source.chunks.close()
    return totals


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Rows make no cycles to be collected; looking for them costs a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _lay_chunk(
    session: Session, actor: Actor, chunk: list[Prepared], memory: Memory, *, dry: bool
) -> list[Outcome]:
    if dry:
        return lay_rows(session, actor, chunk, memory, dry=True)
    memory.keep()
    try:
        with record.savepoint(session):
            return lay_rows(session, actor, chunk, memory)
    except Invalid:
        memory.undo()
    # Somebody else took a number between our looking and our writing: find out which row's.
    outcomes = []
    for row in chunk:
        memory.keep()
        try:
            with record.savepoint(session):
                outcomes += lay_rows(session, actor, [row], memory)
        except Invalid as refusal:
            memory.undo()
            outcomes.append(Outcome(row.row_no, REFUSED, (_fault(refusal),), row.remarks))
    return outcomes


def _fault(refusal: Invalid) -> Fault:
    return Fault(refusal.field, refusal.reason, dict(refusal.detail))


def _source(opened: Opened, setting: Setting, rows: int, actor: Actor, session: Session) -> _Source:
    alone = threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods()
    if rows >= _CHILD_FROM_ROWS and alone and (multiprocessing.cpu_count() or 1) > 1:
        ahead = Ahead(opened, setting, actor, session.get_bind().dialect)
        return _Source(ahead.chunks(), ahead)
    return _Source(prepared_chunks(opened, setting))


class _Source(NamedTuple):
    """Where the chunks come from; `ahead` where another process makes them."""

    chunks: Generator[list[Prepared]]
    ahead: Ahead | None = None

    def learn(self, outcomes: list[Outcome]) -> None:
        """Let the child know what became of a chunk: the next one is much the same."""
        if self.ahead is not None:
            created = sum(each.outcome == CREATED for each in outcomes)
            self.ahead.rows_are_known(known=2 * created < len(outcomes))
