"""The log tells routes, ids and places, and nothing of people."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.web.logs import REQUEST_ID, configure_logs
from tests.server.bank import Bank

SignIn = Callable[[str], FlaskClient]
KEY = "01a20cea-d33b-7000-8000-000000000001"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], StringIO]]:
    """Begin to log in one form or the other; gives what is written."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = StringIO()

    def begin(as_json: bool) -> StringIO:
        monkeypatch.setattr(sys, "stderr", stream)
        configure_logs(as_json=as_json)
        return stream

    yield begin
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("taizhang").setLevel(logging.NOTSET)


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_told_by_its_route_and_by_who_asked(
    bank: Bank, sign_in: SignIn, written: Callable[[bool], StringIO]
) -> None:
    browser = sign_in("officer")
    stream = written(True)
    answer = browser.get(f"/loans/{KEY}?q=张三丰", headers={REQUEST_ID: "proxy-0123456789"})
    assert answer.headers[REQUEST_ID] == "proxy-0123456789"
    (line,) = [each for each in lines(stream) if each["logger"] == "taizhang.requests"]
    assert (line["method"], line["route"], line["status"]) == (
        "GET",
        "/loans/<uuid:loan_id>",
        404,
    )
    assert line["user_id"] == bank.actor("officer").user_id
    assert line["request_id"] == "proxy-0123456789"
    assert {"time", "level", "ms"} <= set(line)
    for untold in (KEY, "张三丰", "officer"):
        assert untold not in stream.getvalue()


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g", "<script>alert(1)"])
def test_an_id_that_is_none_is_not_taken_over(app: Flask, given: str) -> None:
    answer = app.test_client().get("/sign-in", headers={REQUEST_ID: given})
    assert answer.headers[REQUEST_ID] != given
    assert len(answer.headers[REQUEST_ID]) == 16


@pytest.mark.parametrize("as_json", [True, False])
def test_a_failure_is_told_by_its_type_and_places_and_not_by_its_words(
    written: Callable[[bool], StringIO], as_json: bool
) -> None:
    stream = written(as_json)
    log = logging.getLogger("taizhang.tests")
    try:
        try:
            int("13800138000 of 张三丰")
        except ValueError as cause:
            raise KeyError("330106199003070011") from cause
    except KeyError:
        log.exception("it failed")
    text = stream.getvalue()
    for told in ("it failed", "KeyError", "caused by ValueError", "test_logs.py:"):
        assert told in text
    for untold in ("13800138000", "张三丰", "330106199003070011"):
        assert untold not in text


def test_a_line_for_people_ends_with_the_request(
    bank: Bank, sign_in: SignIn, written: Callable[[bool], StringIO]
) -> None:
    browser = sign_in("officer")
    stream = written(False)
    number = browser.get("/products").headers[REQUEST_ID]
    (line,) = stream.getvalue().splitlines()
    assert "INFO taizhang.requests GET /products 200 " in line
    assert line.endswith(f" request={number} user={bank.actor('officer').user_id}")


def test_those_who_watch_are_not_logged(app: Flask, written: Callable[[bool], StringIO]) -> None:
    stream = written(True)
    for path in ("/healthz", "/readyz", "/metrics"):
        app.test_client().get(path)
    assert stream.getvalue() == ""
