"""The administrators' page of channels, the trial of a hook, the log; and the command."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.push.models import Hook
from server.push.sending import senders
from tests.server.push.conftest import Post, settings_for
from tests.server.push.receiver import Receiver, Says

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def reachable(app: Flask, post: Post, the_morning_of_the_tenth: None) -> Receiver:
    """The process itself may reach the receiver, as an operator would set it up."""
    app.config["CHANNELS"] = settings_for(post.receiver)
    senders.install(post.senders)
    return post.receiver


def a_form(receiver: Receiver, **changes: str) -> dict[str, str]:
    return {
        "name": "行内系统",
        "kind": "json",
        "audience": "staff",
        "branch_id": "",
        "language": "zh",
        "url": receiver.url("/hook?key=SECRETKEY"),
        **changes,
    }


def only_hook(session: Session) -> Hook:
    session.rollback()
    return session.scalars(select(Hook)).one()


def test_a_hook_is_added_tried_and_switched_off(
    sign_in: SignIn, session: Session, reachable: Receiver
) -> None:
    administrator = sign_in("administrator")
    assert administrator.get("/admin/channels/new").status_code == 200
    page = administrator.post("/admin/channels", data=a_form(reachable))
    assert page.status_code == 201
    hook = only_hook(session)
    text = page.get_data(as_text=True)
    assert hook.secret is not None
    assert hook.secret in text
    for path in ("/admin/channels", f"/admin/channels/{hook.id}"):
        shown = administrator.get(path).get_data(as_text=True)
        assert "行内系统" in shown
        assert hook.secret not in shown
        assert "SECRETKEY" not in shown
    tried = administrator.post(f"/admin/channels/{hook.id}/trial", follow_redirects=True)
    assert "测试消息已送达对方" in tried.get_data(as_text=True)
    said = json.loads(reachable.came[0].body)
    assert (said["type"], said["kind"]) == ("notice", "channel_test")
    assert only_hook(session).last_ok_at is not None
    administrator.post(f"/admin/channels/{hook.id}/deactivation")
    assert not only_hook(session).active
    administrator.post(f"/admin/channels/{hook.id}/activation")
    assert only_hook(session).active
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.entity == "hook")).all()
    assert acts == ["hook.create", "hook.try", "hook.deactivate", "hook.activate"]
    kept = [str(entry.changes) for entry in session.scalars(select(AuditEntry))]
    assert not [each for each in kept if "SECRETKEY" in each or hook.secret in each]


def test_a_trial_that_fails_says_why(
    sign_in: SignIn, session: Session, reachable: Receiver
) -> None:
    administrator = sign_in("administrator")
    administrator.post("/admin/channels", data=a_form(reachable))
    reachable.say(Says(403))
    path = f"/admin/channels/{only_hook(session).id}/trial"
    page = administrator.post(path, follow_redirects=True).get_data(as_text=True)
    assert "测试没有成功" in page
    assert "403" in page


def test_what_is_wrong_is_told_at_its_field_and_secrets_are_not_shown_again(
    sign_in: SignIn, reachable: Receiver
) -> None:
    form = a_form(reachable, url="http://10.0.0.1/x", secret="TYPEDSECRET")
    page = sign_in("administrator").post("/admin/channels", data=form)
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert 'id="f-url-error"' in text
    assert "TYPEDSECRET" not in text
    assert "行内系统" in text


def test_a_change_keeps_what_is_left_empty(
    sign_in: SignIn, session: Session, reachable: Receiver
) -> None:
    administrator = sign_in("administrator")
    administrator.post("/admin/channels", data=a_form(reachable))
    hook = only_hook(session)
    path, url, secret = f"/admin/channels/{hook.id}", hook.url, hook.secret
    form = a_form(reachable, name="新名", url="", version="1", urgent_only="1")
    assert administrator.post(path, data=form).status_code == 303
    hook = only_hook(session)
    assert (hook.name, hook.url, hook.secret, hook.urgent_only) == ("新名", url, secret, True)
    stale = administrator.post(path, data=form)
    assert stale.status_code == 409


def test_the_log_shows_what_became_of_each_delivery_and_nobodys_name(
    sign_in: SignIn, post: Post, reachable: Receiver
) -> None:
    reachable.say(410)
    post.tell("due_soon", params={"name": "张三丰", "contract_no": "HT1"})
    post.deliver()
    administrator = sign_in("administrator")
    page = administrator.get("/admin/channels").get_data(as_text=True)
    assert "不再需要" in page
    assert "410" in page
    assert "三丰" not in page
    assert "/push/one" not in page
    none = administrator.get("/admin/channels?state=failed&channel=mail").get_data(as_text=True)
    assert "没有符合条件的记录" in none
    assert administrator.get("/admin/channels?after=x").status_code == 400


def test_the_log_has_pages(sign_in: SignIn, post: Post, reachable: Receiver) -> None:
    for number in range(51):
        post.tell(key=f"n{number}")
    page = sign_in("administrator").get("/admin/channels").get_data(as_text=True)
    found = re.search(r'href="(/admin/channels\?after=[^"]+)"', page)
    assert found
    second = sign_in("administrator").get(found[1].replace("&amp;", "&"))
    assert second.get_data(as_text=True).count("等待发送") >= 1


@pytest.mark.parametrize("username", ["officer", "manager", "auditor"])
def test_the_page_is_for_administrators(sign_in: SignIn, username: str) -> None:
    browser = sign_in(username)
    assert browser.get("/admin/channels").status_code == 403
    assert browser.post("/admin/channels", data={}).status_code in (403, 422)
    assert "/admin/channels" not in browser.get("/products").get_data(as_text=True)


def test_the_command_tells_a_test_and_says_what_became_of_it(
    app: Flask, post: Post, reachable: Receiver
) -> None:
    ran = app.test_cli_runner()
    assert ran.invoke(args=["push", "test", "officer"]).output == "web_push  sent\n"
    again = ran.invoke(args=["push", "test", "officer"])
    assert again.exit_code == 1
    assert "one test a minute" in again.output
    assert ran.invoke(args=["push", "test", "nobody"]).exit_code == 1
    alone = ran.invoke(args=["push", "test", "manager"])
    assert alone.exit_code == 1
    assert "no browser" in alone.output


def test_nothing_of_a_message_its_address_or_its_keys_is_logged(
    post: Post, reachable: Receiver, caplog: pytest.LogCaptureFixture, read_by: Any
) -> None:
    read_by(show_amounts=True)
    with caplog.at_level(logging.DEBUG):
        for answer in (201, 500, 410):
            post.receiver.say(answer)
            post.tell("due_soon", params={"name": "张三丰", "contract_no": "HT1"})
            post.deliver()
    told = caplog.text
    for secret in ("三丰", "/push/one", "vapid", post.browser.subscription()["keys"]["auth"]):
        assert secret not in told, secret
