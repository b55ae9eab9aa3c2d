"""Telling a person: once for ever by key, in one transaction with the channels that carry it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database import notices
from server.database.models import Change
from server.database.notices import (
    Notice,
    NoticeState,
    Told,
    address,
    carry,
    state_of,
    tell,
    tell_many,
)
from tests.server.bank import NOW, Bank

LOAN = ("loan", "0190a000-0000-7000-8000-000000000001")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def carried() -> Iterator[list[Told]]:
    """What a channel was given."""
    taken: list[Told] = []

    def channel(_session: Session, told: Sequence[Told]) -> None:
        taken.extend(told)

    carry(channel)
    yield taken
    notices._carriers.remove(channel)


def test_a_key_is_told_once_for_ever_to_a_person(
    session: Session, bank: Bank, carried: list[Told]
) -> None:
    officer, other = bank.people["officer"], bank.people["officer2"]
    first = tell(session, officer, "due_soon", LOAN, at=NOW, key="due:1", urgent=True)
    again = tell(session, officer, "due_soon", LOAN, at=NOW, key="due:1", urgent=True)
    elsewhere = tell(session, other, "due_soon", LOAN, at=NOW, key="due:1")
    session.commit()
    assert (first is not None, again, elsewhere is not None) == (True, None, True)
    assert session.scalar(select(func.count()).select_from(Notice)) == 2
    assert [each.id for each in carried] == [first, elsewhere]


def test_what_has_no_key_is_told_each_time(session: Session, bank: Bank) -> None:
    for _each in range(2):
        assert tell(session, bank.people["officer"], "customer_given", LOAN, at=NOW)
    assert tell(session, None, "customer_given", LOAN, at=NOW) is None
    assert session.scalar(select(func.count()).select_from(Notice)) == 2


def test_many_are_told_at_once_and_travel_to_their_person_alone(
    session: Session, bank: Bank
) -> None:
    officer = bank.people["officer"]
    many = [
        Told(officer, "due_soon", LOAN, NOW, params={"no": number}, key=f"due:{number}")
        for number in range(1200)
    ]
    assert len(tell_many(session, many)) == 1200
    repeated = [Told(officer, "due_soon", LOAN, NOW, key=f"due:{number}") for number in (3, 1200)]
    assert [each.key for each in tell_many(session, repeated)] == ["due:1200"]
    session.commit()
    told = session.scalars(select(Change.portfolio).where(Change.entity == "notice")).all()
    assert (len(told), set(told)) == (1201, {officer})
    assert session.get_one(Notice, many[7].id).params == '{"no":7}'


def test_a_channel_that_fails_leaves_nothing_told(session: Session, bank: Bank) -> None:
    def channel(_session: Session, _told: Sequence[Told]) -> None:
        raise ZeroDivisionError

    carry(channel)
    try:
        with pytest.raises(ZeroDivisionError):
            tell(session, bank.people["officer"], "due_soon", LOAN, at=NOW, key="due:1")
        session.rollback()
    finally:
        notices._carriers.remove(channel)
    assert session.scalar(select(func.count()).select_from(Notice)) == 0


@pytest.mark.parametrize(
    ("read_at", "snoozed_until", "done_at", "state"),
    [
        (None, None, None, NoticeState.NEW),
        (NOW, None, None, NoticeState.READ),
        (NOW, NOW + HOUR, None, NoticeState.SNOOZED),
        (NOW, NOW - HOUR, None, NoticeState.READ),
        (None, NOW, None, NoticeState.NEW),
        (NOW, NOW + HOUR, NOW, NoticeState.DONE),
    ],
)
def test_how_far_a_person_is_follows_from_three_moments(
    read_at: dt.datetime | None,
    snoozed_until: dt.datetime | None,
    done_at: dt.datetime | None,
    state: NoticeState,
) -> None:
    assert state_of(NOW, read_at, snoozed_until, done_at) is state


def test_a_notice_opens_its_own_page() -> None:
    key = LOAN[1]
    assert address("due_soon", *LOAN, {}, notice_id="n", field=True) == "/field/notices/n"
    assert address("due_soon", *LOAN, {}) == f"/loans/{key}"
    assert address("promise_due", "customer", key, {"loan_id": "l"}) == "/loans/l"
    assert address("complaint_due", "feedback", key, {}) == f"/feedback/{key}"
    assert address("due_digest", "user", key, {}) == "/"
    assert address("test", "user", key, {}, notice_id="n") == "/notices/n"
