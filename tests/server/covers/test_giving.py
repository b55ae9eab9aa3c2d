"""Giving and ending covers, and what the days do to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.covers import queries
from server.covers.actions import LONGEST, GiveCover, end_cover, give_cover, turn_covers
from server.covers.models import Cover
from server.database.models import AuditEntry
from server.database.notices import Notice
from server.domain.errors import Invalid, NotAllowed, NotFound
from tests.server.bank import NOW, TODAY, Bank

DAY = dt.timedelta(days=1)


def a_cover(bank: Bank, **changes: Any) -> GiveCover:
    """Of officer's customers by officer2, today and tomorrow."""
    values: dict[str, Any] = {
        "officer_id": bank.people["officer"],
        "colleague_id": bank.people["officer2"],
        "from_on": TODAY,
        "until_on": TODAY + DAY,
        "reason": "年休假",
    }
    return GiveCover(**values | changes)


def _given(bank: Bank, **changes: Any) -> str:
    return give_cover(bank.session, bank.actor("manager"), a_cover(bank, **changes))


def _lent(bank: Bank, today: dt.date = TODAY, to: str = "officer2") -> tuple[str, ...]:
    return queries.lent_to(bank.session, bank.people[to], today)


def _notices(session: Session) -> list[tuple[str, str]]:
    return [(row.user_id, row.kind) for row in session.scalars(select(Notice).order_by(Notice.id))]


def test_a_cover_holds_on_both_its_days_and_on_no_other(bank: Bank) -> None:
    _given(bank, from_on=TODAY + DAY, until_on=TODAY + 2 * DAY)

    held = [bool(_lent(bank, TODAY + days * DAY)) for days in range(4)]

    assert held == [False, True, True, False]


def test_the_colleague_holds_them_beside_the_own(bank: Bank) -> None:
    _given(bank)
    officer, colleague = bank.people["officer"], bank.people["officer2"]

    assert queries.held_by(bank.session, colleague, TODAY) == {officer, colleague}
    assert queries.held_by(bank.session, officer, TODAY) == {officer}
    assert queries.held_by(bank.session, None, TODAY) == frozenset()


def test_what_a_colleague_covers_is_not_lent_on(bank: Bank) -> None:
    _given(bank)
    _given(bank, officer_id=bank.people["officer2"], colleague_id=bank.people["reviewer"])

    assert _lent(bank, to="reviewer") == (bank.people["officer2"],)


def test_both_are_told_and_the_audit_names_them(bank: Bank) -> None:
    cover_id = _given(bank)
    bank.session.commit()

    people = {bank.people["officer"], bank.people["officer2"]}
    assert set(_notices(bank.session)) == {(each, "cover_given") for each in people}
    entry = bank.session.scalars(select(AuditEntry).where(AuditEntry.action == "cover.give")).one()
    assert (entry.entity_id, entry.reason) == (cover_id, "年休假")
    assert entry.changes["until_on"] == [None, (TODAY + DAY).isoformat()]


def test_an_administrator_may_give_and_a_manager_covers_himself_untold(bank: Bank) -> None:
    give_cover(bank.session, bank.actor("administrator"), a_cover(bank))
    _given(bank, colleague_id=bank.people["manager"])

    told = [user for user, _ in _notices(bank.session)]
    assert bank.people["manager"] not in told


@pytest.mark.parametrize("who", ["officer", "reviewer", "risk", "auditor"])
def test_others_may_not_give(bank: Bank, who: str) -> None:
    with pytest.raises(NotAllowed):
        give_cover(bank.session, bank.actor(who), a_cover(bank))


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"colleague": "officer"}, "colleague_id", "same_person"),
        ({"colleague": "officer_b"}, "colleague_id", "of_another_branch"),
        ({"colleague": "risk"}, "colleague_id", "unknown"),
        ({"officer": "officer_b"}, "officer_id", "unknown"),
        ({"officer": "auditor"}, "officer_id", "unknown"),
        ({"from_on": TODAY - DAY}, "from_on", "in_past"),
        ({"until_on": TODAY - DAY}, "until_on", "before_start"),
        ({"until_on": TODAY + LONGEST}, "until_on", "cover_too_long"),
        ({"reason": " "}, "reason", "missing"),
        ({"reason": "假" * 501}, "reason", "too_long"),
    ],
)
def test_what_cannot_be_is_refused(
    bank: Bank, changes: dict[str, Any], field: str, reason: str
) -> None:
    for name in ("officer", "colleague"):
        if name in changes:
            changes = {**changes, f"{name}_id": bank.people[changes[name]]}
            del changes[name]
    with pytest.raises(Invalid) as refused:
        _given(bank, **changes)

    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_somebody_who_left_is_covered_but_covers_nobody(bank: Bank) -> None:
    bank.session.get_one(User, bank.people["officer"]).active = False
    bank.session.flush()
    _given(bank)

    assert _lent(bank) == (bank.people["officer"],)
    with pytest.raises(Invalid) as refused:
        _given(bank, officer_id=bank.people["officer2"], colleague_id=bank.people["officer"])
    assert (refused.value.field, refused.value.reason) == ("colleague_id", "unknown")


def test_the_same_cover_twice_on_a_day_is_refused(bank: Bank) -> None:
    _given(bank)

    with pytest.raises(Invalid) as refused:
        _given(bank, from_on=TODAY + DAY, until_on=TODAY + 5 * DAY)
    assert refused.value.reason == "covered_already"
    _given(bank, from_on=TODAY + 2 * DAY, until_on=TODAY + 5 * DAY)


def test_a_colleague_of_the_head_office_may_cover_but_a_move_to_another_branch_ends_it(
    bank: Bank,
) -> None:
    _given(bank, colleague_id=bank.people["chief"])
    _given(bank)
    assert _lent(bank, to="chief") == _lent(bank) == (bank.people["officer"],)

    bank.session.get_one(User, bank.people["officer2"]).branch_id = bank.branch_b
    bank.session.flush()

    assert _lent(bank) == ()


def test_an_end_by_hand_holds_at_once_and_is_told(bank: Bank) -> None:
    cover_id = _given(bank)
    end_cover(bank.session, bank.actor("manager"), cover_id, "提前回来")
    bank.session.commit()

    assert _lent(bank) == ()
    assert [kind for _, kind in _notices(bank.session)].count("cover_ended") == 2
    (line,) = queries.covers(bank.session, bank.actor("manager"))
    assert (line.state, line.end_reason) == ("over", "提前回来")
    ends = queries.given_back(bank.session, bank.people["officer2"], TODAY - DAY, NOW)
    assert ends == {bank.people["officer"]: NOW}


def test_ending_twice_changes_nothing(bank: Bank) -> None:
    cover_id = _given(bank)
    for reason in ("一", "二"):
        end_cover(bank.session, bank.actor("manager"), cover_id, reason)

    assert bank.session.get_one(Cover, cover_id).end_reason == "一"


def test_a_cover_of_another_branch_does_not_exist(bank: Bank) -> None:
    give_cover(
        bank.session,
        bank.actor("chief"),
        a_cover(bank, officer_id=bank.people["officer_b"], colleague_id=bank.people["chief"]),
    )
    cover_id = bank.session.scalars(select(Cover.id)).one()

    with pytest.raises(NotFound):
        end_cover(bank.session, bank.actor("manager"), cover_id)
    assert queries.covers(bank.session, bank.actor("manager")) == []
    assert len(queries.covers(bank.session, bank.actor("chief"))) == 1


def test_a_planned_cover_is_told_again_when_it_begins_and_when_it_ran_out(bank: Bank) -> None:
    cover_id = _given(bank, from_on=TODAY + DAY, until_on=TODAY + DAY)
    assert turn_covers(bank.session, bank.actor("chief")) == 0

    tomorrow = bank.actor("chief", now=NOW + DAY)
    assert [turn_covers(bank.session, tomorrow) for _ in range(2)] == [1, 0]
    after = bank.actor("chief", now=NOW + 2 * DAY)
    assert [turn_covers(bank.session, after) for _ in range(2)] == [1, 0]

    kinds = [kind for _, kind in _notices(bank.session)]
    assert kinds == ["cover_given"] * 2 + ["cover_begun"] * 2 + ["cover_ended"] * 2
    row = bank.session.get_one(Cover, cover_id)
    assert row.ended_by is None
    ends = queries.given_back(bank.session, bank.people["officer2"], TODAY, NOW + 2 * DAY)
    assert ends == {bank.people["officer"]: dt.datetime(2026, 3, 12, tzinfo=NOW.tzinfo)}


def test_a_colleague_covers_no_more_officers_at_once_than_a_cursor_names(bank: Bank) -> None:
    for each in range(queries.MOST_AT_ONCE + 1):
        bank.session.add(
            User(
                id=f"00000000-0000-7000-8000-{each:012}",
                username=f"more{each}",
                display_name=f"员工{each}",
                role="officer",
                branch_id=bank.branch_a,
                password_hash="-",
                created_at=NOW,
            )
        )
    bank.session.flush()
    *ids, last = (f"00000000-0000-7000-8000-{each:012}" for each in range(9))
    for officer_id in ids:
        _given(bank, officer_id=officer_id)

    with pytest.raises(Invalid) as refused:
        _given(bank, officer_id=last)
    assert (refused.value.field, refused.value.reason) == ("colleague_id", "covers_too_many")
