"""Hooks: the signature as an integrator checks it, robots, gateways, and what they answer."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.errors import Conflict, Invalid, NotAllowed
from server.push import actions
from server.push.actions import CustomerText, SaveHook, queue_text
from server.push.models import Delivery, Hook, OutgoingText
from server.push.sending.hooks import Told, filled
from tests.server.bank import NOW, Bank
from tests.server.push.conftest import Post
from tests.server.push.receiver import Came, Says

OK = Says(200, body=b'{"errcode":0,"errmsg":"ok"}')
CUSTOMER = "01a20cea-d33b-7000-8000-000000000001"


def add_hook(post: Post, kind: str = "json", audience: str = "staff", **more: Any) -> str:
    url = more.pop("url", post.receiver.url(f"/hook?key=K-{kind}"))
    command = SaveHook(more.pop("name", f"群 {kind}"), kind, audience, url=url, **more)
    administrator = post.bank.actor("administrator")
    saved = actions.save_hook(post.session, administrator, command, allowed=[post.receiver.host])
    post.session.commit()
    return saved.id


@pytest.fixture
def hooks_alone(read_by: Any) -> None:
    """People hear by hooks and by nothing else."""
    read_by(channels=frozenset({"hook"}))


def is_signed(came: Came, secret: str) -> bool:
    """As the guide for integrators tells it."""
    parts = dict(part.split("=") for part in came.headers["taizhang-signature"].split(","))
    text = parts["t"].encode() + b"." + came.body
    expected = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"])


def test_a_request_carries_a_signature_over_time_and_body(post: Post, hooks_alone: None) -> None:
    add_hook(post, secret="of the bank alone")
    notice = post.tell(urgent=True, params={"name": "张三丰"})
    post.deliver()
    came = post.receiver.came[0]
    assert is_signed(came, "of the bank alone")
    assert not is_signed(came, "another")
    altered = Came(came.path, came.headers, came.body.replace(b"notice", b"Notice"))
    assert not is_signed(altered, "of the bank alone")
    assert f"t={int(NOW.timestamp())}," in came.headers["taizhang-signature"]
    said = json.loads(came.body)
    row = post.only()
    assert came.headers["idempotency-key"] == said["delivery"] == row.id
    assert (said["v"], said["type"], said["id"]) == (1, "notice", notice)
    assert said["to"] == {"user": post.bank.people["officer"], "name": "officer 员工"}
    assert said["urgent"] is True
    assert "三丰" not in came.body.decode()
    assert post.session.scalars(select(Hook)).one().last_ok_at == NOW


def test_a_secret_is_made_where_none_is_given_and_is_kept_sealed(post: Post) -> None:
    command = SaveHook("一", "json", "staff", url="https://hooks.example.com/x")
    saved = actions.save_hook(post.session, post.bank.actor("administrator"), command)
    post.session.commit()
    row = post.session.get_one(Hook, saved.id)
    assert len(saved.new_secret) >= 32
    assert row.secret == saved.new_secret
    assert saved.new_secret.encode() not in (row.secret_sealed or b"")
    assert b"example" not in row.url_sealed


def test_a_robot_of_wecom_gets_a_text(post: Post, hooks_alone: None) -> None:
    post.receiver.say(OK)
    add_hook(post, "wecom")
    post.tell()
    post.deliver()
    came = post.receiver.came[0]
    assert came.path == "/hook?key=K-wecom"
    said = json.loads(came.body)
    assert said["msgtype"] == "text"
    assert said["text"]["content"]
    assert "taizhang-signature" not in came.headers
    assert post.only().state == "sent"


def test_a_robot_of_dingtalk_is_signed_in_its_own_way(post: Post, hooks_alone: None) -> None:
    post.receiver.say(OK)
    add_hook(post, "dingtalk", secret="SEC123")
    post.tell()
    post.deliver()
    asked = parse_qs(urlsplit(post.receiver.came[0].path).query)
    moment = asked["timestamp"][0]
    assert moment == str(int(NOW.timestamp() * 1000))
    text = f"{moment}\nSEC123".encode()
    expected = hmac.new(b"SEC123", text, hashlib.sha256).digest()
    assert base64.b64decode(asked["sign"][0]) == expected
    assert asked["key"] == ["K-dingtalk"]


@pytest.mark.parametrize(
    ("body", "state", "error"),
    [
        (b'{"errcode":45009,"errmsg":"api freq out of limit"}', "waiting", "robot_45009"),
        (b'{"errcode":-1}', "waiting", "robot_-1"),
        (b'{"errcode":93000,"errmsg":"invalid webhook url"}', "failed", "robot_93000"),
        (b"<html>", "failed", "robot_answer"),
        (b"[1]", "failed", "robot_answer"),
        (b'{"errcode":"0"}', "failed", "robot_answer"),
    ],
)
def test_a_robot_that_answers_200_may_still_have_refused(
    post: Post, hooks_alone: None, body: bytes, state: str, error: str
) -> None:
    post.receiver.say(Says(200, body=body))
    add_hook(post, "wecom")
    post.tell()
    post.deliver()
    assert (post.only().state, post.only().error) == (state, error)


def test_a_robot_that_took_a_request_and_did_not_answer_is_not_asked_again(
    post: Post, hooks_alone: None
) -> None:
    post.receiver.say(Says(hang=3))
    add_hook(post, "wecom")
    post.tell()
    post.deliver()
    assert (post.only().state, post.only().error) == ("unknown", "read_timeout")


def test_a_bank_s_own_program_is_asked_again_with_the_same_key(
    post: Post, hooks_alone: None
) -> None:
    post.receiver.say(500, Says(hang=3), 200)
    add_hook(post)
    post.tell()
    for _ in range(3):
        post.deliver()
        post.later(minutes=10)
    assert post.only().state == "sent"
    assert len({came.headers["idempotency-key"] for came in post.receiver.came}) == 1
    assert len({came.body for came in post.receiver.came}) == 1


def test_a_hook_of_a_branch_hears_of_that_branch_and_an_urgent_one_of_the_urgent(
    post: Post, hooks_alone: None
) -> None:
    add_hook(post, name="a", branch_id=post.bank.branch_a)
    add_hook(post, name="b", branch_id=post.bank.branch_b)
    add_hook(post, name="急", urgent_only=True)
    post.tell()
    assert post.deliver() == 1
    post.tell(urgent=True)
    assert post.deliver() == 2


def test_a_hook_that_was_switched_off_is_told_nothing_more(post: Post, hooks_alone: None) -> None:
    hook = add_hook(post)
    post.tell()
    actions.set_hook_active(post.session, post.bank.actor("administrator"), hook, active=False)
    post.session.commit()
    post.deliver()
    assert (post.only().state, post.only().error) == ("dropped", "hook_off")
    post.tell()
    assert len(post.session.scalars(select(Delivery)).all()) == 1


def a_text(bank: Bank, **changes: Any) -> CustomerText:
    return CustomerText(
        **{
            "key": "due_soon:1:0",
            "kind": "customer_due",
            "customer_id": CUSTOMER,
            "branch_id": bank.branch_a,
            "about": ("loan", bank.product_id),
            "title": "还款提醒",
            "body": '您尾号0001的贷款本期应还"100.00"元。',
            "at": NOW,
            "until": NOW + dt.timedelta(hours=8),
            "phone": "13800001111",
            **changes,
        }
    )


TEMPLATE = json.dumps(
    {"mobile": ["{phone}"], "content": "【台账】{text}", "ref": {"id": "{id}"}, "n": 1},
    ensure_ascii=False,
)


def test_a_text_to_a_customer_leaves_by_the_gateway_as_its_template_says(post: Post) -> None:
    add_hook(post, "sms", "customers", template=TEMPLATE, authorization="Bearer T")
    text_id = queue_text(post.session, a_text(post.bank))
    assert queue_text(post.session, a_text(post.bank)) is None
    post.session.commit()
    post.deliver()
    came = post.receiver.came[0]
    row = post.only()
    assert json.loads(came.body) == {
        "mobile": ["13800001111"],
        "content": '【台账】您尾号0001的贷款本期应还"100.00"元。',
        "ref": {"id": row.id},
        "n": 1,
    }
    assert came.headers["authorization"] == "Bearer T"
    assert (row.text_id, row.state, row.once) == (text_id, "sent", True)
    kept = post.session.scalars(select(OutgoingText)).one()
    assert b"1380000" not in kept.address_sealed


def test_a_text_about_what_was_paid_does_not_leave(post: Post, read_by: Any) -> None:
    read_by(handed_in={"text_holds": lambda _session, text: text.about_id != post.bank.product_id})
    add_hook(post, "sms", "customers", template=TEMPLATE)
    queue_text(post.session, a_text(post.bank))
    post.session.commit()
    post.deliver()
    assert post.only().error == "no_longer_true"
    assert post.receiver.came == []


def test_a_text_waits_for_its_time_and_goes_stale_after_it(post: Post) -> None:
    add_hook(post, "sms", "customers", template=TEMPLATE)
    queue_text(post.session, a_text(post.bank, at=NOW + dt.timedelta(hours=1)))
    post.session.commit()
    assert post.deliver() == 0
    post.later(hours=9)
    post.deliver()
    assert post.only().error == "too_late"


def test_what_is_filled_into_a_template_cannot_fill_anything_itself() -> None:
    words = "{phone} and {id}"
    told = Told("D", "N", "k", "t", words, "", False, "zh", "now", "text", {"phone": "1"})
    assert filled({"a": "{text}", "b": "{phone}-{other}"}, told) == {
        "a": "{phone} and {id}",
        "b": "1-{other}",
    }


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"url": "http://hooks.example.com/x"}, "url", "address_scheme"),
        ({"url": "https://127.0.0.1/x"}, "url", "address_internal"),
        ({"url": ""}, "url", "missing"),
        ({"kind": "fax"}, "kind", "unknown"),
        ({"audience": "all"}, "audience", "unknown"),
        ({"kind": "wecom", "audience": "customers"}, "audience", "robot_for_customers"),
        ({"kind": "sms", "template": "{phone} {text}"}, "template", "not_json"),
        ({"kind": "sms", "template": "[1]"}, "template", "not_an_object"),
        ({"kind": "sms", "template": '{"a": "{phone}"}'}, "template", "places"),
        ({"name": "有了"}, "name", "taken"),
    ],
)
def test_a_hook_that_cannot_work_is_refused(
    session: Session, bank: Bank, changes: dict[str, str], field: str, reason: str
) -> None:
    administrator = bank.actor("administrator")
    first = SaveHook("有了", "json", "staff", url="https://hooks.example.com/1")
    actions.save_hook(session, administrator, first)
    given: dict[str, Any] = {
        "name": "新",
        "kind": "json",
        "audience": "staff",
        "url": "https://e.example.com/2",
    }
    with pytest.raises(Invalid) as refused:
        actions.save_hook(session, administrator, SaveHook(**{**given, **changes}))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_only_administrators_and_only_in_turn_change_a_hook(session: Session, bank: Bank) -> None:
    command = SaveHook("一", "json", "staff", url="https://hooks.example.com/1")
    for name in ("officer", "manager", "auditor"):
        with pytest.raises(NotAllowed):
            actions.save_hook(session, bank.actor(name), command)
    administrator = bank.actor("administrator")
    saved = actions.save_hook(session, administrator, command)
    with pytest.raises(Conflict):
        actions.save_hook(session, administrator, command, hook_id=saved.id, version=9)
    kept = session.get_one(Hook, saved.id).secret
    again = SaveHook("二", "json", "staff")
    assert (
        actions.save_hook(session, administrator, again, hook_id=saved.id, version=1).new_secret
        == ""
    )
    row = session.get_one(Hook, saved.id)
    assert (row.name, row.secret, row.url) == ("二", kept, "https://hooks.example.com/1")
