"""The feed over time: each day's loans, what is forgotten, and a restore from backup."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.database import new_id, record
from server.database.engine import begin_writing
from server.database.models import Change, Exit
from server.replication.actions.days import is_rolled, roll_day, roll_next_day
from server.replication.actions.life import (
    KEPT,
    begin_life,
    begin_new_epoch,
    mark_day,
    prune_feed,
)
from server.replication.documents.warming import warm_documents
from server.replication.models.devices import Document, FeedDay, FeedLife
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan
from tests.server.replication.pulling import Reader, enrolled

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]
DAY = dt.timedelta(days=1)


@pytest.fixture
def reader(sign_in: SignIn) -> Reader:
    return enrolled(sign_in("officer"))


def _number(bank: Bank, loan_id: str) -> int:
    return bank.session.get_one(Change, ("loan", loan_id), populate_existing=True).number


def test_a_day_is_rolled_once(bank: Bank) -> None:
    begin_writing(bank.session)
    customer = add_customer(bank)
    due = add_loan(bank, customer_id=customer)
    far = add_loan(
        bank, customer_id=customer, disbursed_on=TODAY - DAY, periods=1, frequency_months=3
    )
    bank.session.commit()
    before = {loan: _number(bank, loan) for loan in (due, far)}
    officer = bank.people["officer"]
    assert not is_rolled(bank.session, officer, TODAY)
    begin_writing(bank.session)
    assert roll_day(bank.session, officer, TODAY) == 1
    assert roll_day(bank.session, officer, TODAY) == 0
    assert roll_day(bank.session, officer, TODAY - DAY) == 0
    bank.session.commit()
    assert is_rolled(bank.session, officer, TODAY)
    assert _number(bank, due) > before[due]
    assert _number(bank, far) == before[far]


def test_the_night_rolls_and_makes_what_devices_will_ask_for(bank: Bank, reader: Reader) -> None:
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    add_loan(bank, customer_id=add_customer(bank, 2, branch_id=bank.branch_b),
             branch_id=bank.branch_b)  # fmt: skip
    bank.session.commit()
    night = bank.actor("chief", now=NOW + DAY)
    steps = 0
    begin_writing(bank.session)
    while roll_next_day(bank.session, night):
        steps += 1
    assert steps == 1
    record.settle(bank.session)
    while warm_documents(bank.session, night):
        pass
    bank.session.commit()
    made = set(bank.session.scalars(select(Document.entity_id)))
    assert loan_id in made
    held = select(func.count()).where(Change.portfolio == bank.people["officer"])
    assert bank.session.scalar(held) == len(made)
    assert reader.device


def test_a_day_is_marked_once(bank: Bank) -> None:
    begin_writing(bank.session)
    actor = bank.actor("chief")
    assert [mark_day(bank.session, actor), mark_day(bank.session, actor)] == [1, 0]


def test_old_deletions_are_forgotten_and_young_ones_are_not(bank: Bank) -> None:
    contact = ("contact", new_id())
    later = bank.actor("chief", now=NOW + KEPT + DAY)
    begin_writing(bank.session)
    begin_life(bank.session, NOW)
    for entity, left in ((contact, None), (("staff", new_id()), bank.branch_a)):
        record.changed(bank.session, entity, None, portfolio=bank.branch_b, gone=True, left=left)
    bank.session.commit()
    begin_writing(bank.session)
    mark_day(bank.session, bank.actor("chief", now=NOW + DAY))
    record.changed(bank.session, ("staff", new_id()), None, portfolio=bank.branch_b,
                   left=bank.branch_a, gone=True)  # fmt: skip
    bank.session.commit()
    begin_writing(bank.session)
    assert prune_feed(bank.session, bank.actor("chief", now=NOW + KEPT)) == 0
    assert prune_feed(bank.session, later) == 3
    assert prune_feed(bank.session, later) == 0
    bank.session.commit()
    assert bank.session.scalar(select(func.count()).select_from(Exit)) == 1
    assert bank.session.scalar(select(func.count()).where(Change.gone)) == 1
    assert bank.session.get_one(FeedLife, record.SPACE).purged == 2


def test_documents_nobody_can_pull_are_dropped(bank: Bank, reader: Reader) -> None:
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    bank.session.commit()
    reader.pull()
    begin_writing(bank.session)
    mark_day(bank.session, bank.actor("chief", now=NOW - KEPT))
    record.changed(bank.session, ("loan", loan_id), None, portfolio=bank.people["officer"])
    record.settle(bank.session)
    prune_feed(bank.session, bank.actor("chief"))
    bank.session.commit()
    assert bank.session.get(Document, ("loan", loan_id)) is None
    assert bank.session.scalars(select(Document.entity_id)).all()


def test_a_life_begins_once(bank: Bank) -> None:
    begin_writing(bank.session)
    first = begin_life(bank.session, NOW).epoch
    assert begin_life(bank.session, NOW + DAY).epoch == first


def test_a_restore_begins_a_life_with_numbers_nobody_saw(bank: Bank) -> None:
    begin_writing(bank.session)
    old = begin_life(bank.session, NOW).epoch
    mark_day(bank.session, bank.actor("chief"))
    bank.session.commit()
    hi = record.last_number(bank.session)
    begin_writing(bank.session)
    new = begin_new_epoch(bank.session, bank.actor("administrator"))
    bank.session.commit()
    assert new != old
    assert record.last_number(bank.session) > hi + (1 << 32)
    assert record.first_broken_entry(bank.session)[1] is None
    assert bank.session.scalar(select(func.count()).select_from(FeedDay)) == 0


def test_the_command_says_that_a_backup_was_restored(app: Flask, bank: Bank) -> None:
    answer = app.test_cli_runner().invoke(args=["sync", "restored"])
    assert answer.exit_code == 0, answer.output
    assert bank.session.get_one(FeedLife, record.SPACE).epoch in answer.output
