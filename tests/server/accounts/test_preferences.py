"""Language and looks: chosen with or without signing in, and kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.accounts.models import User
from tests.server.bank import Bank

SignIn = Callable[[str], FlaskClient]


def test_a_stranger_chooses_the_language_of_the_sign_in_page(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    answer = client.post("/preferences/language", data={"language": "en", "next": "/sign-in"})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert '<html lang="en"' in client.get("/sign-in").get_data(as_text=True)


def test_a_person_keeps_the_language_on_every_browser(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    sign_in("officer").post("/preferences/language", data={"language": "en"})
    assert session.get_one(User, bank.people["officer"]).language == "en"
    assert '<html lang="en"' in sign_in("officer").get("/products").get_data(as_text=True)


def test_the_written_form_of_the_language_is_understood(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    client.post("/preferences/language", data={"language": "zh-CN"})
    assert '<html lang="zh-CN"' in client.get("/sign-in").get_data(as_text=True)


@pytest.mark.parametrize("language", ["", "fr", "en; drop", "../zh", "x" * 5000])
def test_an_unknown_language_changes_nothing(
    sign_in: SignIn, session: Session, bank: Bank, language: str
) -> None:
    answer = sign_in("officer").post("/preferences/language", data={"language": language})
    assert answer.status_code == 303
    assert session.get_one(User, bank.people["officer"]).language == "zh"


def test_theme_and_text_size_are_kept_on_the_browser(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    client.post("/preferences/appearance", data={"theme": "sunlight", "text": "larger"})
    page = client.get("/sign-in").get_data(as_text=True)
    assert 'data-theme="sunlight" data-text="larger"' in page


def test_an_unknown_look_is_the_usual_one(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    client.post("/preferences/appearance", data={"theme": '"><script>', "text": "x"})
    client.set_cookie("theme", '"><script>')
    page = client.get("/sign-in").get_data(as_text=True)
    assert 'data-theme="auto" data-text="normal"' in page


def test_choosing_leads_back_to_the_page_and_to_no_other_site(app: Flask, bank: Bank) -> None:
    for path in ("/preferences/language", "/preferences/appearance"):
        for target, home in (("/sign-in", "/sign-in"), ("//evil.example", "/")):
            answer = app.test_client().post(path, data={"language": "en", "next": target})
            assert answer.location == home


def test_cookies_are_seen_by_no_script(app: Flask, bank: Bank) -> None:
    answer = app.test_client().post("/preferences/appearance", data={"theme": "dark"})
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
