"""Cash of a day: handed in, signed for against the ledger by somebody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.kinds import Write
from server.database.models import Change
from server.database.notices import Notice
from server.domain.errors import Invalid, NotAllowed, NotFound
from server.repayments.actions import (
    FieldRepayment,
    HandIn,
    RecordRepayment,
    hand_in,
    record_repayment,
    refuse_handover,
    sign_handover,
    take_field_repayment,
)
from server.repayments.documents import handover_documents
from server.repayments.models import Handover
from server.repayments.mutations import KINDS
from server.repayments.queries import cash_of_day, list_handovers, waiting_handover_count
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan

_DEVICE = "0192d000-0000-7000-8000-000000000001"
_OTHER_DEVICE = "0192d000-0000-7000-8000-000000000002"


def _sent(loan_id: str, **changes: Any) -> FieldRepayment:
    payment = FieldRepayment(
        new_id(), loan_id, 50_000, TODAY, "cash", "", "", "", "", None, _DEVICE, NOW
    )
    return replace(payment, **changes)


@pytest.fixture
def loan_id(bank: Bank) -> str:
    """A loan of the officer's, on which 500.00 in cash was taken today, and 300.00 otherwise."""
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    officer = bank.actor("officer")
    take_field_repayment(bank.session, officer, _sent(loan_id))
    record_repayment(
        bank.session, officer, RecordRepayment(loan_id, 30_000, TODAY, "wechat", reference="W1")
    )
    return loan_id


def _hand_in(bank: Bank, counted: int = 50_000, person: str = "officer", **more: Any) -> str:
    return hand_in(bank.session, bank.actor(person), HandIn(TODAY, counted, **more))


def test_cash_of_a_day_is_what_was_taken_in_cash_that_day(
    session: Session, bank: Bank, loan_id: str
) -> None:
    officer = bank.people["officer"]
    cash = cash_of_day(session, officer, TODAY, NOW.tzinfo)
    assert (cash.recorded, cash.held, cash.expected, cash.handed_in) == (50_000, 0, 50_000, 0)
    before = cash_of_day(session, officer, TODAY - dt.timedelta(days=1), NOW.tzinfo)
    assert before.expected == 0


def test_what_was_taken_before_and_arrived_today_is_of_the_day_before(
    session: Session, bank: Bank, loan_id: str
) -> None:
    yesterday = NOW - dt.timedelta(days=1)
    sent = _sent(loan_id, amount=777, made_at=yesterday, paid_on=yesterday.date())
    take_field_repayment(session, bank.actor("officer"), sent)
    cash = cash_of_day(session, bank.people["officer"], yesterday.date(), NOW.tzinfo)
    assert cash.recorded == 777


def test_held_cash_is_in_the_bag_as_well(session: Session, bank: Bank, loan_id: str) -> None:
    again = _sent(loan_id, device=_OTHER_DEVICE)
    assert take_field_repayment(session, bank.actor("officer"), again).held == "double_entry"
    cash = cash_of_day(session, bank.people["officer"], TODAY, NOW.tzinfo)
    assert (cash.recorded, cash.held, cash.expected) == (50_000, 50_000, 100_000)


def test_what_agrees_is_signed_without_a_word(session: Session, bank: Bank, loan_id: str) -> None:
    handover_id = _hand_in(bank)
    sign_handover(session, bank.actor("reviewer"), handover_id)
    session.commit()
    row = session.get_one(Handover, handover_id)
    assert (row.state, row.recorded, row.decided_by) == (
        "signed",
        50_000,
        bank.people["reviewer"],
    )
    assert handover_documents(session, [handover_id], TODAY)[handover_id]["state"] == "signed"
    change = session.get_one(Change, ("handover", handover_id))
    assert change.portfolio == bank.people["officer"]
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.kind) == (bank.people["officer"], "handover_signed")


def test_a_difference_is_signed_only_with_a_word(
    session: Session, bank: Bank, loan_id: str
) -> None:
    handover_id = _hand_in(bank, 49_900)
    with pytest.raises(Invalid, match="note: explain_difference"):
        sign_handover(session, bank.actor("reviewer"), handover_id)
    sign_handover(session, bank.actor("reviewer"), handover_id, "短款一元")
    assert session.get_one(Handover, handover_id).decision_note == "短款一元"


def test_a_day_may_be_handed_in_in_two_parts(session: Session, bank: Bank, loan_id: str) -> None:
    first, second = _hand_in(bank, 20_000), _hand_in(bank, 30_000)
    for each in (first, second):
        sign_handover(session, bank.actor("manager"), each)
    rows = list_handovers(session, bank.actor("manager"), waiting=False)
    assert {row.id: row.difference for row in rows} == {first: 0, second: 0}


def test_what_is_given_back_says_why_and_counts_no_more(
    session: Session, bank: Bank, loan_id: str
) -> None:
    handover_id = _hand_in(bank)
    with pytest.raises(Invalid, match="note: missing"):
        refuse_handover(session, bank.actor("reviewer"), handover_id, "")
    refuse_handover(session, bank.actor("reviewer"), handover_id, "请重新清点")
    cash = cash_of_day(session, bank.people["officer"], TODAY, NOW.tzinfo)
    assert cash.handed_in == 0
    with pytest.raises(Invalid, match="decided"):
        sign_handover(session, bank.actor("reviewer"), handover_id)


def test_the_queue_shows_what_waits(session: Session, bank: Bank, loan_id: str) -> None:
    handover_id = _hand_in(bank, note="含硬币")
    reviewer = bank.actor("reviewer")
    [row] = list_handovers(session, reviewer, waiting=True)
    assert (row.id, row.officer, row.note, row.difference) == (
        handover_id,
        "officer 员工",
        "含硬币",
        0,
    )
    assert waiting_handover_count(session, reviewer) == 1


def test_nobody_signs_for_cash_of_his_own(session: Session, bank: Bank) -> None:
    handover_id = _hand_in(bank, 0, "reviewer")
    with pytest.raises(Invalid, match="own_entry"):
        sign_handover(session, bank.actor("reviewer"), handover_id)


def test_officers_sign_nothing(session: Session, bank: Bank) -> None:
    handover_id = _hand_in(bank, 0)
    with pytest.raises(NotAllowed):
        sign_handover(session, bank.actor("officer2"), handover_id)
    with pytest.raises(NotFound):
        sign_handover(session, bank.actor("officer_b"), handover_id)


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (HandIn(TODAY + dt.timedelta(days=1), 1), "day: in_future"),
        (HandIn(TODAY, -1), "counted: negative"),
        (HandIn(TODAY, 10**16), "counted: too_large"),
        (HandIn(TODAY, 1, "长" * 501), "note: too_long"),
    ],
)
def test_what_cannot_be_is_refused(bank: Bank, command: HandIn, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        hand_in(bank.session, bank.actor("officer"), command)


def test_somebody_of_no_branch_hands_in_nothing(bank: Bank) -> None:
    with pytest.raises(Invalid, match="needs_a_branch"):
        _hand_in(bank, 0, "chief")


def test_a_device_hands_in(session: Session, bank: Bank) -> None:
    fields = {"day": TODAY.isoformat(), "counted": 0, "note": ""}
    write = Write(new_id(), "create", fields, new_id(), _DEVICE, NOW)
    written = KINDS["handover"].write(session, bank.actor("officer"), write)
    assert written.news == {"state": "waiting"}
    found = KINDS["handover"].find(session, bank.actor("officer"), write.entity_id)
    assert found is not None
    assert found.portfolio == bank.people["officer"]
    assert session.get_one(Handover, write.entity_id).device == _DEVICE
    assert KINDS["handover"].find(session, bank.actor("officer"), new_id()) is None
