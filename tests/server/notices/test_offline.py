"""Marks that a device made without a network: the later one stands, on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.database.notices import Notice, NoticeState
from server.notices.actions import DONE, mark_notice
from server.notices.documents import notice_documents
from server.notices.queries import find_notice
from tests.server.bank import TODAY, Bank
from tests.server.notices.notices import told
from tests.server.replication.device import FieldDevice
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, hold, outcome_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
UNTIL = "2026-03-10T03:30:00.000Z"


@pytest.fixture
def device(bank: Bank, sign_in: SignIn) -> FieldDevice:
    return enrol(bank, sign_in)


def _held(bank: Bank, device: FieldDevice, **more: Any) -> str:
    notice = told(bank, **more)
    document = notice_documents(bank.session, [notice], TODAY)[notice]
    hold(device, bank.session, "notice", notice, document)
    return notice


def _pushed(
    device: FieldDevice, notice: str, state: str, until: str | None = None, ms: int = NOW_MS
) -> tuple[str, str]:
    draft = device.write(ms, "notice", notice, "edit", {"state": state, "snoozed_until": until})
    device.hear(device.send(device.body(NOW_MS)), NOW_MS)
    return outcome_of(device, draft)


def test_a_document_says_how_far_one_is_with_it(bank: Bank) -> None:
    notice = told(bank, urgent=True, about_on=TODAY)
    document = notice_documents(bank.session, [notice], TODAY)[notice]
    assert document["urgent"] is True
    assert document["about_on"] == "2026-03-10"
    assert (document["state"], document["snoozed_until"]) == ("new", None)


def test_a_mark_made_offline_stands_at_the_desk(bank: Bank, device: FieldDevice) -> None:
    notice = _held(bank, device)
    assert _pushed(device, notice, "snoozed", UNTIL) == ("applied", "")
    row = find_notice(bank.session, bank.actor("officer"), notice)
    assert row.state is NoticeState.SNOOZED
    assert row.snoozed_until is not None
    assert row.snoozed_until.isoformat() == "2026-03-10T03:30:00+00:00"
    assert _pushed(device, notice, "done") == ("applied", "")
    assert find_notice(bank.session, bank.actor("officer"), notice).state is NoticeState.DONE


def test_of_two_marks_that_did_not_know_of_each_other_the_later_stands(
    bank: Bank, session: Session, device: FieldDevice
) -> None:
    notice = _held(bank, device)
    mark_notice(session, bank.actor("officer"), notice, DONE)
    session.commit()
    outcome, _ = _pushed(device, notice, "read", ms=NOW_MS - 3_600_000)
    assert outcome in ("merged", "applied", "conflict")
    assert find_notice(session, bank.actor("officer"), notice).state is NoticeState.DONE


def test_a_mark_of_somebody_elses_notice_is_refused(bank: Bank, device: FieldDevice) -> None:
    notice = told(bank, username="officer2")
    outcome, _ = _pushed(device, notice, "done")
    assert outcome == "rejected"
    assert bank.session.get_one(Notice, notice).done_at is None


@pytest.mark.parametrize(
    ("state", "until"),
    [
        ("shredded", None),
        ("snoozed", None),
        ("snoozed", "soon"),
        ("snoozed", "2026-03-10T10:00:00"),
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(
    bank: Bank, device: FieldDevice, state: str, until: str | None
) -> None:
    notice = _held(bank, device)
    hold(device, bank.session, "notice", notice, {"state": "read", "snoozed_until": None})
    outcome, reason = _pushed(device, notice, state, until)
    assert outcome == "rejected", reason
    assert reason.startswith("invalid ")
