"""A long file is prepared in a child process: what arrives is what one process would have made."""

from __future__ import annotations

import multiprocessing
import pickle
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.domain.errors import Invalid
from server.domain.ledger.rows import LedgerRow
from server.domain.parameters import DEFAULTS
from server.intake.actions import Choices, ahead
from server.intake.actions import running as runs
from server.intake.actions.ahead import Ahead, prepared_chunks
from server.intake.actions.opening import Opened, open_ledger
from server.intake.actions.places import surroundings
from server.intake.actions.prepare import Prepared, Setting, setting_for
from server.intake.actions.running import run_rows
from server.loans.models import Loan
from tests.server.bank import TODAY, Bank
from tests.server.intake.sheets import ledger_row, workbook

_ROWS = 25


def _opened(session: Session, bank: Bank) -> tuple[Opened, Setting]:
    actor = bank.actor("chief")
    around = surroundings(session, actor)
    choices = Choices(branch_id=bank.branch_a, product_id=bank.product_id, accept_incomplete=True)
    rows = [ledger_row(serial) for serial in range(_ROWS)]
    opened = open_ledger(workbook(rows), "台账.xlsx", choices, around)
    return opened, setting_for(choices, around, opened.mapped, TODAY, TODAY, DEFAULTS)


def _ahead(session: Session, bank: Bank) -> Ahead:
    opened, setting = _opened(session, bank)
    return Ahead(opened, setting, bank.actor("chief"), session.get_bind().dialect)


def _said(row: Prepared) -> tuple[Any, ...]:
    told = row.told() if row.told else None
    loan = told.loan.values if told and told.loan else None
    opening = loan.opening if loan else None
    return (
        row.row_no,
        row.faults,
        row.remarks,
        row.who,
        row.which,
        told and (told.customer.values, told.given, told.figures),
        loan and (loan.terms, loan.contract_no, loan.purpose, loan.remark, loan.incomplete),
        opening and (opening.principal, opening.value_on, opening.overdue_principal),
    )


def _alone(session: Session, bank: Bank) -> list[Prepared]:
    return [row for chunk in prepared_chunks(*_opened(session, bank)) for row in chunk]


def test_the_child_gives_the_rows_that_one_process_would_make(
    session: Session, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "FIRST_ROWS", 5)
    monkeypatch.setattr(ahead, "CHUNK_ROWS", 10)
    chunks = list(_ahead(session, bank).chunks())
    assert [len(chunk) for chunk in chunks] == [5, 10, 10]
    rows = [row for chunk in chunks for row in chunk]
    assert [_said(row) for row in rows] == [_said(row) for row in _alone(session, bank)]


def test_the_child_makes_the_rows_to_be_written(session: Session, bank: Bank) -> None:
    kind, rows = _sent(session, bank)
    good = [row for row in rows if not row.faults]
    assert (kind, bool(good)) == (ahead._PREPARED, True)
    assert all(row.rows is not None and row.loan_rows is not None for row in good)
    assert [_said(row) for row in rows] == [_said(row) for row in _alone(session, bank)]


def test_of_rows_that_stand_the_child_sends_what_they_say(session: Session, bank: Bank) -> None:
    kind, rows = _sent(session, bank, knows_rows=True)
    assert kind == ahead._PREPARED
    assert all(row.rows is None and row.loan_rows is None for row in rows)
    assert [_said(row) for row in rows] == [_said(row) for row in _alone(session, bank)]


def test_while_the_parent_waits_the_child_only_reads(session: Session, bank: Bank) -> None:
    kind, rows = _sent(session, bank, waits=True)
    assert kind == ahead._READ
    assert [row.row_no for row in rows] == [row.row_no for row in _alone(session, bank)]


def _sent(
    session: Session, bank: Bank, *, knows_rows: bool = False, waits: bool = False
) -> tuple[str, list[Any]]:
    """The first chunk that the child sends to such a parent, as the parent opens it."""
    opened, setting = _opened(session, bank)
    pipe = _Pipe()
    parent = ahead._Parent(SimpleNamespace(value=knows_rows), SimpleNamespace(value=waits))
    dialect = session.get_bind().dialect
    ahead._Work(pipe, opened, setting, bank.actor("chief"), dialect, parent).run()
    kind, rows, said = pickle.loads(pipe.sent[0])
    if kind == ahead._READ:
        return kind, [LedgerRow(*row) for row in rows]
    return kind, ahead._opened_up(rows, ahead._Said(said, setting))


class _Pipe(Connection):
    """The child's end of a pipe that leads nowhere."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send_bytes(self, buf: Any, *_place: Any) -> None:
        self.sent.append(bytes(buf))

    def close(self) -> None:
        """There is nothing to close."""

    def __del__(self) -> None:
        """Nor at the end."""


@pytest.mark.parametrize("chunk_rows", [4, 1000])
def test_rows_made_by_the_child_are_written_and_known_again(
    session: Session, bank: Bank, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    def from_child(opened: Opened, setting: Setting, *_rest: Any) -> runs._Source:
        child = Ahead(opened, setting, bank.actor("chief"), session.get_bind().dialect)
        return runs._Source(child.chunks(), child)

    monkeypatch.setattr(runs, "_source", from_child)
    monkeypatch.setattr(ahead, "CHUNK_ROWS", chunk_rows)
    first = run_rows(session, bank.actor("chief"), *_opened(session, bank))
    again = run_rows(session, bank.actor("chief"), *_opened(session, bank))
    assert first.counts["created"] == session.query(Loan).count() > 0
    assert again.counts["unchanged"] == first.counts["created"]


def test_a_child_that_dies_is_told(
    session: Session, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_anything: Any) -> None:
        raise SystemExit(9)

    monkeypatch.setattr(ahead._Work, "run", dies)
    with pytest.raises(Invalid, match="broken"):
        list(_ahead(session, bank).chunks())


def test_whoever_stops_half_way_leaves_no_child(
    session: Session, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "CHUNK_ROWS", 1)
    chunks = _ahead(session, bank).chunks()
    next(chunks)
    chunks.close()
    assert not multiprocessing.active_children()
