"""What the server answers under /field/: the set-up page, and the page that wakes the worker."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


def test_setting_up_asks_to_sign_in_first_and_comes_back(client: FlaskClient) -> None:
    answer = client.get("/field/start")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/field/start"


def test_an_officer_sets_a_device_up(sign_in: SignIn) -> None:
    answer = sign_in("officer").get("/field/start")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'data-device="enrol"' in page
    assert 'lang="zh-CN"' in page


def test_no_request_can_carry_a_pin(sign_in: SignIn) -> None:
    page = sign_in("officer").get("/field/start").get_data(as_text=True)
    secrets = re.findall(r'<input[^>]*type="password"[^>]*>', page)
    assert len(secrets) == 2
    assert not any(" name=" in secret for secret in secrets)


def test_an_administrator_has_no_use_for_it(sign_in: SignIn) -> None:
    assert sign_in("administrator").get("/field/start").status_code == 403


@pytest.mark.parametrize("path", ["/field/", "/field/customers/7", "/field/loans/8/pay?x=1"])
def test_every_other_address_wakes_the_worker_and_tells_nothing(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert 'data-device="waken"' in answer.get_data(as_text=True)


def test_a_form_without_a_worker_is_taken_by_nobody(client: FlaskClient) -> None:
    assert client.post("/field/loans/8/paid").status_code == 405
