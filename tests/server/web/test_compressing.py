"""Pages in fewer bytes."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask, Response

from server.web.compressing import init_compressing

PAGE = "<p>还款计划</p>" * 200


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    init_compressing(app)
    app.add_url_rule("/page", "page", lambda: PAGE)
    app.add_url_rule("/short", "short", lambda: "<p>短</p>")
    app.add_url_rule("/table", "table", lambda: Response("a,b\n" * 500, mimetype="text/csv"))
    app.add_url_rule("/stream", "stream", lambda: Response(iter([PAGE]), mimetype="text/html"))
    return app


def test_a_page_is_compressed_for_whom_takes_it(app: Flask) -> None:
    answer = app.test_client().get("/page", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(PAGE.encode()) / 5
    assert gzip.decompress(answer.data).decode() == PAGE


def test_who_does_not_take_it_gets_it_plain_and_caches_keep_both_apart(app: Flask) -> None:
    answer = app.test_client().get("/page", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.text == PAGE


@pytest.mark.parametrize("path", ["/short", "/table", "/stream"])
def test_what_gains_nothing_or_is_no_page_is_left_alone(app: Flask, path: str) -> None:
    answer = app.test_client().get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def test_the_length_of_the_same_page_tells_nothing_about_it(app: Flask) -> None:
    client = app.test_client()
    lengths = {
        len(client.get("/page", headers={"Accept-Encoding": "gzip"}).data) for _ in range(40)
    }
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) <= 100


def test_a_head_request_has_no_body_to_compress(app: Flask) -> None:
    answer = app.test_client().head("/page", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.data == b""
