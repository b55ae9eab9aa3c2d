"""Changing one's own password, by will or because a temporary one was given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import Branch, SignInAttempt, User
from server.crypto.passwords import password_matches
from server.database.models import AuditEntry
from tests.server.bank import Bank

SignIn = Callable[[str], FlaskClient]
NEW = "seven brave otters"


def form(old: str = Bank.password, new: str = NEW, again: str | None = None) -> dict[str, str]:
    return {"old_password": old, "new_password": new, "again": new if again is None else again}


def test_a_new_password_takes_the_place_of_the_old(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    answer = sign_in("officer").post("/account/password", data=form())
    assert answer.status_code == 303
    stored = session.get_one(User, bank.people["officer"]).password_hash
    assert password_matches(NEW, stored)
    assert not password_matches(Bank.password, stored)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert entry.action == "user.password"
    assert NEW not in str(entry.changes)


def test_other_sessions_end_and_this_one_stays(sign_in: SignIn) -> None:
    here, there = sign_in("officer"), sign_in("officer")
    here.post("/account/password", data=form())
    assert here.get("/account/sessions").status_code == 200
    assert there.get("/account/sessions").status_code == 302


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (form(old="not it"), "old_password"),
        (form(new="short"), "new_password"),
        (form(new="x" * 60_000), "new_password"),
        (form(new="my officer name"), "new_password"),
        (form(new="aaaaaaaaaaaa"), "new_password"),
        (form(new=Bank.password), "new_password"),
        (form(again="something else"), "again"),
        ({}, "old_password"),
    ],
)
def test_a_bad_change_is_told_at_its_field_and_changes_nothing(
    sign_in: SignIn, session: Session, bank: Bank, fields: dict[str, str], field: str
) -> None:
    answer = sign_in("officer").post("/account/password", data=fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert page.count("field__error") == 1
    stored = session.get_one(User, bank.people["officer"]).password_hash
    assert password_matches(Bank.password, stored)


def test_a_temporary_password_must_be_changed_first(
    app: Flask, sign_in: SignIn, session: Session, bank: Bank
) -> None:
    session.get_one(User, bank.people["officer"]).must_change_password = True
    session.commit()
    client = sign_in("officer")
    for path in ("/products", "/account/sessions"):
        assert client.get(path).location == "/account/password"
    assert "临时密码" in client.get("/account/password").get_data(as_text=True)
    client.post("/account/password", data=form())
    assert client.get("/products").status_code == 200


def test_a_temporary_password_opens_no_act(sign_in: SignIn, session: Session, bank: Bank) -> None:
    session.get_one(User, bank.people["administrator"]).must_change_password = True
    session.commit()
    answer = sign_in("administrator").post(
        "/admin/branches", data={"code": "X1", "name": "新设支行"}
    )
    assert answer.location == "/account/password"
    assert not session.scalars(select(Branch).where(Branch.code == "X1")).all()


def test_the_fifth_wrong_old_password_locks_and_even_the_right_one_waits(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    client = sign_in("officer")
    for _ in range(5):
        assert client.post("/account/password", data=form(old="not it")).status_code == 422
    answer = client.post("/account/password", data=form())
    assert answer.status_code == 422
    assert "已锁定" in answer.get_data(as_text=True)
    user = session.get_one(User, bank.people["officer"])
    assert user.locked_until is not None
    assert password_matches(Bank.password, user.password_hash)
    locked = session.scalars(select(AuditEntry.action).where(AuditEntry.action == "user.lock"))
    assert len(locked.all()) == 1


def test_wrong_old_passwords_and_failed_sign_ins_share_one_count(
    app: Flask, sign_in: SignIn, session: Session, bank: Bank
) -> None:
    client = sign_in("officer")
    for _ in range(3):
        client.post("/account/password", data=form(old="not it"))
    for _ in range(2):
        app.test_client().post("/sign-in", data={"username": "officer", "password": "not it"})
    assert session.get_one(User, bank.people["officer"]).locked_until is not None


def test_a_change_that_succeeds_forgets_the_failures(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    client = sign_in("officer")
    client.post("/account/password", data=form(old="not it"))
    assert session.get_one(User, bank.people["officer"]).failed_sign_ins == 1
    assert client.post("/account/password", data=form()).status_code == 303
    assert session.get_one(User, bank.people["officer"]).failed_sign_ins == 0


def test_a_busy_address_may_not_try_old_passwords(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    client = sign_in("officer")
    now = dt.datetime.now(dt.UTC)
    session.add_all(
        SignInAttempt(at=now, username=f"somebody{n}", address="127.0.0.1") for n in range(30)
    )
    session.commit()
    answer = client.post("/account/password", data=form())
    assert answer.status_code == 422
    assert "尝试次数过多" in answer.get_data(as_text=True)
