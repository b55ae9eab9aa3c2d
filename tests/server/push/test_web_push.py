"""A notice on its way to a browser: what arrives, and what every answer makes of it."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.notices import Notice
from server.push import queries
from server.push.models import Delivery, PushSubscription
from server.push.sending.web_push import MOST_BYTES, Message
from tests.server.bank import NOW
from tests.server.push.conftest import Post
from tests.server.push.receiver import Says, claims_of


def test_a_notice_arrives_encrypted_and_signed(post: Post) -> None:
    notice = post.tell()
    before = time.time()
    assert post.deliver() == 1
    assert post.deliver() == 0
    came = post.receiver.came[0]
    key = queries.key_row(post.session)
    assert key is not None
    claims = claims_of(came, key.public)
    assert claims["aud"] == f"http://127.0.0.1:{post.receiver.port}"
    assert claims["sub"] == "mailto:it@bank.example"
    assert before + 3600 < claims["exp"] <= before + 24 * 3600
    assert came.headers["ttl"] == str(24 * 3600)
    assert came.headers["urgency"] == "normal"
    assert came.headers["topic"] == notice.replace("-", "")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", came.headers["topic"])
    said = post.browser.read(came)
    assert said == {
        "v": 1,
        "tag": notice,
        "id": notice,
        "kind": "conflict_settled",
        "title": said["title"],
        "body": said["body"],
        "url": f"/notices/{notice}" if "/notices" in said["url"] else said["url"],
        "urgent": False,
        "badge": 1,
        "at": NOW.astimezone(dt.UTC).isoformat(),
        "lang": "zh",
        "actions": [
            {"action": "open", "title": "打开"},
            {"action": "snooze", "title": "稍后提醒"},
            {"action": "done", "title": "办好了"},
        ],
    }
    assert said["title"]
    row = post.only()
    assert (row.state, row.attempts, row.claim, row.ended_at) == ("sent", 1, None, NOW)
    browser = post.session.get_one(PushSubscription, post.subscription_id)
    assert browser.last_ok_at == NOW


def test_each_message_has_its_own_time_to_live_and_urgency(post: Post) -> None:
    post.tell(urgent=True)
    post.deliver()
    post.tell("due_digest", params={"due": 3})
    post.deliver()
    post.tell()
    post.deliver()
    told = [(came.headers["ttl"], came.headers["urgency"]) for came in post.receiver.came]
    until_midnight = 14 * 3600
    assert told == [("86400", "high"), (str(until_midnight), "normal"), ("86400", "normal")]


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_dropped_and_told_no_more(post: Post, status: int) -> None:
    post.receiver.say(status)
    post.tell()
    post.deliver()
    assert (post.only().state, post.only().error) == ("dropped", f"http_{status}")
    assert post.session.get_one(PushSubscription, post.subscription_id).gone_at == NOW
    post.tell()
    assert post.deliver() == 0
    assert len(post.receiver.came) == 1


def test_a_service_that_asks_to_wait_is_waited_for(post: Post) -> None:
    post.receiver.say(Says(429, {"Retry-After": "600"}), 201)
    post.tell()
    post.deliver()
    row = post.only()
    assert (row.state, row.error) == ("waiting", "http_429")
    assert dt.timedelta(seconds=600) <= row.next_try_at - NOW <= dt.timedelta(seconds=900)
    post.later(seconds=599)
    assert post.deliver() == 0
    post.later(seconds=302)
    assert post.deliver() == 1
    assert post.only().state == "sent"


def test_a_moment_in_retry_after_is_read(post: Post) -> None:
    moment = NOW.astimezone(dt.UTC) + dt.timedelta(hours=1)
    post.receiver.say(Says(503, {"Retry-After": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}))
    post.tell()
    post.deliver()
    assert post.only().next_try_at - NOW >= dt.timedelta(hours=1)


def test_a_failing_service_is_tried_again_at_growing_distances(post: Post) -> None:
    post.receiver.say(500, 502, 503, 201)
    post.tell()
    waits = []
    for _ in range(3):
        post.deliver()
        row = post.only()
        assert row.state == "waiting"
        waits.append((row.next_try_at - post.now).total_seconds())
        post.now = row.next_try_at.astimezone(NOW.tzinfo)
    post.deliver()
    assert (post.only().state, post.only().attempts) == ("sent", 4)
    assert 30 <= waits[0] < 45
    assert 60 <= waits[1] < 90
    assert 120 <= waits[2] < 180
    said = [post.browser.read(came) for came in post.receiver.came]
    assert all(each == said[0] for each in said)
    assert len({came.headers["topic"] for came in post.receiver.came}) == 1


def test_after_a_day_nothing_is_tried_any_more(post: Post, read_by: Any) -> None:
    read_by(quiet_from=None)
    post.receiver.say(500)
    post.tell()
    while post.deliver():
        row = post.only()
        if row.state != "waiting":
            break
        post.now = row.next_try_at.astimezone(NOW.tzinfo)
    assert post.only().state == "failed"
    assert post.now - NOW < dt.timedelta(hours=24)
    assert 20 < len(post.receiver.came) < 50


def test_a_worker_that_was_away_for_a_day_tells_nothing_stale(post: Post) -> None:
    post.tell()
    post.later(hours=25)
    assert post.deliver() == 1
    assert (post.only().state, post.only().error) == ("failed", "too_late")
    assert post.receiver.came == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(post: Post, status: int) -> None:
    post.receiver.say(Says(status, {"Location": post.receiver.url("/elsewhere")}))
    post.tell()
    post.deliver()
    assert (post.only().state, post.only().error) == ("failed", f"http_{status}")
    assert [came.path for came in post.receiver.came] == ["/push/one"]


def test_a_browser_that_is_refused_again_and_again_is_dropped(post: Post) -> None:
    post.receiver.say(403)
    for number in range(7):
        post.tell(key=f"n{number}")
        post.deliver()
    assert len(post.receiver.came) == 5
    assert post.session.get_one(PushSubscription, post.subscription_id).gone_at is not None


def test_a_service_that_does_not_answer_is_given_up_after_the_deadline(post: Post) -> None:
    post.receiver.say(Says(hang=5))
    post.tell()
    began = time.monotonic()
    post.deliver()
    assert time.monotonic() - began < 2.5
    assert (post.only().state, post.only().error) == ("waiting", "read_timeout")


def test_an_answer_that_drips_in_has_the_same_deadline(post: Post) -> None:
    post.receiver.say(Says(drip=0.05))
    post.tell()
    began = time.monotonic()
    post.deliver()
    assert time.monotonic() - began < 2.5
    assert (post.only().state, post.only().error) == ("waiting", "read_timeout")


def test_a_huge_answer_is_not_read(post: Post) -> None:
    post.receiver.say(Says(201, body=b"x" * 50_000_000))
    post.tell()
    began = time.monotonic()
    post.deliver()
    assert time.monotonic() - began < 2.0
    assert post.only().state == "sent"


def test_where_nobody_listens_it_is_tried_again(post: Post) -> None:
    post.receiver.server.server_close()
    post.tell()
    post.deliver()
    assert (post.only().state, post.only().error) == ("waiting", "connect_error")


def test_a_long_line_is_cut_to_what_services_take(post: Post, read_by: Any) -> None:
    def words(*_: Any, **__: Any) -> Any:
        return type("Said", (), {"title": "长", "body": "台账" * 4000})

    read_by(handed_in={"words": words})
    post.tell()
    post.deliver()
    came = post.receiver.came[0]
    assert len(came.body) <= 4096
    said = post.browser.read(came)
    assert said["body"].startswith("台账台账")
    assert said["body"].endswith("…")
    written = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    assert len(written.encode()) > MOST_BYTES - 10


def test_what_no_service_takes_is_refused_before_it_is_sent(post: Post) -> None:
    message = Message(
        post.browser.endpoint,
        post.browser.subscription()["keys"]["p256dh"],
        post.browser.subscription()["keys"]["auth"],
        b"x" * (MOST_BYTES + 1),
        60,
        urgent=False,
        topic="t",
    )
    from server.push.actions import own_key

    private = own_key(post.session, NOW).private or ""
    assert post.senders.send(message, private, NOW).error == "too_long"
    assert post.receiver.came == []


def test_sixteen_browsers_are_told_side_by_side(post: Post, session: Session) -> None:
    from server.push.actions import subscribe
    from tests.server.push.conftest import as_command
    from tests.server.push.receiver import Browser

    post.receiver.say(Says(hang=0.3))
    for number in range(15):
        browser = Browser(post.receiver.url(f"/push/{number}"))
        subscribe(session, post.bank.actor("officer"), as_command(browser), [post.receiver.host])
    session.commit()
    post.tell()
    began = time.monotonic()
    assert post.deliver() == 16
    assert time.monotonic() - began < 2.5
    states = session.scalars(select(Delivery.state)).all()
    assert states == ["sent"] * 16
    assert session.scalar(select(Notice.id)) is not None
