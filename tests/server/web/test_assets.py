"""Built files travel compressed to browsers that take it, whole to the others, and nothing else."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from server.web import assets
from server.web.assets import BUILD_DIR, asset_file


def _script() -> str:
    names = [each.name for each in BUILD_DIR.glob("page-*.js")]
    assert len(names) == 1, "run `make build`"
    return names[0]


def test_a_browser_that_takes_it_gets_the_smaller_form(app: Flask) -> None:
    url = f"/static/{_script()}"
    whole = app.test_client().get(url, buffered=True)
    small = app.test_client().get(url, headers={"Accept-Encoding": "gzip, deflate"}, buffered=True)
    least = app.test_client().get(
        url, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}, buffered=True
    )
    assert [each.headers.get("Content-Encoding") for each in (whole, small, least)] == [
        None,
        "gzip",
        "br",
    ]
    assert gzip.decompress(small.data) == whole.data
    assert len(least.data) < len(small.data) < len(whole.data) / 2
    assert len({each.headers["ETag"] for each in (whole, small, least)}) == 3
    for each in (whole, small, least):
        assert each.mimetype == "text/javascript"
        assert "Accept-Encoding" in each.headers["Vary"]
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=31536000" in each.headers["Cache-Control"]


def test_the_workers_script_is_asked_for_anew_each_time(app: Flask) -> None:
    answer = app.test_client().get("/sw.js", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/javascript"
    with app.app_context():
        assert asset_file("sw.js") is not None


@pytest.mark.parametrize("path", ["nothing.js", "../../pyproject.toml", "%2e%2e/%2e%2e/Makefile"])
def test_nothing_else_is_sent(app: Flask, path: str) -> None:
    for taken in ("", "gzip"):
        answer = app.test_client().get(f"/static/{path}", headers={"Accept-Encoding": taken})
        assert answer.status_code == 404
    assert assets.BUILD_DIR.is_dir()
