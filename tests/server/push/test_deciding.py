"""What is decided just before a notice leaves: quiet hours, what was paid, who has left."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.database.notices import Notice
from server.push.above import Reader, silent_until
from server.push.models import Delivery, PushSubscription
from tests.server.bank import NOW
from tests.server.push.conftest import Post

ZONE = ZoneInfo("Asia/Shanghai")


def on_the_tenth(clock: str) -> dt.datetime:
    return dt.datetime.combine(dt.date(2026, 3, 10), dt.time.fromisoformat(clock), ZONE)


@pytest.mark.parametrize(
    ("quiet", "clock", "until"),
    [
        (("22:00", "08:00"), "21:59", None),
        (("22:00", "08:00"), "22:00", "2026-03-11T08:00+08:00"),
        (("22:00", "08:00"), "00:30", "2026-03-10T08:00+08:00"),
        (("22:00", "08:00"), "07:59", "2026-03-10T08:00+08:00"),
        (("22:00", "08:00"), "08:00", None),
        (("12:00", "14:00"), "13:00", "2026-03-10T14:00+08:00"),
        (("12:00", "14:00"), "14:00", None),
        (("08:00", "08:00"), "08:00", None),
        (None, "03:00", None),
    ],
)
def test_quiet_hours_may_lie_over_midnight(
    quiet: tuple[str, str] | None, clock: str, until: str | None
) -> None:
    hours = [dt.time.fromisoformat(each) for each in quiet] if quiet else [None, None]
    reader = Reader("u", "n", quiet_from=hours[0], quiet_to=hours[1])
    found = silent_until(reader, on_the_tenth(clock))
    assert found == (dt.datetime.fromisoformat(until) if until else None)


def test_in_quiet_hours_a_notice_waits_for_their_end(post: Post, read_by: Any) -> None:
    read_by(quiet_from=dt.time(22), quiet_to=dt.time(8))
    post.now = on_the_tenth("23:10")
    post.tell(urgent=True)
    assert post.deliver() == 1
    row = post.only()
    assert (row.state, row.error, row.attempts) == ("waiting", "quiet", 0)
    assert row.next_try_at == dt.datetime.fromisoformat("2026-03-11T08:00+08:00")
    assert post.receiver.came == []
    post.now = dt.datetime.fromisoformat("2026-03-11T08:00+08:00").astimezone(ZONE)
    post.deliver()
    assert post.only().state == "sent"


def test_what_was_paid_in_between_is_not_told(post: Post, read_by: Any) -> None:
    asked = []

    def still_true(_session: Session, notice: Notice) -> bool:
        asked.append(notice.kind)
        return False

    read_by(handed_in={"still_true": still_true})
    post.tell("due_soon")
    post.deliver()
    assert (post.only().state, post.only().error) == ("dropped", "no_longer_true")
    assert asked == ["due_soon"]
    assert post.receiver.came == []


def test_a_first_try_that_failed_does_not_tell_what_was_paid_since(
    post: Post, read_by: Any
) -> None:
    post.receiver.say(500, 201)
    post.tell("due_soon")
    post.deliver()
    read_by(handed_in={"still_true": lambda *_: False})
    post.later(minutes=10)
    post.deliver()
    assert post.only().error == "no_longer_true"
    assert len(post.receiver.came) == 1


@pytest.mark.parametrize(
    ("urgent", "moment", "state", "error"),
    [
        (False, "read_at", "dropped", "read"),
        (True, "read_at", "sent", ""),
        (False, "done_at", "dropped", "done"),
        (True, "done_at", "dropped", "done"),
    ],
)
def test_what_was_seen_in_the_app_is_not_told_again(
    post: Post, urgent: bool, moment: str, state: str, error: str
) -> None:
    notice = post.tell(urgent=urgent)
    post.session.execute(update(Notice).where(Notice.id == notice).values({moment: NOW}))
    post.session.commit()
    post.deliver()
    assert (post.only().state, post.only().error) == (state, error)


def test_a_notice_that_was_put_off_waits(post: Post) -> None:
    notice = post.tell()
    later = NOW + dt.timedelta(hours=2)
    post.session.execute(update(Notice).where(Notice.id == notice).values(snoozed_until=later))
    post.session.commit()
    post.deliver()
    assert (post.only().error, post.only().next_try_at) == ("snoozed", later)
    post.later(hours=2, seconds=1)
    post.deliver()
    assert post.only().state == "sent"


def test_nobody_who_has_left_is_told(post: Post) -> None:
    post.tell()
    officer = post.bank.people["officer"]
    post.session.execute(update(User).where(User.id == officer).values(active=False))
    post.session.commit()
    post.deliver()
    assert (post.only().state, post.only().error) == ("dropped", "reader_left")
    post.tell()
    assert post.session.scalars(select(Delivery.id)).all() == [post.only().id]


def test_who_takes_no_web_push_any_more_gets_none(post: Post, read_by: Any) -> None:
    post.tell()
    read_by(channels=frozenset({"mail"}))
    post.deliver()
    assert post.only().error == "not_wanted"
    post.tell()
    assert post.only().error == "not_wanted"


def test_a_subscription_that_ran_out_is_not_used(post: Post) -> None:
    post.tell()
    post.session.execute(update(PushSubscription).values(expires_at=NOW))
    post.session.commit()
    post.deliver()
    assert (post.only().state, post.only().error) == ("dropped", "browser_gone")


def test_words_are_in_the_readers_language_and_tell_no_amounts_unless_allowed(
    post: Post, read_by: Any
) -> None:
    params = {
        "name": "张三丰",
        "contract_no": "HT20260001",
        "amount": 123_456,
        "due_on": "2026-03-10",
        "offset": 0,
    }
    read_by(language="en")
    post.tell("due_soon", params=params)
    post.deliver()
    read_by(language="zh", show_amounts=True)
    post.tell("due_soon", params=params)
    post.deliver()
    closed, opened = (post.browser.read(came) for came in post.receiver.came)
    assert closed["lang"] == "en"
    assert "三丰" not in str(closed)
    assert "1,234.56" not in str(closed)
    assert "张三丰" in opened["body"]
    assert "1,234.56" in opened["body"]


def test_the_badge_counts_what_is_neither_seen_nor_put_off(post: Post) -> None:
    for moment in ("read_at", "done_at", "snoozed_until"):
        row = post.tell()
        when = NOW + dt.timedelta(hours=1)
        post.session.execute(update(Notice).where(Notice.id == row).values({moment: when}))
        post.session.commit()
    post.tell(urgent=True)
    post.deliver()
    assert post.browser.read(post.receiver.came[0])["badge"] == 1


def test_a_telling_that_is_rolled_back_leaves_nothing_to_send(post: Post) -> None:
    from server.database.notices import tell

    tell(post.session, post.bank.people["officer"], "x", ("loan", post.bank.product_id), at=NOW)
    post.session.rollback()
    assert post.deliver() == 0
    assert post.session.scalars(select(Delivery)).all() == []


def test_what_is_told_twice_by_its_key_is_queued_once(post: Post) -> None:
    from server.database.notices import tell

    entity = ("loan", post.bank.product_id)
    for _ in range(2):
        tell(post.session, post.bank.people["officer"], "x", entity, at=NOW, key="x:1")
        post.session.commit()
    assert len(post.session.scalars(select(Delivery)).all()) == 1
