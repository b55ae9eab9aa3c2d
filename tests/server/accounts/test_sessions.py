"""Sessions: they are listed, they expire, and once ended they open nothing more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User, UserSession
from server.accounts.queries import SESSION_IDLES
from tests.server.bank import Bank

SignIn = Callable[[str], FlaskClient]


def is_asked_to_sign_in(client: FlaskClient) -> bool:
    answer = client.get("/account/sessions")
    return answer.status_code == 302 and answer.location.startswith("/sign-in")


def test_signing_out_ends_the_session_at_once(sign_in: SignIn) -> None:
    client = sign_in("officer")
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    assert client.post("/sign-out").location == "/sign-in"
    with client.session_transaction() as cookie:
        cookie.update(kept)
    assert is_asked_to_sign_in(client)


def test_ones_sessions_are_listed_and_another_can_be_ended(
    sign_in: SignIn, session: Session
) -> None:
    here, there = sign_in("officer"), sign_in("officer")
    page = here.get("/account/sessions").get_data(as_text=True)
    assert page.count("/end") == 1
    with there.session_transaction() as cookie:
        assert cookie["token"]
    other = session.scalars(select(UserSession.id).order_by(UserSession.id.desc())).first()
    answer = here.post(f"/account/sessions/{other}/end")
    assert answer.status_code == 303
    assert is_asked_to_sign_in(there)
    assert not is_asked_to_sign_in(here)


def test_another_persons_session_does_not_exist(sign_in: SignIn, session: Session) -> None:
    sign_in("officer")
    theirs = session.scalars(select(UserSession.id)).one()
    answer = sign_in("reviewer").post(f"/account/sessions/{theirs}/end")
    assert answer.status_code == 404
    assert session.get_one(UserSession, theirs).ended_at is None


def test_an_unknown_session_does_not_exist(sign_in: SignIn) -> None:
    assert sign_in("officer").post(f"/account/sessions/{uuid4()}/end").status_code == 404
    assert sign_in("officer").post("/account/sessions/not-an-id/end").status_code == 404


def test_a_session_expires_after_its_hours(sign_in: SignIn, session: Session) -> None:
    client = sign_in("officer")
    session.scalars(select(UserSession)).one().expires_at = dt.datetime.now(dt.UTC)
    session.commit()
    assert is_asked_to_sign_in(client)


def test_a_session_left_alone_is_over(sign_in: SignIn, session: Session) -> None:
    client = sign_in("officer")
    row = session.scalars(select(UserSession)).one()
    row.last_seen_at = dt.datetime.now(dt.UTC) - SESSION_IDLES
    session.commit()
    assert is_asked_to_sign_in(client)


def test_use_keeps_a_session_alive(sign_in: SignIn, session: Session) -> None:
    client = sign_in("officer")
    row = session.scalars(select(UserSession)).one()
    row.last_seen_at = before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    session.commit()
    client.get("/account/sessions")
    session.expire_all()
    assert session.scalars(select(UserSession)).one().last_seen_at > before


def test_a_deactivated_person_is_out_at_once(sign_in: SignIn, session: Session, bank: Bank) -> None:
    client = sign_in("officer")
    session.get_one(User, bank.people["officer"]).active = False
    session.commit()
    assert is_asked_to_sign_in(client)


def test_a_forged_cookie_opens_nothing(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = "not a token"
    assert is_asked_to_sign_in(client)
    client.set_cookie("taizhang", "eyJ0b2tlbiI6ICJ4In0.forged.signature")
    assert is_asked_to_sign_in(client)


def test_htmx_is_told_where_to_sign_in(app: Flask, bank: Bank) -> None:
    answer = app.test_client().get("/products", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_knowing_the_person_costs_one_statement(sign_in: SignIn, statements: list[str]) -> None:
    client = sign_in("officer")
    statements.clear()
    client.get("/account/password")
    assert len([sent for sent in statements if "user_sessions" in sent or "users" in sent]) == 1
