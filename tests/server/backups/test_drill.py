"""The drill: a busy bank is backed up while it works, and restored to exactly one moment."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from server.backups import actions
from server.backups.actions import postgres, sqlite
from server.backups.actions.around import engine_of
from server.database import record
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.database.models import Counter
from server.loans.actions import differences
from server.loans.models import Loan
from server.loans.queries import statement_on
from server.repayments.actions import RecordRepayment, record_repayment
from server.repayments.models import Repayment
from tests.server.backups.vault import around_of, attach, backed_up, fill, restore, statements
from tests.server.bank import TODAY, Bank


@dataclass
class Desk(threading.Thread):
    """Somebody who takes payments all the time; after each it writes down how the loan stands."""

    app: Flask
    actor: Any
    loans: list[str]
    seen: list[tuple[int, str, object]] = field(default_factory=list)
    fault: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        try:
            number = 0
            while not self.over.is_set() and number < 400:
                number += 1
                with self.app.app_context():
                    self._take(self.loans[number % len(self.loans)], number)
        except Exception as fault:
            self.fault = fault
            raise

    def _take(self, loan_id: str, number: int) -> None:
        session = current_session()
        begin_writing(session)
        paid = RecordRepayment(loan_id, number, dt.date(2026, 3, 9), method="cash")
        record_repayment(session, self.actor, paid)
        session.commit()
        audited = session.scalar(select(Counter.audited)) or 0
        loan = session.get_one(Loan, loan_id)
        self.seen.append((audited, loan_id, statement_on(session, loan, TODAY)))
        session.rollback()


def _slowly() -> bool:
    time.sleep(0.002)
    return True


def test_a_busy_bank_is_restored_to_the_moment_of_its_backup(
    app: Flask, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    loans = fill(bank, app, 4)
    before = statements(bank)
    bank.session.rollback()
    monkeypatch.setattr(sqlite, "_PAGES_A_STEP", 16)
    around = replace(around_of(app), goes_on=_slowly)
    desk = Desk(app, bank.actor("chief"), loans)
    bank.session.rollback()
    desk.start()
    try:
        while len(desk.seen) < 5 and desk.is_alive():
            time.sleep(0.01)
        row = backed_up(bank, around)
        then = len(desk.seen)
        while len(desk.seen) < then + 3 and desk.is_alive():
            time.sleep(0.01)
    finally:
        desk.over.set()
        desk.join()
    assert desk.fault is None
    attach(bank, app, bank.session.get_one(Loan, loans[0]).customer_id, 99)
    bank.session.commit()
    assert row.audited is not None
    known = [each for each in desk.seen if each[0] <= row.audited]
    assert 5 <= len(known) < len(desk.seen)
    found = actions.verify_backup(bank.session, bank.actor("chief"), around, row.name)
    assert (found.how, found.files) == ("whole", 4)

    done = restore(bank, around, row.name)

    assert statements(bank) == before | {loan: sheet for _, loan, sheet in known}
    assert len(bank.session.scalars(select(Repayment.id)).all()) == 4 + len(known)
    assert record.first_broken_entry(bank.session) == (row.audited + 2, None)
    assert list(differences(bank.session)) == []
    engine = engine_of(bank.session)
    if engine.dialect.name == "postgresql":
        postgres.drop_database(engine.url, done.aside)
