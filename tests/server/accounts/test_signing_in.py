"""Signing in: who may, who is locked out, and that the page tells nothing of who exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts import views
from server.accounts.models import SignInAttempt, User, UserSession
from server.accounts.queries import FAILURES_BEFORE_LOCK, LOCK_LASTS
from server.crypto.passwords import password_matches
from server.database.models import AuditEntry
from tests.server.bank import Bank

SignIn = Callable[[str], FlaskClient]


def try_to_sign_in(client: FlaskClient, username: str, password: str, **fields: str) -> Any:
    return client.post("/sign-in", data={"username": username, "password": password, **fields})


def what_it_says(answer: Any) -> str:
    html = answer.get_data(as_text=True)
    start = html.index('id="f-password-error"')
    return str(html[start : html.index("</p>", start)].rpartition("<span>")[2].partition("<")[0])


def test_the_right_password_opens_a_session(app: Flask, bank: Bank, session: Session) -> None:
    answer = try_to_sign_in(app.test_client(), " OFFICER ", Bank.password, next="/products")
    assert (answer.status_code, answer.location) == (303, "/products")
    row = session.scalars(select(UserSession)).one()
    assert row.user_id == bank.people["officer"]


def test_the_session_is_kept_as_a_hash_only(app: Flask, bank: Bank, session: Session) -> None:
    client = app.test_client()
    try_to_sign_in(client, "officer", Bank.password)
    with client.session_transaction() as cookie:
        token = cookie["token"]
    row = session.scalars(select(UserSession)).one()
    assert token not in (row.token_hash, row.id)
    assert len(row.token_hash) == 64


def test_each_sign_in_takes_a_new_session(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    tokens = set()
    for _ in range(2):
        try_to_sign_in(client, "officer", Bank.password)
        with client.session_transaction() as cookie:
            tokens.add(cookie["token"])
    assert len(tokens) == 2


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(
    app: Flask, bank: Bank, username: str
) -> None:
    answer = try_to_sign_in(app.test_client(), username, "wrong password")
    assert answer.status_code == 422
    assert what_it_says(answer) == "用户名或密码不正确。"
    assert "wrong password" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_a_password_is_hashed_whether_or_not_the_name_exists(
    app: Flask, bank: Bank, username: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def remember(password: str, stored: str | None) -> bool:
        asked.append(stored)
        return password_matches(password, stored)

    monkeypatch.setattr(views, "password_matches", remember)
    try_to_sign_in(app.test_client(), username, "wrong password")
    assert len(asked) == 1


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_the_fifth_failure_locks_a_name_whether_or_not_it_exists(
    app: Flask, bank: Bank, username: str
) -> None:
    client = app.test_client()
    for _ in range(FAILURES_BEFORE_LOCK):
        assert what_it_says(try_to_sign_in(client, username, "wrong")) == "用户名或密码不正确。"
    answer = try_to_sign_in(client, username, Bank.password)
    assert what_it_says(answer) == "连续输错密码，该账号已锁定 15 分钟。"


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_a_lock_ends_by_itself(app: Flask, bank: Bank, session: Session, username: str) -> None:
    client = app.test_client()
    for _ in range(FAILURES_BEFORE_LOCK):
        try_to_sign_in(client, username, "wrong")
    for user in session.scalars(select(User).where(User.locked_until.is_not(None))):
        user.locked_until = dt.datetime.now(dt.UTC)
    for attempt in session.scalars(select(SignInAttempt)):
        attempt.at -= LOCK_LASTS
    session.commit()
    answer = try_to_sign_in(client, username, "wrong")
    assert what_it_says(answer) == "用户名或密码不正确。"


def test_a_lock_is_written_in_the_audit(app: Flask, bank: Bank, session: Session) -> None:
    for _ in range(FAILURES_BEFORE_LOCK):
        try_to_sign_in(app.test_client(), "officer", "wrong")
    assert session.scalars(select(AuditEntry.action)).all() == ["user.lock"]


def test_a_success_begins_the_count_anew(app: Flask, bank: Bank, session: Session) -> None:
    client = app.test_client()
    for _ in range(FAILURES_BEFORE_LOCK - 1):
        try_to_sign_in(client, "officer", "wrong")
    assert try_to_sign_in(client, "officer", Bank.password).status_code == 303
    for _ in range(FAILURES_BEFORE_LOCK - 1):
        try_to_sign_in(app.test_client(), "officer", "wrong")
    assert try_to_sign_in(app.test_client(), "officer", Bank.password).status_code == 303


def test_an_address_that_fails_too_often_must_wait(
    app: Flask, bank: Bank, session: Session
) -> None:
    now = dt.datetime.now(dt.UTC)
    session.add_all(
        SignInAttempt(at=now, username=f"n{number}", address="127.0.0.1") for number in range(30)
    )
    session.commit()
    answer = try_to_sign_in(app.test_client(), "officer", Bank.password)
    assert what_it_says(answer) == "尝试次数过多，请过 15 分钟再试。"


def test_a_deactivated_person_is_told_no_more_than_a_stranger(
    app: Flask, bank: Bank, session: Session
) -> None:
    session.get_one(User, bank.people["officer"]).active = False
    session.commit()
    answer = try_to_sign_in(app.test_client(), "officer", Bank.password)
    assert what_it_says(answer) == "用户名或密码不正确。"


@pytest.mark.parametrize("username", ["", "a" * 60_000, "甲\x00", "'; drop table users; --"])
def test_an_odd_name_is_just_a_wrong_one(app: Flask, bank: Bank, username: str) -> None:
    assert try_to_sign_in(app.test_client(), username, "x").status_code == 422


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(app: Flask, bank: Bank, target: str) -> None:
    answer = try_to_sign_in(app.test_client(), "officer", Bank.password, next=target)
    assert answer.location == "/"
    client = app.test_client()
    try_to_sign_in(client, "officer", Bank.password)
    assert client.get("/sign-in", query_string={"next": target}).location == "/"


def test_a_page_asked_for_is_shown_after_signing_in(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    asked = client.get("/products?a=1")
    assert asked.location == "/sign-in?next=/products?a%3D1"
    page = client.get(asked.location).get_data(as_text=True)
    assert 'name="next" value="/products?a=1"' in page


def test_an_empty_ledger_tells_how_to_make_the_first_administrator(app: Flask) -> None:
    page = app.test_client().get("/sign-in").get_data(as_text=True)
    assert "flask --app server.wsgi users create" in page


def test_a_ledger_with_staff_tells_nothing_of_it(app: Flask, bank: Bank) -> None:
    page = app.test_client().get("/sign-in").get_data(as_text=True)
    assert "users create" not in page


@pytest.mark.parametrize(("target", "lasts"), [("", False), ("/loans", False), ("/field/", True)])
def test_only_a_tablets_sign_in_outlives_its_browser(
    app: Flask, bank: Bank, target: str, lasts: bool
) -> None:
    data = {"username": "officer", "password": bank.password, "next": target}
    answer = app.test_client().post("/sign-in", data=data)
    assert ("Expires=" in answer.headers["Set-Cookie"]) is lasts
