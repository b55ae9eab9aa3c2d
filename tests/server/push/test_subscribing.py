"""/push/v1/: how a browser subscribes, renews and unsubscribes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.push import actions
from server.push.models import Delivery, PushKey, PushSubscription
from server.replication.actions.devices import EnrolDevice, enrol_device, revoke_device
from tests.server.bank import Bank
from tests.server.push.conftest import Post, as_command
from tests.server.push.receiver import Browser, in_url, out_of_url

SignIn = Callable[[str], FlaskClient]
ENDPOINT = "https://push.example.com/send/abc"


def rows(session: Session) -> list[PushSubscription]:
    session.rollback()
    return list(session.scalars(select(PushSubscription).order_by(PushSubscription.id)))


def test_the_key_is_made_once_and_stays(sign_in: SignIn, session: Session) -> None:
    first = sign_in("officer").get("/push/v1/key")
    assert first.headers["Cache-Control"] == "no-store"
    key = first.get_json()["key"]
    assert len(out_of_url(key)) == 65
    assert out_of_url(key)[0] == 4
    assert sign_in("manager").get("/push/v1/key").get_json()["key"] == key
    row = session.scalars(select(PushKey)).one()
    assert b"PRIVATE" not in row.private_sealed
    assert "PRIVATE KEY" in (row.private or "")


def test_a_subscription_is_kept_sealed_and_known_again(sign_in: SignIn, session: Session) -> None:
    officer, browser = sign_in("officer"), Browser(ENDPOINT)
    answer = officer.post("/push/v1/subscriptions", json=browser.subscription(language="zh"))
    assert answer.status_code == 201
    row = rows(session)[0]
    assert answer.get_json() == {"id": row.id}
    assert row.endpoint == ENDPOINT
    assert (row.p256dh, row.auth) == (in_url(browser.point), in_url(browser.auth))
    sealed = row.endpoint_sealed + row.p256dh_sealed + row.auth_sealed
    assert b"push.example" not in sealed
    again = officer.post("/push/v1/subscriptions", json=browser.subscription())
    assert again.get_json() == {"id": row.id}
    assert len(rows(session)) == 1


def test_a_browser_that_changes_hands_tells_the_first_person_nothing(
    sign_in: SignIn, post: Post, session: Session
) -> None:
    post.tell()
    command = as_command(post.browser)
    actions.subscribe(session, post.bank.actor("manager"), command, [post.receiver.host])
    session.commit()
    post.deliver()
    assert (post.only().state, post.only().error) == ("dropped", "browser_gone")
    assert post.receiver.came == []
    assert [row.user_id for row in rows(session)] == [post.bank.people["manager"]]


def test_a_renewed_subscription_takes_the_place_of_the_old(
    sign_in: SignIn, session: Session
) -> None:
    officer, old, new = sign_in("officer"), Browser(ENDPOINT), Browser(ENDPOINT + "2")
    officer.post("/push/v1/subscriptions", json=old.subscription())
    answer = officer.post("/push/v1/renewed", json={"old": old.endpoint, "new": new.subscription()})
    assert answer.status_code == 201
    before, after = rows(session)
    assert before.gone_at is not None
    assert (after.endpoint, after.gone_at) == (ENDPOINT + "2", None)
    lost = officer.post("/push/v1/renewed", json={"old": None, "new": new.subscription()})
    assert lost.get_json() == {"id": after.id}


def test_nobody_renews_or_drops_what_is_another_s(sign_in: SignIn, session: Session) -> None:
    mine = Browser(ENDPOINT)
    row_id = sign_in("officer").post("/push/v1/subscriptions", json=mine.subscription())
    other = sign_in("manager")
    path = f"/push/v1/subscriptions/{row_id.get_json()['id']}"
    assert other.delete(path).status_code == 404
    theirs = Browser(ENDPOINT + "2")
    other.post("/push/v1/renewed", json={"old": ENDPOINT, "new": theirs.subscription()})
    assert [row.gone_at for row in rows(session)] == [None, None]


def test_who_unsubscribes_is_told_no_more(sign_in: SignIn, session: Session) -> None:
    officer = sign_in("officer")
    made = officer.post("/push/v1/subscriptions", json=Browser(ENDPOINT).subscription())
    path = f"/push/v1/subscriptions/{made.get_json()['id']}"
    assert officer.delete(path).status_code == 204
    assert officer.delete(path).status_code == 204
    assert rows(session)[0].gone_at is not None


def a_subscription(**changes: Any) -> dict[str, Any]:
    return Browser(ENDPOINT).subscription() | changes


GOOD = Browser(ENDPOINT).subscription()["keys"]


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        (None, "", "json"),
        ([], "", "json"),
        ({}, "keys", "json"),
        (a_subscription(endpoint=None), "endpoint", "type"),
        (a_subscription(endpoint="http://push.example.com/x"), "endpoint", "scheme"),
        (a_subscription(endpoint="https://localhost/x"), "endpoint", "internal"),
        (a_subscription(endpoint="https://10.0.0.1/x"), "endpoint", "internal"),
        (a_subscription(keys={}), "keys.p256dh", "type"),
        (a_subscription(keys={**GOOD, "p256dh": "AAAA"}), "keys.p256dh", "key"),
        (a_subscription(keys={**GOOD, "p256dh": in_url(b"\4" + b"x" * 64)}), "keys.p256dh", "key"),
        (a_subscription(keys={**GOOD, "p256dh": "!" * 87}), "keys.p256dh", "key"),
        (a_subscription(keys={**GOOD, "auth": in_url(b"x" * 15)}), "keys.auth", "key"),
        (a_subscription(keys={**GOOD, "auth": 7}), "keys.auth", "type"),
    ],
)
def test_a_subscription_that_cannot_be_used_is_refused(
    sign_in: SignIn, session: Session, given: Any, field: str, reason: str
) -> None:
    answer = sign_in("officer").post("/push/v1/subscriptions", json=given)
    assert answer.status_code == 422
    assert answer.get_json() == {"error": "invalid", "field": field, "reason": reason}
    assert rows(session) == []


@pytest.mark.parametrize("moment", [None, 1_900_000_000_000, 1.5e300, "soon", True, -1e30])
def test_any_expiry_is_taken_and_an_odd_one_means_none(
    sign_in: SignIn, session: Session, moment: Any
) -> None:
    given = a_subscription(expirationTime=moment, device="not an id")
    assert sign_in("officer").post("/push/v1/subscriptions", json=given).status_code == 201
    row = rows(session)[0]
    assert (row.expires_at is not None) == (moment == 1_900_000_000_000)
    assert row.device_id is None


def test_a_person_has_twenty_browsers_and_the_oldest_makes_room(
    session: Session, bank: Bank
) -> None:
    officer = bank.actor("officer")
    for number in range(22):
        actions.subscribe(session, officer, as_command(Browser(f"{ENDPOINT}/{number}")))
    session.commit()
    assert [row.gone_at is None for row in rows(session)] == [False] * 2 + [True] * 20


def test_a_device_that_is_revoked_or_lost_is_told_nothing_more(
    session: Session, post: Post
) -> None:
    officer = post.bank.actor("officer")
    device = enrol_device(session, officer, EnrolDevice("tablet")).device_id
    hosts = [post.receiver.host]
    actions.subscribe(session, officer, as_command(post.browser, device_id=device), hosts)
    session.commit()
    post.tell()
    post.deliver()
    assert post.browser.read(post.receiver.came[0])["url"].startswith("/field/")
    revoke_device(session, post.bank.actor("administrator"), device, "lost")
    session.commit()
    post.tell()
    assert post.deliver() == 0


def test_a_test_reaches_the_persons_browsers_once_a_minute(
    sign_in: SignIn, post: Post, the_morning_of_the_tenth: None
) -> None:
    officer = sign_in("officer")
    answer = officer.post("/push/v1/test")
    assert answer.status_code == 202
    assert answer.get_json()["devices"] == 1
    assert officer.post("/push/v1/test").get_json()["notice"] is None
    post.later(seconds=1)
    post.deliver()
    said = post.browser.read(post.receiver.came[0])
    assert said["id"] == answer.get_json()["notice"]
    assert said["urgent"] is True
    assert len(post.session.scalars(select(Delivery)).all()) == 1


def test_a_new_pair_of_keys_drops_every_subscription(
    app: Flask, session: Session, post: Post
) -> None:
    ran = app.test_cli_runner()
    before = ran.invoke(args=["push", "keys"]).output
    assert ran.invoke(args=["push", "keys"]).output == before
    after = ran.invoke(args=["push", "keys", "--renew"]).output
    assert after != before
    assert rows(session)[0].gone_at is not None
    assert session.scalars(select(PushKey.public)).all() == [after.strip()]
