"""Marking notices: read, put off, done, put back; each by the person whom it was told."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import Change
from server.database.notices import NOTICE, NoticeState
from server.domain.errors import Invalid, NotFound
from server.notices.actions import DONE, READ, Mark, mark_notice, mark_notices, open_notice
from server.notices.queries import box_counts, count_unread, find_notice, list_notices
from tests.server.bank import NOW, Bank
from tests.server.notices.notices import at, told

HOUR = dt.timedelta(hours=1)
IN_AN_HOUR = Mark(NoticeState.SNOOZED, NOW + HOUR)


def _state(bank: Bank, notice_id: str, now: dt.datetime = NOW) -> NoticeState:
    return find_notice(bank.session, at(bank, now), notice_id).state


def test_what_is_opened_is_read_and_no_longer_counted(bank: Bank, session: Session) -> None:
    officer, notice = bank.actor("officer"), told(bank)
    assert count_unread(session, officer) == 1
    open_notice(session, officer, notice)
    session.commit()
    assert _state(bank, notice) is NoticeState.READ
    assert count_unread(session, officer) == 0
    assert box_counts(session, officer) == {"new": 1, "snoozed": 0, "done": 0}


def test_what_is_put_off_comes_back_as_new(bank: Bank, session: Session) -> None:
    officer, notice = bank.actor("officer"), told(bank)
    open_notice(session, officer, notice)
    mark_notice(session, officer, notice, IN_AN_HOUR)
    session.commit()
    assert box_counts(session, officer) == {"new": 0, "snoozed": 1, "done": 0}
    later = at(bank, NOW + HOUR)
    assert find_notice(session, later, notice).state is NoticeState.NEW
    assert count_unread(session, later) == 1


def test_opening_neither_wakes_what_is_put_off_nor_undoes_what_is_done(
    bank: Bank, session: Session
) -> None:
    officer, one, other = bank.actor("officer"), told(bank), told(bank)
    mark_notice(session, officer, one, IN_AN_HOUR)
    mark_notice(session, officer, other, DONE)
    for notice in (one, other):
        open_notice(session, officer, notice)
    session.commit()
    assert [_state(bank, each) for each in (one, other)] == [NoticeState.SNOOZED, NoticeState.DONE]


def test_opening_after_a_snooze_ended_reads_it(bank: Bank, session: Session) -> None:
    notice = told(bank)
    mark_notice(session, bank.actor("officer"), notice, IN_AN_HOUR)
    open_notice(session, at(bank, NOW + HOUR), notice)
    session.commit()
    assert _state(bank, notice, NOW + 2 * HOUR) is NoticeState.READ


def test_what_is_done_can_be_put_back(bank: Bank, session: Session) -> None:
    officer, notice = bank.actor("officer"), told(bank)
    mark_notice(session, officer, notice, DONE)
    mark_notice(session, officer, notice, READ)
    session.commit()
    assert _state(bank, notice) is NoticeState.READ


def test_many_are_marked_and_those_that_change_nothing_are_not_counted(
    bank: Bank, session: Session
) -> None:
    officer, ids = bank.actor("officer"), [told(bank) for _ in range(3)]
    mark_notice(session, officer, ids[0], DONE)
    assert mark_notices(session, officer, [*ids, ids[1]], DONE) == 2


def test_nobody_marks_or_sees_somebody_elses(bank: Bank, session: Session) -> None:
    notice, stranger = told(bank), bank.actor("officer2")
    assert mark_notices(session, stranger, [notice], DONE) == 0
    for act in (
        lambda: mark_notice(session, stranger, notice, DONE),
        lambda: open_notice(session, stranger, notice),
        lambda: find_notice(session, stranger, notice),
    ):
        with pytest.raises(NotFound):
            act()
    assert list_notices(session, stranger, "new").rows == []


def test_a_notice_is_not_made_new_nor_put_off_without_a_moment(
    bank: Bank, session: Session
) -> None:
    officer, notice = bank.actor("officer"), told(bank)
    for mark in (Mark(NoticeState.NEW), Mark(NoticeState.SNOOZED)):
        with pytest.raises(Invalid):
            mark_notice(session, officer, notice, mark)


def test_a_mark_reaches_the_devices_of_the_person(bank: Bank, session: Session) -> None:
    notice = told(bank)
    query = select(Change.number, Change.portfolio).where(
        Change.entity == NOTICE, Change.entity_id == notice
    )
    before = session.execute(query).one()
    mark_notice(session, bank.actor("officer"), notice, DONE)
    session.commit()
    after = session.execute(query).one()
    assert after.number > before.number
    assert after.portfolio == bank.people["officer"]


def test_a_box_is_read_page_by_page_both_ways(bank: Bank, session: Session) -> None:
    officer, ids = bank.actor("officer"), [told(bank) for _ in range(5)]
    newest = sorted(ids, reverse=True)
    first = list_notices(session, officer, "new", limit=2)
    second = list_notices(session, officer, "new", after=first.following, limit=2)
    third = list_notices(session, officer, "new", after=second.following, limit=2)
    seen = [row.id for page in (first, second, third) for row in page.rows]
    assert seen == newest
    assert first.preceding is None
    assert third.following is None
    back = list_notices(session, officer, "new", before=third.preceding, limit=2)
    assert [row.id for row in back.rows] == newest[2:4]


def test_a_made_up_box_or_cursor_is_refused(bank: Bank, session: Session) -> None:
    officer = bank.actor("officer")
    for box, after in (("attic", None), ("new", "x"), ("new", "WzFd")):
        with pytest.raises(Invalid):
            list_notices(session, officer, box, after=after)
