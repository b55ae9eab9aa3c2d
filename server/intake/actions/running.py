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
from itertools import islice
from multiprocessing.reduction import ForkingPickler
from operator import attrgetter
from typing import Any, Final

from sqlalchemy.orm import Session

from server.customers.actions import Address, CheckedCustomer, Contact, NewCustomer
from server.database import record
from server.database.engine import begin_writing, is_writing
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.ledger.rows import Fault
from server.domain.terms import Terms
from server.intake.actions.laying import REFUSED, Memory, Outcome, lay_rows
from server.intake.actions.opening import Opened
from server.intake.actions.prepare import Prepared, Setting, prepare
from server.loans.actions import CheckedLoan, NewLoan

CHUNK_ROWS: Final = 1000
_CHUNKS_A_COMMIT: Final = 5
"""Every commit writes the pages of every index anew, so five cost little more than one."""
_CHILD_FROM_ROWS: Final = 3000


@dataclass(slots=True)
class Totals:
    """What became of the rows so far; `told` keeps those that a person should look at."""

    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    told: list[Outcome] = field(default_factory=list)
    most_told: int = 100_000

    def add(self, outcomes: list[Outcome]) -> None:
        """Count a chunk."""
        self.done += len(outcomes)
        for each in outcomes:
            self.counts[each.outcome] += 1
            if (each.faults or each.remarks) and len(self.told) < self.most_told:
                self.told.append(each)


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
    chunks = _chunks(opened, setting, rows or 0)
    with _without_pauses():
        try:
            for number, chunk in enumerate(chunks, 1):
                if not is_writing(session):
                    begin_writing(session)
                outcomes = _lay_chunk(session, actor, chunk, memory, dry=dry)
                totals.add(outcomes)
                steps.each_chunk(outcomes, totals)
                if number % steps.chunks_a_commit == 0:
                    session.commit()
                    session.expunge_all()
                    if not steps.goes_on(totals):
                        break
            session.commit()
        finally:
            chunks.close()
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


def _chunks(opened: Opened, setting: Setting, rows: int) -> Generator[list[Prepared]]:
    alone = threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods()
    if rows >= _CHILD_FROM_ROWS and alone and (multiprocessing.cpu_count() or 1) > 1:
        return _chunks_of_child(opened, setting)
    return _prepared_chunks(opened, setting)


def _prepared_chunks(opened: Opened, setting: Setting) -> Generator[list[Prepared]]:
    rows = opened.rows(setting.choices, setting.around)
    while chunk := [prepare(row, setting) for row in islice(rows, CHUNK_ROWS)]:
        yield chunk


def _chunks_of_child(opened: Opened, setting: Setting) -> Generator[list[Prepared]]:
    """Prepare in a forked child, one chunk ahead of the parent."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_prepare_for, args=(theirs, opened, setting), daemon=True)
    child.start()
    theirs.close()
    opened.sheet.release()
    opened.book.release()
    try:
        while True:
            try:
                chunk = ours.recv()
            except EOFError:
                raise Invalid("file", "broken") from None
            if isinstance(chunk, tuple):
                raise Invalid(*chunk)
            if not chunk:
                return
            yield chunk
    finally:
        ours.close()
        if child.is_alive():
            child.terminate()
        child.join()


def _travels_by_fields(made: type[Any]) -> None:
    """Let values of a dataclass cross to the parent for half of what pickling usually costs."""
    fields = attrgetter(*made.__dataclass_fields__)
    ForkingPickler.register(made, lambda value: (made, fields(value)))


for _made in (NewCustomer, Contact, Address, CheckedCustomer, NewLoan, CheckedLoan, Terms):
    _travels_by_fields(_made)


def _prepare_for(pipe: Any, opened: Opened, setting: Setting) -> None:
    """The child: chunks, then an empty one; a refused file as its field and reason."""
    try:
        with _without_pauses():
            for chunk in _prepared_chunks(opened, setting):
                pipe.send(chunk)
            pipe.send([])
    except Invalid as refusal:
        pipe.send((refusal.field, refusal.reason))
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        pipe.close()
