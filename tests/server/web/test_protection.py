"""What holds for the whole app: sign-in, CSRF, headers, and error pages that leak nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from server.app import create_app
from server.database.extension import db
from server.database.models import AuditEntry
from server.web.doors import is_public
from tests.server.bank import Bank
from tests.server.conftest import make_config

SignIn = Callable[[str], FlaskClient]

PUBLIC = {
    "static",
    "accounts.sign_in",
    "accounts.start_session",
    "accounts.choose_language",
    "accounts.choose_appearance",
    "field.waken",
    "operations.live",
    "operations.metrics",
    "operations.ready",
    "pwa.manifest",
    "pwa.worker",
}
"""Every page that answers a stranger. Adding one is a decision: say it here too."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def a_value(variable: re.Match[str]) -> str:
    """A value that the converter of a rule's variable takes."""
    kind, choices = variable[1], variable[2]
    if kind == "any":
        return str(choices.partition(",")[0].strip(" \"'"))
    return {"uuid": "01a20cea-d33b-7000-8000-000000000001", "int": "1"}.get(kind or "", "x")


def rules(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each rule with one of its methods and a path that fits it."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", a_value, rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield rule, method, path


def test_every_page_is_public_by_name_or_asks_for_sign_in(app: Flask, bank: Bank) -> None:
    client = app.test_client()
    for rule, method, path in rules(app):
        if rule.endpoint in PUBLIC:
            continue
        assert not is_public(app.view_functions[rule.endpoint]), rule.endpoint
        answer = client.open(path, method=method)
        if path.startswith(("/sync/", "/push/")):
            assert answer.status_code == 401, (method, path, answer.status_code)
            continue
        assert answer.status_code == 302, (method, path, answer.status_code)
        assert answer.location.startswith("/sign-in"), (method, path)


def test_no_page_changes_anything_by_a_get(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        # An upload of a device asks how far it is by HEAD, and adds to it by PATCH.
        assert methods in ({"GET"}, {"POST"}, {"PATCH"}, {"DELETE"}, set()), rule.endpoint


@pytest.fixture
def guarded(app: Flask, bank: Bank, tmp_path: Path) -> Iterator[Flask]:
    """The app on the same database as it runs in earnest: with CSRF."""
    config = make_config(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path / "data")
    with app.app_context():
        pass
    earnest = create_app(config)
    yield earnest
    with earnest.app_context():
        db.engine.dispose()


def token_of(client: FlaskClient, path: str = "/sign-in") -> str:
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def signed_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    data = {"username": username, "password": Bank.password, "csrf_token": token_of(client)}
    assert client.post("/sign-in", data=data).status_code == 303
    return client


def test_no_post_is_taken_without_its_token(guarded: Flask) -> None:
    stranger = guarded.test_client()
    for _rule, method, path in rules(guarded):
        if method == "POST":
            assert stranger.post(path).status_code == 400, path


def test_the_token_is_taken_from_a_field_or_from_htmx(guarded: Flask) -> None:
    client = signed_in(guarded, "administrator")
    token = token_of(client, "/admin/branches/new")
    form = {"code": "N1", "name": "新城支行"}
    answer = client.post("/admin/branches", data=form, headers={"X-CSRFToken": token})
    assert answer.status_code == 303
    form = {"code": "N2", "name": "新港支行", "csrf_token": token}
    assert client.post("/admin/branches", data=form).status_code == 303


def test_a_stale_token_is_told_as_a_stale_page(guarded: Flask) -> None:
    client = signed_in(guarded, "administrator")
    answer = client.post("/admin/branches", data={"code": "N1"}, headers={"X-CSRFToken": "old"})
    assert answer.status_code == 400
    assert "页面已经过期" in answer.get_data(as_text=True)


def test_the_page_hands_htmx_its_token(guarded: Flask) -> None:
    page = signed_in(guarded, "administrator").get("/products").get_data(as_text=True)
    assert re.search(r"hx-headers:inherited='\{\"X-CSRFToken\": \"[^\"]{20,}\"\}'", page)


@pytest.mark.parametrize("path", ["/sign-in", "/products", "/nowhere", "/sign-out", "/static/none"])
def test_every_answer_carries_the_headers(app: Flask, bank: Bank, path: str) -> None:
    answer = app.test_client().get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_no_page_is_kept_by_a_cache(sign_in: SignIn) -> None:
    assert sign_in("officer").get("/products").headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_guarded(app: Flask, bank: Bank) -> None:
    data = {"username": "officer", "password": Bank.password}
    answer = app.test_client().post("/sign-in", data=data)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_no_template_holds_script_or_style() -> None:
    templates = Path(__file__).parents[3] / "server" / "templates"
    inline = re.compile(
        r"<style|\sstyle=|\son[a-z]+=[\"']|hx-on|<script(?![^>]*\ssrc=)|javascript:"
    )
    found = {
        path.name: inline.findall(path.read_text())
        for path in templates.rglob("*.html")
        if inline.search(path.read_text())
    }
    assert not found


def test_a_forbidden_act_is_refused_and_recorded(sign_in: SignIn, session: Session) -> None:
    answer = sign_in("officer").get("/admin/users")
    assert answer.status_code == 403
    assert "没有权限" in answer.get_data(as_text=True)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "access.refused")).one()
    assert (entry.entity_id, entry.reason) == ("users.manage", "/admin/users")


def test_what_does_not_exist_is_told_and_recorded(sign_in: SignIn, session: Session) -> None:
    key = "01a20cea-d33b-7000-8000-000000000001"
    answer = sign_in("administrator").get(f"/products/{key}")
    assert answer.status_code == 404
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "access.not_found")).one()
    assert (entry.entity, entry.entity_id) == ("product", key)


@pytest.mark.parametrize(("language", "title"), [("zh", "系统出了问题"), ("en", '<html lang="en"')])
def test_a_failure_shows_a_number_and_nothing_of_what_failed(
    app: Flask, bank: Bank, sign_in: SignIn, language: str, title: str, monkeypatch: Any
) -> None:
    client = sign_in("officer")
    client.set_cookie("language", language)

    def break_down(**_values: Any) -> str:
        raise RuntimeError("the password is hunter2 in /srv/taizhang")

    monkeypatch.setitem(app.view_functions, "accounts.sessions", break_down)
    client.post("/preferences/language", data={"language": language})
    answer = client.get("/account/sessions")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert title in page
    assert 'class="bare__reference"' in page
    for leak in ("hunter2", "RuntimeError", "Traceback", "/srv"):
        assert leak not in page


def test_a_lost_database_still_answers_with_a_page(
    app: Flask, bank: Bank, sign_in: SignIn, monkeypatch: Any
) -> None:
    client = sign_in("officer")

    def fail(*_values: Any) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr("server.accounts.queries.signed_in_by_token", fail)
    answer = client.get("/products")
    assert answer.status_code == 500
    assert "系统出了问题" in answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 419, 429, 500])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_error_has_a_page_in_each_language(app: Flask, code: int, language: str) -> None:
    from flask import render_template

    with app.test_request_context(headers={"Cookie": f"language={language}"}):
        page = render_template("errors/error.html", code=code)
    assert ('<html lang="en"' in page) == (language == "en")
    assert 'href="/"' in page


def test_the_wrong_method_tells_the_right_one(sign_in: SignIn) -> None:
    answer = sign_in("officer").post("/products/new")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_broken_cursor_is_a_bad_request(sign_in: SignIn) -> None:
    for cursor in ("x", "WyJhXHUwMDAwIl0", "WzFlMzBd", "W10", "甲"):
        answer = sign_in("administrator").get("/admin/users", query_string={"after": cursor})
        assert answer.status_code == 400, cursor


def test_an_unknown_address_answers_in_the_persons_language(
    sign_in: SignIn,
) -> None:
    browser = sign_in("officer")
    browser.post("/preferences/language", data={"language": "en", "next": "/"})
    answer = browser.get("/no-such-page")
    assert answer.status_code == 404
    assert '<html lang="en"' in answer.get_data(as_text=True)
