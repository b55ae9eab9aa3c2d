"""Preparing a long file ahead, in a child process, while its parent lays and writes the rows.

The child makes what the parent most likely needs: the rows to be written. Where the parent meets
rows that stand already (the same file again) it says so, and the child sends what rows say instead.
Whatever the parent needs and was not sent it prepares itself; while it would have to wait for the
child it prepares whole chunks, so that both are busy to the end.
"""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from multiprocessing.sharedctypes import RawValue
from operator import attrgetter
from queue import Full, Queue
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Dialect

from server.customers.actions import (
    Address,
    CheckedCustomer,
    Contact,
    CustomerRows,
    NewCustomer,
    rows_of,
)
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.ledger.rows import LedgerRow
from server.domain.terms import Terms
from server.intake.actions.opening import Opened
from server.intake.actions.prepare import Prepared, Setting, Told, Which, Who, prepare
from server.loans.actions import CheckedLoan, LoanRows, NewLoan, rows_of_loans

CHUNK_ROWS: Final = 1000
FIRST_ROWS: Final = 200
"""A short chunk first: nobody has anything to write before it is there."""
_CHUNKS_AHEAD: Final = 6
_BROKEN: Final = b""
"""What arrives of a child that ended without a word."""
_READ, _PREPARED, _END, _REFUSED = "read", "prepared", "end", "refused"


def prepared_chunks(opened: Opened, setting: Setting) -> Generator[list[Prepared]]:
    """The rows of a file, prepared in this process as they are asked for."""
    for chunk in _read_chunks(opened, setting):
        yield [prepare(row, setting) for row in chunk]


def _read_chunks(opened: Opened, setting: Setting) -> Iterator[list[LedgerRow]]:
    rows = opened.rows(setting.choices, setting.around)
    size = min(FIRST_ROWS, CHUNK_ROWS)
    while chunk := list(islice(rows, size)):
        yield chunk
        size = CHUNK_ROWS


class Ahead:
    """The child and its pipe, seen from the parent. `close` ends it, whatever it is doing."""

    def __init__(self, opened: Opened, setting: Setting, actor: Actor, dialect: Dialect) -> None:
        context = multiprocessing.get_context("fork")
        self._setting = setting
        self._are_known, self._waits = RawValue("b", 0), RawValue("b", 0)
        self._pipe, theirs = context.Pipe(duplex=False)
        parent = _Parent(self._are_known, self._waits)
        work = _Work(theirs, opened, setting, actor, dialect, parent)
        self._child = context.Process(target=work.run, daemon=True)
        self._child.start()
        theirs.close()
        opened.sheet.release()
        opened.book.release()
        self._arrived: Queue[bytes] = Queue(maxsize=_CHUNKS_AHEAD)
        self._stopped = threading.Event()
        self._reader = threading.Thread(target=self._receive, daemon=True)
        self._reader.start()

    def chunks(self) -> Generator[list[Prepared]]:
        """The rows. Raises `Invalid` for a file that turns out bad, or a child that died."""
        try:
            while (packed := self._next()) != _BROKEN:
                kind, rows, said = pickle.loads(packed)  # noqa: S301 (our own child wrote it)
                if kind == _REFUSED:
                    raise Invalid(*rows)
                if kind == _END:
                    return
                if kind == _READ:
                    yield [prepare(LedgerRow(*row), self._setting) for row in rows]
                else:
                    yield _opened_up(rows, _Said(said, self._setting))
            raise Invalid("file", "broken")
        finally:
            self.close()

    def rows_are_known(self, *, known: bool) -> None:
        """Tell the child what the parent will need of the rows to come."""
        self._are_known.value = known

    def close(self) -> None:
        """End the child."""
        self._stopped.set()
        if self._child.is_alive():
            self._child.terminate()
        self._child.join()
        self._reader.join(timeout=5)
        self._pipe.close()

    def _next(self) -> bytes:
        if self._arrived.empty():
            self._waits.value = 1
        return self._arrived.get()

    def _receive(self) -> None:
        """Take chunks off the pipe while the parent writes, so that the child never waits."""
        packed = b" "
        while packed and not self._stopped.is_set():
            try:
                packed = self._pipe.recv_bytes()
            except (EOFError, OSError):
                packed = _BROKEN
            while not self._stopped.is_set():
                try:
                    self._arrived.put(packed, timeout=0.5)
                    break
                except Full:
                    continue


class _Said:
    """What the rows of a chunk say: kept as bytes, opened when somebody asks for the first."""

    def __init__(self, packed: bytes, setting: Setting) -> None:
        self._packed, self._setting = packed, setting
        self._rows: list[Any] | None = None

    def at(self, place: int) -> Told:
        """What the row at that place of the chunk says."""
        if self._rows is None:
            self._rows = pickle.loads(self._packed)  # noqa: S301 (our own child wrote it)
        said = self._rows[place]
        if not isinstance(said, Told):
            told = prepare(LedgerRow(*said), self._setting).told
            assert told is not None  # noqa: S101 (it had no faults in the child)
            said = self._rows[place] = told()
        return said


class _Parent(NamedTuple):
    """What the parent says: flags in memory that both see."""

    knows_rows: Any
    waits: Any


class _Work:
    """The child's side."""

    def __init__(
        self,
        pipe: Connection,
        opened: Opened,
        setting: Setting,
        actor: Actor,
        dialect: Dialect,
        parent: _Parent,
    ) -> None:
        self.pipe, self.opened, self.setting = pipe, opened, setting
        self.actor, self.dialect, self.parent = actor, dialect, parent

    def run(self) -> None:
        """Send the chunks, then the end; of a refused file its field and reason."""
        try:
            for read in _read_chunks(self.opened, self.setting):
                if self.parent.waits.value:
                    self.parent.waits.value = 0
                    self._send(_READ, [tuple(row) for row in read])
                    continue
                rows = [prepare(row, self.setting) for row in read]
                (self._send_known if self.parent.knows_rows.value else self._send_new)(rows, read)
            self._send(_END)
        except Invalid as refusal:
            self._send(_REFUSED, (refusal.field, refusal.reason))
        except (BrokenPipeError, KeyboardInterrupt):
            pass
        finally:
            self.pipe.close()

    def _send_known(self, rows: list[Prepared], _read: list[LedgerRow]) -> None:
        said = [row.told and row.told() for row in rows]
        self._send(_PREPARED, [_bare(row) for row in rows], said)

    def _send_new(self, rows: list[Prepared], read: list[LedgerRow]) -> None:
        said = {row.row_no: row.told() for row in rows if row.told is not None}
        customers = rows_of([t.customer for t in said.values()], self.actor.now, self.dialect)
        numbered = {
            row_no: told.loan
            for row_no, told in said.items()
            if told.loan is not None and told.loan.values.contract_no
        }
        loans = rows_of_loans(list(numbered.values()), self.actor, self.setting.rules, self.dialect)
        of_customer = dict(zip(said, customers, strict=True))
        of_loan = dict(zip(numbered, loans, strict=True))
        bare = [_bare(row, of_customer.get(row.row_no), of_loan.get(row.row_no)) for row in rows]
        self._send(_PREPARED, bare, [tuple(row) for row in read])

    def _send(self, kind: str, rows: Sequence[Any] = (), said: Sequence[Any] = ()) -> None:
        """`said` is packed on its own: most often nobody opens it."""
        self.pipe.send_bytes(_pack((kind, rows, _pack(said))))


def _bare(
    row: Prepared, rows: CustomerRows | None = None, loan_rows: LoanRows | None = None
) -> tuple[Any, ...]:
    """A row as plain tuples, which cross for a quarter of what named ones cost."""
    return (
        row.row_no,
        row.faults,
        row.remarks,
        row.who and tuple(row.who),
        row.which and tuple(row.which),
        rows and tuple(rows),
        loan_rows and tuple(loan_rows),
    )


def _opened_up(bare: list[tuple[Any, ...]], said: _Said) -> list[Prepared]:
    """The rows as they were in the child."""
    return [
        Prepared(
            row_no,
            faults,
            remarks,
            who and Who(*who),
            which and Which(*which),
            (lambda place=place: said.at(place)) if who else None,  # type: ignore[misc]
            rows and CustomerRows(*rows),
            loan_rows and LoanRows(*loan_rows),
        )
        for place, (row_no, faults, remarks, who, which, rows, loan_rows) in enumerate(bare)
    ]


def _pack(value: Any) -> bytes:
    return bytes(ForkingPickler.dumps(value, pickle.HIGHEST_PROTOCOL))


def _travels_by_fields(made: type[Any]) -> None:
    """Let values of a dataclass cross for half of what pickling usually costs."""
    fields = attrgetter(*made.__dataclass_fields__)
    ForkingPickler.register(made, lambda value: (made, fields(value)))


for _made in (NewCustomer, Contact, Address, CheckedCustomer, NewLoan, CheckedLoan, Terms):
    _travels_by_fields(_made)
